// The two grammars of connection strings, byte by byte as libpq's fe-connect.c reads them.

/// A keyword and its value, decoded.
typealias ConnectionOption = (keyword: [UInt8], value: [UInt8])

/// `keyword = value …`: a value with blanks stands in single quotes, and a character behind a `\` counts as itself.
enum KeywordReader {
    /// Nil for a keyword without `=`, and for a quote without an end: see conninfo_parse().
    static func options(_ text: [UInt8]) -> [ConnectionOption]? {
        var options: [ConnectionOption] = []
        var rest = text[...]
        while true {
            rest = rest.drop(while: isBlank)
            if rest.isEmpty { return options }
            let keyword = rest.prefix { $0 != UInt8(ascii: "=") && !isBlank($0) }
            rest = rest[keyword.endIndex...].drop(while: isBlank)
            guard rest.first == UInt8(ascii: "=") else { return nil }
            rest = rest.dropFirst().drop(while: isBlank)
            guard let value = value(&rest) else { return nil }
            options.append((Array(keyword), value))
        }
    }

    private static func value(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        let isQuoted = rest.first == UInt8(ascii: "'")
        if isQuoted { rest.removeFirst() }
        var value: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "\\") {
                if let escaped = rest.popFirst() { value.append(escaped) }
            } else if isQuoted ? byte == UInt8(ascii: "'") : isBlank(byte) {
                return value
            } else {
                value.append(byte)
            }
        }
        return isQuoted ? nil : value
    }

    /// As isspace(3) in the C locale.
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0d).contains(byte) }
}

/// `postgresql://user:password@host:port,host:port/database?keyword=value&…`.
enum URIReader {
    /// Nil for what conninfo_uri_parse_options() refuses, but for keywords that libpq does not know.
    static func options(_ text: [UInt8]) -> [ConnectionOption]? {
        // Behind the scheme's two slashes.
        guard let slash = text.firstIndex(of: UInt8(ascii: "/")) else { return nil }
        var rest = text[(slash + 2)...]
        var options: [ConnectionOption] = []
        func add(_ keyword: String, _ value: some Collection<UInt8>) {
            if !value.isEmpty { options.append((Array(keyword.utf8), Array(value))) }
        }
        let login = rest.prefix { $0 != UInt8(ascii: "@") && $0 != UInt8(ascii: "/") }
        if rest[login.endIndex...].first == UInt8(ascii: "@") {
            let user = login.prefix { $0 != UInt8(ascii: ":") }
            add("user", user)
            add("password", login[user.endIndex...].dropFirst())
            rest = rest[login.endIndex...].dropFirst()
        }
        guard let (hosts, ports) = hosts(&rest) else { return nil }
        add("host", hosts)
        add("port", ports)
        if rest.first == UInt8(ascii: "/") {
            let database = rest.dropFirst().prefix { $0 != UInt8(ascii: "?") }
            add("dbname", database)
            rest = rest[database.endIndex...]
        }
        guard let parameters = parameters(rest.dropFirst()) else { return nil }
        var decoded: [ConnectionOption] = []
        for option in options + parameters {
            guard let keyword = decode(option.keyword), let value = decode(option.value) else { return nil }
            decoded.append((keyword, value))
        }
        return decoded
    }

    /// The hosts and the ports, each with commas between. What is left begins with `/` or `?`, if there is anything.
    private static func hosts(_ rest: inout ArraySlice<UInt8>) -> (hosts: [UInt8], ports: [UInt8])? {
        let ends = Array("/?,".utf8)
        func isEnd(_ byte: UInt8) -> Bool { ends.contains(byte) || byte == UInt8(ascii: ":") }
        var (hosts, ports): ([UInt8], [UInt8]) = ([], [])
        while true {
            let host: ArraySlice<UInt8>
            if rest.first == UInt8(ascii: "[") {
                host = rest.dropFirst().prefix { $0 != UInt8(ascii: "]") }
                guard !host.isEmpty, host.endIndex < rest.endIndex else { return nil }
                rest = rest[host.endIndex...].dropFirst()
                if let next = rest.first, !isEnd(next) { return nil }
            } else {
                host = rest.prefix { !isEnd($0) }
                rest = rest[host.endIndex...]
            }
            hosts += host
            if rest.first == UInt8(ascii: ":") {
                let port = rest.dropFirst().prefix { !ends.contains($0) }
                ports += port
                rest = rest[port.endIndex...]
            }
            guard rest.first == UInt8(ascii: ",") else { return (hosts, ports) }
            rest.removeFirst()
            hosts.append(UInt8(ascii: ","))
            ports.append(UInt8(ascii: ","))
        }
    }

    /// Nil for a parameter without `=`, and for one with two.
    private static func parameters(_ text: ArraySlice<UInt8>) -> [ConnectionOption]? {
        var options: [ConnectionOption] = []
        var rest = text
        while !rest.isEmpty {
            let parameter = rest.prefix { $0 != UInt8(ascii: "&") }
            rest = rest[parameter.endIndex...].dropFirst()
            let parts = parameter.split(separator: UInt8(ascii: "="), omittingEmptySubsequences: false)
            guard parts.count == 2 else { return nil }
            options.append((Array(parts[0]), Array(parts[1])))
        }
        return options
    }

    /// Nil for a `%` without two hexadecimal digits behind it, and for %00.
    private static func decode(_ text: [UInt8]) -> [UInt8]? {
        var decoded: [UInt8] = []
        var rest = text[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                decoded.append(byte)
                continue
            }
            guard let high = rest.popFirst().flatMap(digit), let low = rest.popFirst().flatMap(digit),
                high + low > 0
            else { return nil }
            decoded.append(high << 4 | low)
        }
        return decoded
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
