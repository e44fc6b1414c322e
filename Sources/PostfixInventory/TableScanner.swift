// Finds the `pgsql:` tables in a parameter's value, at any depth.

/// Reads lists, `{ … }` groups, `pipemap:{…}`, restrictions, and every branch of `${name?…}` conditions.
struct TableScanner {
    private(set) var references: [TableReference] = []
    private(set) var compounds: [ProxiedCompound] = []
    /// The texts that follow `socketmap:`, expanded.
    private(set) var socketmaps: [SocketmapReference] = []
    /// All tables in order, a compound as one.
    private(set) var listed: [ListedTable] = []
    private let bytes: [UInt8]
    private var frames = [Frame(kind: .list)]

    /// The text inside an open brace.
    private struct Frame {
        enum Kind: Equatable {
            case list
            /// `${name?…:…}`, whose first word begins with the name.
            case condition(hasName: Bool)
            case compound
            /// The text of an `inline:{…}` and the like, in which no table is opened.
            case data
        }

        var kind: Kind
        /// A `check_…_access` whose table is still to come; in a compound, the restriction of every table.
        var restriction: String?
        /// The proxied compound around it, an index into `compounds`.
        var compound: Int?
        /// Whether a compound is around it, proxied or not.
        var isInCompound = false
    }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// - Parameter expand: replaces `$name` by its value.
    mutating func scan(expand: (String) -> String) {
        var position = 0
        while position < bytes.count {
            switch bytes[position] {
            case UInt8(ascii: "}"), UInt8(ascii: ")"):
                if frames.count > 1 { frames.removeLast() }
                position += 1
            case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"),
                UInt8(ascii: ","):
                position += 1
            default:
                let end = endOfWord(from: position)
                let opens = end < bytes.count && Self.isOpening(bytes[end])
                read(position..<end, opens: opens, expand: expand)
                position = end + (opens ? 1 : 0)
            }
        }
    }

    /// A reference to a parameter without a condition belongs to the word around it.
    private func endOfWord(from start: Int) -> Int {
        var position = start
        while position < bytes.count {
            if let (_, end) = VariableName.at(position, in: bytes) {
                position = end
            } else if Self.isOpening(bytes[position]) || Self.endsWord(bytes[position]) {
                break
            } else {
                position += 1
            }
        }
        return position
    }

    /// - Parameter opens: whether a brace follows, for which a frame must be pushed.
    private mutating func read(_ word: Range<Int>, opens: Bool, expand: (String) -> String) {
        let frame = frames[frames.count - 1]
        var start = word.lowerBound
        if case .condition(let hasName) = frame.kind {
            frames[frames.count - 1].kind = .condition(hasName: true)
            start = afterMarks(word, skippingName: !hasName)
        }
        while start < word.upperBound, bytes[start] == UInt8(ascii: "!") { start += 1 }
        let written = String(decoding: bytes[start..<word.upperBound], as: UTF8.self)
        let text = isVariable(start..<word.upperBound) ? "" : expand(written)
        let table = TableWord(text)
        var inner = Frame(
            kind: .list, restriction: frame.restriction, compound: frame.compound,
            isInCompound: frame.isInCompound)
        if frame.kind == .data || table.holdsData {
            inner.kind = .data
        } else if text.hasSuffix("$") {
            inner.kind = .condition(hasName: false)
        } else if table.isCompound {
            inner.kind = .compound
            inner.isInCompound = true
            if table.isProxied && opens {
                compounds.append(ProxiedCompound(prefix: proxyPrefix(from: start)))
                inner.compound = compounds.count - 1
            }
        } else if table.type == "pgsql" {
            add(table, start..<word.upperBound, frame)
        } else if let compound = frame.compound, !table.type.isEmpty, !table.isPlain {
            compounds[compound].isPlain = false
        }
        if table.type == "socketmap", frame.kind != .data {
            socketmaps.append(
                SocketmapReference(
                    name: table.name, restriction: frame.restriction, isInCompound: frame.isInCompound))
        }
        if !table.type.isEmpty, frame.kind != .data, !frame.isInCompound { listed.append(table.listed) }
        noteRestriction(text, opens: opens)
        if opens { frames.append(inner) }
    }

