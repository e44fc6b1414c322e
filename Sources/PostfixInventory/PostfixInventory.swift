// All that `mapmux init` needs to know about a Postfix: its `pgsql:` tables, the programs that open them, its directories.

package struct PostfixInventory: Sendable {
    /// Tables that Postfix will ask mapmux for, with their map names.
    package private(set) var served: [InventoriedTable] = []
    /// Tables that Postfix always opens itself: each of their uses is a delivery agent's or a command's.
    package private(set) var unreachable: [InventoriedTable] = []
    /// Tables without a file of their own.
    package private(set) var unservable: [InventoriedTable] = []
    /// The maps that Postfix asks for as `socketmap:`, each with the socket: `unix:private/mapmux-socketmap`.
    package private(set) var socketmaps: [(socket: String, map: String)] = []
    /// Files named in main.cf that name tables which need a `proxy:`.
    private(set) var fileEdits: [FileEdit] = []

    let postconf: PostconfOutput
    let layout: PostfixLayout

    /// - Parameters:
    ///   - maps: those of an existing configuration, each with its table's path.
    ///   - places: where mapmux listens by that configuration; nil if there is none yet.
    package init(
        _ postconf: PostconfOutput, maps: [(name: String, path: String)] = [], places: ListenPlaces? = nil
    ) {
        self.postconf = postconf
        layout = PostfixLayout(postconf, places: places)
        var finder = TableFinder(postconf)
        finder.find()
        for name in finder.socketmaps {
            guard let colon = name.lastIndex(of: ":") else { continue }
            socketmaps.append((String(name[..<colon]), String(name[name.index(after: colon)...])))
        }
        for var table in finder.tables {
            if table.uses.isEmpty {
                // A variable may hold the beginning of names, for `${sql}aliases.cf`.
                let begin = table.name
                if finder.tables.contains(where: { $0.name != begin && $0.name.hasPrefix(begin) }) {
                    continue
                }
                table.takeVariablesForUses()
            }
            if table.file == nil {
                unservable.append(table)
            } else if table.uses.allSatisfy({ !Self.isVisible($0) }) {
                unreachable.append(table)
            } else {
                table.mapName =
                    maps.first { $0.path == table.name }?.name
                    ?? MapNaming.name(for: table.name, taken: served.map(\.mapName) + maps.map(\.name))
                served.append(table)
            }
        }
        let served = Set(served.map(\.name))
        fileEdits = finder.fileEdits.filter { served.contains($0.table) }
    }

    /// Whether Postfix asks mapmux already, in place of proxymap(8).
    var asksMapmux: Bool {
        layout.ownService != nil && postconf["proxymap_service_name"] == layout.ownService
    }

    /// The configuration directories of the other Postfix instances that this one manages. They are not read.
    package var otherInstances: [String] {
        let all =
            postconf["multi_instance_directories"]?.split { $0 == "," || $0.isWhitespace }.map(String.init)
            ?? []
        return all.filter { $0 != layout.configurationDirectory }
    }

    /// The instance of mapmux@.service for this Postfix: see `PostfixLayout.unitInstance`.
    package var unitInstance: String? { layout.unitInstance }

    package var configurationDirectory: String { layout.configurationDirectory }

    package var postfixVersion: String { layout.version }
    package var mailOwner: String { layout.mailOwner }
    /// Where mapmux makes its sockets.
    package var socketDirectory: String { layout.privateDirectory }

    /// Every table that has a file which the daemon must read.
    package var files: [String] { served.compactMap(\.file) }

    /// Notes on the tables that do not reach mapmux, in sentences.
    package var notes: [String] {
        unreachedNotes().compactMap { if case .text(let text) = $0, !text.isEmpty { text } else { nil } }
    }

    /// Obstacles to a mapmux in this Postfix, other than tables.
    package var problems: [String] { layout.problems(postconf) }

    /// Whether mapmux would be asked, once it is in the place of proxymap(8).
    private static func isVisible(_ use: TableUse) -> Bool {
        !ParameterTraits.isForAgentOnly(use.parameter) && !ParameterTraits.isForCommands(use.parameter)
    }

    func servedTable(_ name: String) -> InventoriedTable? {
        served.first { $0.name == name }
    }

    /// The agents that open a table themselves, each with its parameters.
    func agentUses(of table: InventoriedTable) -> [(use: TableUse, agent: DeliveryAgent)] {
        table.uses.compactMap { use in ParameterTraits.agent(opening: use.parameter).map { (use, $0) } }
    }

    /// Whether no lookup of the table goes on to parts of the key, as far as the configuration shows.
    func isAskedForWholeKeys(_ table: InventoriedTable) -> Bool {
        table.uses.allSatisfy { use in
            ParameterTraits.asksForWholeKey(use.parameter, restriction: use.restriction)
                && !(use.parameter == "smtp_sasl_password_maps" && authenticatesBySender)
        }
    }

    /// Whether Postfix opens it as a socketmap everywhere. An agent that is not in use does not matter.
    func canBeSocketmap(_ table: InventoriedTable) -> Bool {
        table.uses.allSatisfy { use in
            guard Self.isVisible(use) else { return false }
            return ParameterTraits.agent(opening: use.parameter).map { !isInUse($0) } ?? true
        }
    }

    /// Whether mail reaches the agent by a transport that the configuration names; a transport table may name others.
    func isInUse(_ agent: DeliveryAgent) -> Bool {
        agent.transportParameters.contains { parameter in
            let transport = postconf[parameter]?.split(separator: ":").first.map(String.init)
            return postconf.services.contains {
                $0.type == "unix" && $0.name == transport && $0.command == agent.rawValue
            }
        }
    }

    /// If it is on, the client's passwords are looked up by parts of the sender's address, too.
    private var authenticatesBySender: Bool {
        let parameter = "smtp_sender_dependent_authentication"
        return postconf[parameter] == "yes"
            || postconf.overrides.contains { $0.parameter == parameter && $0.value == "yes" }
    }
}

