// Reads what postconf(1) prints: parameters, their overrides in master.cf, and services.

/// A Postfix configuration as six runs of postconf(1) show it.
package struct PostconfOutput: Sendable {
    /// One `-o name=value` of master.cf.
    struct Override: Equatable, Sendable {
        /// `name/type`, as `postconf -P` writes it.
        let service: String
        let parameter: String
        let value: String
    }

    /// An entry of master.cf.
    struct Service: Equatable, Sendable {
        let name: String
        let type: String
        /// The program, without its arguments.
        let command: String
        /// Whether it runs in a chroot, the queue directory; before Postfix 3.0 `-` means that, too.
        let isChrooted: Bool
    }

    /// Every parameter, `$name` expanded, defaults included.
    let parameters: [(name: String, value: String)]
    /// The parameters that main.cf sets, as written there.
    let written: [(name: String, value: String)]
    /// Names made up in main.cf: restriction classes, and variables that other values refer to.
    let userNames: Set<String>
    /// The overrides, `$name` expanded.
    let overrides: [Override]
    let writtenOverrides: [Override]
    let services: [Service]

    private let values: [String: String]
    /// Gives the contents of a file that a value names; nil if it can't be read.
    private let readFile: @Sendable (String) -> String?
    /// For names of hosts in values.
    let hosts: HostAddresses

    /// - Parameters: the output of `postconf` with the options of that name, the contents of files, and what hosts have for
    ///   addresses.
    package init(
        x: String, n: String, userNames: String, Px: String, P: String, M: String,
        readFile: @escaping @Sendable (String) -> String? = { _ in nil }, hosts: HostAddresses = .unknown
    ) {
        self.readFile = readFile
        self.hosts = hosts
        parameters = Self.assignments(x)
        written = Self.assignments(n)
        self.userNames = Set(Self.assignments(userNames).map(\.name))
        overrides = Self.overrides(Px)
        writtenOverrides = Self.overrides(P)
        services = Self.lines(M).compactMap { line in
            let fields = line.split(separator: " ").map(String.init)
            guard fields.count >= 8, !line.hasPrefix(" ") else { return nil }
            return Service(
                name: fields[0], type: fields[1], command: fields[7], isChrooted: fields[4] == "y")
        }
        values = Dictionary(parameters.map { ($0.name, $0.value) }) { $1 }
    }

    /// The options that make postconf(1) print what `init(x:n:userNames:Px:P:M:)` reads, in its order.
    package static let options = [["-x"], ["-n"], ["-n", "-C", "user"], ["-P", "-x"], ["-P"], ["-M"]]

    /// The value of a parameter of main.cf, expanded; nil if Postfix does not know the parameter.
    package subscript(name: String) -> String? { values[name] }

    /// The files that stand for parts of a value, with their contents as lists. Files named in them are not read.
    func files(in value: String, of parameter: String) -> [(path: String, value: String)] {
        guard ParameterTraits.takesFiles(parameter) else { return [] }
        let words = value.split { $0 == "," || $0.isWhitespace }.map { $0.drop { $0 == "!" } }
        return words.filter { $0.hasPrefix("/") }.compactMap { word in
            let path = expand(String(word))
            return list(inFile: path).map { (path, $0) }
        }
    }

    /// A file's contents as a list, without its comments; nil if it can't be read.
    func list(inFile path: String) -> String? { readFile(path).map(Self.list) }

    /// Nil if the file can't be read.
    func contents(of path: String) -> String? { readFile(path) }

    /// A file's lines without comments.
    private static func list(in contents: String) -> String {
        lines(contents).filter { $0.first { $0 != " " && $0 != "\t" } != "#" }.joined(separator: " ")
    }

    /// Expands `$name`, `${name}` and `$(name)`. An unknown name stays as it is.
    func expand(_ text: String) -> String {
        var result: [UInt8] = []
        let bytes = Array(text.utf8)
        var position = 0
        while position < bytes.count {
            guard let (name, end) = VariableName.at(position, in: bytes), let value = values[name] else {
                result.append(bytes[position])
                position += 1
                continue
            }
            result += value.utf8
            position = end
        }
        return String(decoding: result, as: UTF8.self)
    }

    /// By newlines alone: to Swift the two of "\r\n" are one character, and a value may end with the first.
    private static func lines(_ text: String) -> [Substring] {
        text.unicodeScalars.split(separator: "\n").map { Substring($0) }
    }

    /// Lines `name = value`, as postconf(1) prints them without -f.
    private static func assignments(_ text: String) -> [(name: String, value: String)] {
        lines(text).compactMap { line in
            guard let equals = line.firstIndex(of: "=") else { return nil }
            let value = line[line.index(after: equals)...]
            return (String(line[..<equals].filter { $0 != " " }), String(value.drop { $0 == " " }))
        }
    }

    /// Lines `name/type/parameter = value`.
    private static func overrides(_ text: String) -> [Override] {
        assignments(text).compactMap { path, value in
            guard let slash = path.lastIndex(of: "/") else { return nil }
            return Override(
                service: String(path[..<slash]), parameter: String(path[path.index(after: slash)...]),
                value: value)
        }
    }
}

/// A reference to a parameter without a condition: `$name`, `${name}`, `$(name)`.
enum VariableName {
    /// The name, and the position behind the reference; nil if no such reference begins at `position`.
    static func at(_ position: Int, in bytes: [UInt8]) -> (name: String, end: Int)? {
        guard bytes[position] == UInt8(ascii: "$"), position + 1 < bytes.count else { return nil }
        let closing: UInt8?
        switch bytes[position + 1] {
        case UInt8(ascii: "{"): closing = UInt8(ascii: "}")
        case UInt8(ascii: "("): closing = UInt8(ascii: ")")
        default: closing = nil
        }
        let start = position + (closing == nil ? 1 : 2)
        let end = bytes[start...].firstIndex { !isNameByte($0) } ?? bytes.count
        guard end > start else { return nil }
        let name = String(decoding: bytes[start..<end], as: UTF8.self)
        guard let closing else { return (name, end) }
        guard end < bytes.count, bytes[end] == closing else { return nil }
        return (name, end + 1)
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
