// A mapmux.conf that is there already, and what an inventory adds to it.

package import LookupTables

/// It is the postmaster's: nothing in it is removed or changed.
package struct ExistingConfiguration: Sendable {
    /// With what map_parameters has for them.
    package let maps: [ListedMap]
    /// As bytes: comments may be in any encoding, and to Swift the two of "\r\n" are one character.
    private let lines: [ArraySlice<UInt8>]
    private let settings: ParameterFile

    /// Nil if the file has errors, so that it can't be understood.
    package init?(path: String, contents: [UInt8], diagnostics: inout [Diagnostic]) {
        var found: [Diagnostic] = []
        settings = ParameterFile(path: path, contents: contents, diagnostics: &found)
        diagnostics += found
        if found.contains(where: { $0.severity == .error }) { return nil }
        lines = contents.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let entries = MapParameters.entries(settings["map_parameters"]?.value ?? "")
            .map { ($0.map, $0.names.filter { !$0.isEmpty }) }
        let parameters = Dictionary(entries, uniquingKeysWith: +)
        maps = MapEntry.words(settings["maps"]?.value ?? "").compactMap { MapEntry($0) }.map { entry in
            ListedMap(name: entry.name, tables: entry.paths, parameters: parameters[entry.name] ?? [])
        }
    }

    /// The places where mapmux listens by it, and those that are added for Postfix to ask in this way.
    package func places(for way: WayIn) -> ListenPlaces {
        ListenPlaces(
            proxymap: settings["proxymap_listen"].map { Self.paths($0.value) },
            socketmap: settings["socketmap_listen"].map { Self.paths($0.value) },
            addsSocketmap: way == .socketmap)
    }

    /// The paths of `unix:/path`, and the first one of `{ unix:/path, relay = unix:/path }`.
    private static func paths(_ value: String) -> [String] {
        let parts = value.split(separator: "{", omittingEmptySubsequences: false)
        let words =
            ParameterValue.words(String(parts[0]))
            + parts.dropFirst().flatMap { part in
                let pieces = part.split(separator: "}", maxSplits: 1, omittingEmptySubsequences: false)
                return ParameterValue.words(String(pieces[0])).prefix(1)
                    + ParameterValue.words(pieces.count > 1 ? String(pieces[1]) : "")
            }
        return words.filter { $0.hasPrefix("unix:/") }.map { String($0.dropFirst("unix:".count)) }
    }

    /// The configuration with an inventory added, and how it differs from this one.
    package struct Addition: Sendable {
        /// The whole file.
        package let contents: [UInt8]
        /// The new lines, in the form of `diff -U0`; empty if there are none.
        package let diff: [String]
        /// Settings that stay, though this Postfix needs others: file, line, what was found and what was expected.
        package let remarks: [String]
    }

    /// - Parameters:
    ///   - inventory: made with this file's maps and places.
    ///   - socketGroup: as in `PostfixInventory.configuration`.
    ///   - way: how Postfix is to ask.
    package func adding(
        _ inventory: PostfixInventory, socketGroup: String, way: WayIn = .proxymap
    ) -> Addition {
        var diagnostics: [Diagnostic] = []
        let fresh = ParameterFile(
            path: "", contents: Array(inventory.configuration(socketGroup: socketGroup).utf8),
            diagnostics: &diagnostics)
        var additions: [(after: Int, lines: [String])] = []
        let end = lines.last?.isEmpty == true ? lines.count - 1 : lines.count
        let added = inventory.maps.filter { map in !maps.contains { $0.name == map.name } }
            .flatMap { ["    # \(inventory.uses(of: $0))", "    \(MapNaming.entry($0))"] }
        if let own = settings["maps"], !added.isEmpty {
            additions.append((lastLine(from: own.line), added))
        } else if !added.isEmpty {
            additions.append((end, ["maps ="] + added))
        }
        var wanted: [String] = []
        let searches = missingSearches(inventory)
        if let own = settings["map_parameters"], !searches.isEmpty {
            additions.append((lastLine(from: own.line), searches))
        } else if !searches.isEmpty {
            wanted += ["map_parameters ="] + searches
            if settings["read_ahead"] == nil { wanted.append("read_ahead = \(PostfixInventory.readAhead)") }
        }
        var remarks = unreachable(inventory.layout, by: way).map { [$0] } ?? []
        for (name, value, isSame) in inventory.factValues {
            if let own = settings[name] {
                if !isSame(own.value) { remarks.append(remark(own, expected: value, inventory)) }
            } else if inventory.factLines.contains(where: { $0.name == name }) {
                wanted.append("\(name) = \(value)")
            }
        }
        // With the sockets of several Postfix instances, each has its own settings beside it.
        let hasOwnTerms = settings["proxymap_listen"]?.value.contains("{") ?? false
        for parameter in fresh.parameters {
            let (name, value) = (parameter.name, parameter.value)
            if hasOwnTerms && ["proxymap_relay", "proxymap_greeting"].contains(name) { continue }
            if let own = settings[name] {
                guard Self.followsPostfix.contains(name), own.value != value else { continue }
                remarks.append(remark(own, expected: value, inventory))
            } else if name == "socketmap_listen" {
                // Clients may be at the default place.
                if way == .socketmap { wanted.append("\(name) = unix:/run/mapmux/socketmap \(value)") }
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
        additions.sort { $0.after < $1.after }
        return Addition(contents: contents(with: additions), diff: Self.diff(additions), remarks: remarks)
    }

    /// The entries of map_parameters for maps that have none.
    private func missingSearches(_ inventory: PostfixInventory) -> [String] {
        inventory.maps.filter { map in
            maps.first { $0.name == map.name }?.parameters.isEmpty ?? true
        }.compactMap(PostfixInventory.parametersEntry).map { "    \($0)" }
    }

    private func remark(
        _ own: ParameterFile.Parameter, expected value: String, _ inventory: PostfixInventory
    ) -> String {
        "\(settings.path):\(own.line): found \(own.name) = \(own.value), which stays; expected \(value) for "
            + "Postfix \(inventory.postfixVersion)"
    }

    /// Without them Postfix would not reach mapmux, mapmux would not reach Postfix's own proxymap(8), or a reload would not
    /// reach the mapmux of an instance.
    private static let needed: Set<String> = ["proxymap_listen", "proxymap_relay", "control_socket"]
    /// They depend on the version of Postfix.
    private static let followsPostfix: Set<String> = ["proxymap_greeting", "default_encoding"]
    private static let defaults = ["proxymap_greeting": "yes", "default_encoding": "UTF8"]

    /// The remark that mapmux does not listen in any place where Postfix would ask it; nil if it does.
    private func unreachable(_ layout: PostfixLayout, by way: WayIn) -> String? {
        let (name, place, isReachable) =
            switch way {
            case .proxymap: ("proxymap_listen", layout.proxymapSocket, layout.ownService != nil)
            case .socketmap: ("socketmap_listen", layout.socketmapSocket, layout.ownSocketmap != nil)
            }
        if isReachable { return nil }
        guard let own = settings[name] else {
            return "\(settings.path): found no \(name), expected unix:\(place) in it, where Postfix finds it"
        }
        let found = own.value.isEmpty ? "an empty \(name)" : "\(name) = \(own.value)"
        return
            "\(settings.path):\(own.line): found \(found), which stays; expected unix:\(place) in it, where Postfix "
            + "finds it"
    }

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