/// A table without `proxy:` in a file that a parameter names.
struct FileEdit: Equatable, Sendable {
    let path: String
    let table: String
    let parameter: String
}

/// Collects the tables of all parameters and overrides.
private struct TableFinder {
    private(set) var tables: [InventoriedTable] = []
    private(set) var socketmaps: [String] = []
    private(set) var fileEdits: [FileEdit] = []
    private let postconf: PostconfOutput

    init(_ postconf: PostconfOutput) {
        self.postconf = postconf
    }

    /// Looks through the expanded values, and through the values as written, which show every branch of a condition.
    mutating func find() {
        for values in [postconf.parameters, postconf.written] {
            for (name, value) in values { add(value, service: nil, parameter: name) }
        }
        for overrides in [postconf.overrides, postconf.writtenOverrides] {
            for override in overrides {
                add(override.value, service: override.service, parameter: override.parameter)
            }
        }
    }

    private mutating func add(_ value: String, service: String?, parameter: String) {
        // A table without a file has its password in main.cf, in name_password.
        guard !parameter.hasSuffix("_password"),
            !ParameterTraits.looksNothingUp(parameter)
        else { return }
        let text = ParameterValueText(value, expand: postconf.expand)
        for name in text.socketmaps where !socketmaps.contains(name) { socketmaps.append(name) }
        add(text, service: service, parameter: parameter)
        for (path, list) in postconf.files(in: value, of: parameter) {
            let text = ParameterValueText(list, expand: { $0 })
            add(text, service: service, parameter: parameter)
            for reference in text.references where reference.route == .direct {
                let edit = FileEdit(path: path, table: reference.name, parameter: parameter)
                if !fileEdits.contains(edit) { fileEdits.append(edit) }
            }
        }
    }

    private mutating func add(_ text: ParameterValueText, service: String?, parameter: String) {
        for reference in text.references {
            let index = tables.firstIndex { $0.name == reference.name } ?? tables.count
            if index == tables.count { tables.append(InventoriedTable(name: reference.name)) }
            let use = TableUse(
                service: service, parameter: parameter, restriction: reference.restriction)
            // The name of a restriction class is made up as well, but its tables are looked up.
            let isVariable = postconf.userNames.contains(parameter) && reference.restriction == nil
            tables[index].add(use, isVariable: isVariable, route: reference.route)
        }
    }
}
