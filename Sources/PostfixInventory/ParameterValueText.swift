// The value of a parameter that may name tables: where the tables stand in it, and how to replace them.

struct ParameterValueText {
    let bytes: [UInt8]
    let references: [TableReference]
    let compounds: [ProxiedCompound]
    let socketmaps: [SocketmapReference]
    /// All tables in order, a compound as one.
    let listed: [ListedTable]

    /// - Parameter expand: replaces `$name` by its value.
    init(_ text: String, expand: (String) -> String) {
        bytes = Array(text.utf8)
        var scanner = TableScanner(bytes)
        scanner.scan(expand: expand)
        references = scanner.references
        compounds = scanner.compounds
        socketmaps = scanner.socketmaps
        listed = scanner.listed
    }

    /// The text with `proxy:` before each table that is served and has none.
    ///
    /// A `proxy:` before a compound moves to the tables in it, but only if that leaves no other table without.
    func proxied(_ isServed: (String) -> Bool) -> String {
        var edits: [Edit] = []
        var moved: Set<Int> = []
        for reference in references where isServed(reference.name) {
            // Before `debug:`, a `proxy:` would have proxymap(8) asked for a table `debug:pgsql:…`: so `debug:` comes first.
            if let prefix = debugPrefix(from: reference.range.lowerBound) {
                let text = "debug:proxy:"
                if !bytes[prefix].elementsEqual(text.utf8) { edits.append(Edit(range: prefix, text: text)) }
                continue
            }
            switch reference.route {
            case .proxied: continue
            case .direct: break
            case .withinProxied(let compound):
                // Its own `proxy:`, and one before the compound as well.
                if bytes[reference.range].starts(with: "proxy:".utf8) { continue }
                guard canMove(compound, isServed) else { continue }
                moved.insert(compound)
            }
            edits.append(Edit(range: reference.range.lowerBound..<reference.range.lowerBound, text: "proxy:"))
        }
        edits += moved.compactMap { compounds[$0].prefix.map { Edit(range: $0, text: "") } }
        return applying(edits)
    }

    /// All `proxy:` and `debug:` at a position; nil if there is no `debug:` among them.
    private func debugPrefix(from start: Int) -> Range<Int>? {
        let (proxy, debug) = (Array("proxy:".utf8), Array("debug:".utf8))
        var end = start
        var hasDebug = false
        while true {
            let rest = bytes[end...]
            if rest.starts(with: debug) {
                hasDebug = true
            } else if !rest.starts(with: proxy) {
                return hasDebug ? start..<end : nil
            }
            end += proxy.count
        }
    }

    /// The text with tables replaced. `replacement` gives nil for a table that stays.
    func replacing(_ replacement: (String) -> String?) -> String {
        applying(
            references.compactMap { reference in
                replacement(reference.name).map { Edit(range: reference.range, text: $0) }
            })
    }

    /// The text with another one in place of a list of tables; nil unless these tables are all that it has.
    func replacing(list tables: [String], by replacement: String) -> String? {
        guard listed == tables.map(ListedTable.pgsql), references.map(\.name) == tables,
            let first = references.first, let last = references.last
        else { return nil }
        let between = zip(references, references.dropFirst()).allSatisfy { one, next in
            bytes[one.range.upperBound..<next.range.lowerBound].allSatisfy {
                $0 == UInt8(ascii: ",") || $0 == UInt8(ascii: " ") || (9...13).contains($0)
            }
        }
        guard between else { return nil }
        return applying([Edit(range: first.range.lowerBound..<last.range.upperBound, text: replacement)])
    }

    private struct Edit {
        let range: Range<Int>
        let text: String
    }

    private func canMove(_ index: Int, _ isServed: (String) -> Bool) -> Bool {
        let compound = compounds[index]
        return compound.prefix != nil && compound.isPlain
            && references.allSatisfy { $0.route != .withinProxied(compound: index) || isServed($0.name) }
    }

    private func applying(_ edits: [Edit]) -> String {
        var result: [UInt8] = []
        var position = 0
        for edit in edits.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            result += bytes[position..<edit.range.lowerBound]
            result += edit.text.utf8
            position = edit.range.upperBound
        }
        return String(decoding: result + bytes[position...], as: UTF8.self)
    }
}