    /// A word that is only a variable: the table in it is edited where the variable is set, and the expanded values show
    /// where it is used.
    private func isVariable(_ word: Range<Int>) -> Bool {
        word.isEmpty || VariableName.at(word.lowerBound, in: bytes)?.end == word.upperBound
    }

    /// The value in `name?value`, `name:value` or, after another one, `:value`.
    private func afterMarks(_ word: Range<Int>, skippingName: Bool) -> Int {
        func isMark(_ byte: UInt8) -> Bool { byte == UInt8(ascii: "?") || byte == UInt8(ascii: ":") }
        var start = word.lowerBound
        if skippingName { start = bytes[word].firstIndex(where: isMark) ?? word.upperBound }
        while start < word.upperBound, isMark(bytes[start]) { start += 1 }
        return start
    }

    private mutating func add(_ table: TableWord, _ range: Range<Int>, _ frame: Frame) {
        let route: TableReference.Route =
            if let compound = frame.compound {
                .withinProxied(compound: compound)
            } else {
                table.isProxied ? .proxied : .direct
            }
        references.append(
            TableReference(
                name: table.name, route: route, restriction: frame.restriction,
                isInCompound: frame.isInCompound, range: range))
    }

    /// A restriction has one argument, which a compound, a group or a condition may hold.
    private mutating func noteRestriction(_ word: String, opens: Bool) {
        let last = frames.count - 1
        if word.hasPrefix("check_") && word.hasSuffix("_access") {
            frames[last].restriction = word
        } else if frames[last].kind == .list && !(word.isEmpty && opens) {
            frames[last].restriction = nil
        }
    }

    /// All `proxy:` at a position; nil if there is none.
    private func proxyPrefix(from start: Int) -> Range<Int>? {
        let proxy = Array("proxy:".utf8)
        var end = start
        while bytes[end...].starts(with: proxy) { end += proxy.count }
        return end > start ? start..<end : nil
    }

    private static func isOpening(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "{") || byte == UInt8(ascii: "(")
    }

    private static func endsWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: " "), UInt8(ascii: "\t"), UInt8(ascii: "\r"), UInt8(ascii: "\n"),
            UInt8(ascii: ","), UInt8(ascii: "}"), UInt8(ascii: ")"):
            true
        default: false
        }
    }
}

/// A word as Postfix's dict_open() takes it apart.
private struct TableWord {
    /// Empty if the word is no `type:name`.
    let type: String
    let name: String
    let isProxied: Bool

    init(_ word: String) {
        var rest = word[...]
        var isProxied = false
        while true {
            if rest.hasPrefix("proxy:") {
                isProxied = true
            } else if rest.hasPrefix("debug:") {
                // Behind `proxy:`, proxymap(8) opens it, with all that follows.
                isProxied = false
            } else {
                break
            }
            rest = rest.dropFirst("proxy:".count)
        }
        self.isProxied = isProxied
        let colon = rest.firstIndex(of: ":")
        type = colon.map { String(rest[..<$0]) } ?? ""
        name = colon.map { String(rest[rest.index(after: $0)...]) } ?? ""
    }

    var listed: ListedTable {
        switch type {
        case "pgsql": .pgsql(name)
        case "socketmap": .socketmap(name)
        default: .other(type: type)
        }
    }

    var isCompound: Bool { (type == "pipemap" || type == "unionmap") && name.isEmpty }

    var holdsData: Bool { ["inline", "static", "randmap"].contains(type) }

    /// Whether it is opened without a file.
    var isPlain: Bool { isCompound || holdsData || type == "fail" }
}
