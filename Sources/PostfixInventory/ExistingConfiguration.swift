// A mapmux.conf that is there already: what it has, and what an inventory adds to it.

package import LookupTables

/// Nothing of it is taken away or changed: it is the postmaster's.
package struct ExistingConfiguration: Sendable {
    /// Its maps, each with its table's path.
    package let maps: [(name: String, path: String)]
    /// As bytes: comments may be in any encoding, and to Swift the two of "\r\n" are one character.
    private let lines: [ArraySlice<UInt8>]
    private let settings: ParameterFile

    /// Nil where the file can't be understood, as it has errors.
    package init?(path: String, contents: [UInt8], diagnostics: inout [Diagnostic]) {
        var found: [Diagnostic] = []
        settings = ParameterFile(path: path, contents: contents, diagnostics: &found)
        diagnostics += found
        if found.contains(where: { $0.severity == .error }) { return nil }
        lines = contents.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        maps = ParameterValue.words(settings["maps"]?.value ?? "").compactMap { word in
            guard let start = word.firstRange(of: "pgsql:/") else { return nil }
            let path = String(word[word.index(before: start.upperBound)...])
            let file = path.split(separator: "/").last.map(String.init) ?? path
            let given = word[..<start.lowerBound]
            let own = file.hasSuffix(".cf") ? String(file.dropLast(3)) : file
            return (given.hasSuffix("=") ? String(given.dropLast()) : own, path)
        }
    }

    /// What differs from this one when an inventory is added.
    package struct Addition: Sendable {
        /// The whole file.
        package let contents: [UInt8]
        /// The lines that are new, in the form of `diff -U0`; empty where there are none.
        package let diff: [String]
        /// What stays, and would be set otherwise for this Postfix: file, line, what was found and what was expected.
        package let remarks: [String]
    }

    /// - Parameters:
    ///   - inventory: made with this file's maps.
    ///   - socketGroup: as `PostfixInventory.configuration` has it.
    package func adding(_ inventory: PostfixInventory, socketGroup: String) -> Addition {
        var diagnostics: [Diagnostic] = []
        let fresh = ParameterFile(
            path: "", contents: Array(inventory.configuration(socketGroup: socketGroup).utf8),
            diagnostics: &diagnostics)
        let known = Set(maps.map(\.path))
        let tables = inventory.served.filter { !known.contains($0.name) }
        var additions: [(after: Int, lines: [String])] = []
        let entries = tables.flatMap { table in
            [
                "    # \(table.uses.map(\.description).joined(separator: ", "))",
                "    \(MapNaming.entry(table.mapName, path: table.name))",
            ]
        }
        let end = lines.last?.isEmpty == true ? lines.count - 1 : lines.count
        if !entries.isEmpty {
            if let place = settings["maps"].map({ lastLine(from: $0.line) }) {
                additions.append((place, entries))
            } else {
                additions.append((end, ["maps ="] + entries))
            }
        }
        var wanted: [String] = []
        var remarks: [String] = []
        for parameter in fresh.parameters {
            let (name, value) = (parameter.name, parameter.value)
            if let own = settings[name] {
                guard Self.followsPostfix.contains(name), own.value != value else { continue }
                remarks.append(
                    "\(settings.path):\(own.line): found \(name) = \(own.value), which stays; expected \(value) for "
                        + "Postfix \(inventory.postfixVersion)")
            } else if Self.needed.contains(name)
                || Self.followsPostfix.contains(name) && value != Self.defaults[name]
            {
                wanted.append("\(name) = \(value)")
            }
        }
        if !wanted.isEmpty {
            additions.append(
                (end, ["", "# Added by `mapmux init` for Postfix \(inventory.postfixVersion)."] + wanted))
        }
        return Addition(contents: contents(with: additions), diff: Self.diff(additions), remarks: remarks)
    }

    /// Without them Postfix would not reach mapmux, or mapmux not Postfix's own proxymap(8).
    private static let needed: Set<String> = ["proxymap_listen", "proxymap_relay"]
    /// They depend on the version of Postfix.
    private static let followsPostfix: Set<String> = ["proxymap_greeting", "default_encoding"]
    private static let defaults = ["proxymap_greeting": "yes", "default_encoding": "UTF8"]

    /// The last line, counted from 1, of the parameter that begins in one.
    private func lastLine(from first: Int) -> Int {
        var last = first
        for number in first..<lines.count {
            let line = lines[number]
            guard let byte = line.first(where: { !Self.isSpace($0) }), byte != UInt8(ascii: "#") else {
                continue
            }
            guard let first = line.first, Self.isSpace(first) else { break }
            last = number + 1
        }
        return last
    }

    /// Postfix's ISSPACE.
    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (UInt8(ascii: "\t")...UInt8(ascii: "\r")).contains(byte)
    }

    private func contents(with additions: [(after: Int, lines: [String])]) -> [UInt8] {
        let newline = UInt8(ascii: "\n")
        if additions.isEmpty { return Array(lines.joined(separator: [newline])) }
        var result: [ArraySlice<UInt8>] = []
        for number in 0...lines.count {
            for addition in additions where addition.after == number {
                result += addition.lines.map { Array($0.utf8)[...] }
            }
            if number < lines.count { result.append(lines[number]) }
        }
        let contents = Array(result.joined(separator: [newline]))
        return contents.last == newline ? contents : contents + [newline]
    }

    private static func diff(_ additions: [(after: Int, lines: [String])]) -> [String] {
        var shift = 0
        return additions.flatMap { addition in
            let start = addition.after + shift + 1
            shift += addition.lines.count
            return ["@@ -\(addition.after),0 +\(start),\(addition.lines.count) @@"]
                + addition.lines.map { "+\($0)" }
        }
    }
}
