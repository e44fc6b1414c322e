// A mapmux.conf that is there already: what it has, and what an inventory adds to it.

package import LookupTables

/// Nothing of it is taken away or changed: it is the postmaster's.
package struct ExistingConfiguration: Sendable {
    /// Its maps, each with its table's path.
    package let maps: [(name: String, path: String)]
    private let lines: [Substring]
    private let settings: ParameterFile

    /// Nil where the file can't be understood, as it has errors.
    package init?(path: String, contents: [UInt8], diagnostics: inout [Diagnostic]) {
        guard let text = String(validating: contents, as: UTF8.self) else { return nil }
        var found: [Diagnostic] = []
        settings = ParameterFile(path: path, contents: contents, diagnostics: &found)
        diagnostics += found
        if found.contains(where: { $0.severity == .error }) { return nil }
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
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
        package let text: String
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
        let end = lines.last == "" ? lines.count - 1 : lines.count
        if !entries.isEmpty {
            if let place = settings["maps"].map({ lastLine(from: $0.line) }) {
                additions.append((place, entries))
            } else {
                additions.append((end, ["maps ="] + entries))
            }
        }
        var wanted: [String] = []
        var remarks: [String] = []
        // Sockets of several Postfix instances have what is theirs beside them.
        let hasOwnTerms = settings["proxymap_listen"]?.value.contains("{") ?? false
        for parameter in fresh.parameters {
            let (name, value) = (parameter.name, parameter.value)
            if hasOwnTerms && ["proxymap_relay", "proxymap_greeting"].contains(name) { continue }
            if let own = settings[name] {
                if name == "proxymap_listen", !Self.words(own.value).contains(value) {
                    remarks.append(
                        "\(settings.path):\(own.line): found proxymap_listen = \(own.value), which stays; expected "
                            + "\(value) in it, for the Postfix of \(inventory.configurationDirectory)")
                }
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
        return Addition(text: text(with: additions), diff: Self.diff(additions), remarks: remarks)
    }

    private static func words(_ value: String) -> [String] {
        value.split { " \t,{}".contains($0) }.map(String.init)
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
            guard let byte = line.first(where: { $0 != " " && $0 != "\t" && $0 != "\r" }), byte != "#" else {
                continue
            }
            guard line.first == " " || line.first == "\t" else { break }
            last = number + 1
        }
        return last
    }

    private func text(with additions: [(after: Int, lines: [String])]) -> String {
        if additions.isEmpty { return lines.joined(separator: "\n") }
        var result: [String] = []
        for number in 0...lines.count {
            for addition in additions where addition.after == number { result += addition.lines }
            if number < lines.count { result.append(String(lines[number])) }
        }
        let text = result.joined(separator: "\n")
        return text.hasSuffix("\n") ? text : text + "\n"
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
