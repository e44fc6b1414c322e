// All that `mapmux init` needs to know about a Postfix: its `pgsql:` tables, the programs that open them, its directories.

internal import LookupSearch

package struct PostfixInventory: Sendable {
    /// Tables that Postfix will ask mapmux for, with their map names.
    package private(set) var served: [InventoriedTable] = []
    /// Tables that Postfix always opens itself: each of their uses is a delivery agent's or a command's.
    package private(set) var unreachable: [InventoriedTable] = []
    /// Tables without a file of their own.
    package private(set) var unservable: [InventoriedTable] = []
    /// The maps of these tables: those that are there already, and new ones.
    package private(set) var maps: [ListedMap] = []
    /// The maps that Postfix asks for as `socketmap:`, each with the socket: `unix:private/mapmux-socketmap`.
    package private(set) var socketmaps: [(socket: String, map: String)] = []
    private(set) var socketmapUses: [SocketmapUse] = []
    /// What the parameters in effect list.
    private(set) var lists: [TableList] = []
    /// Files named in main.cf that name tables which need a `proxy:`.
    private(set) var fileEdits: [FileEdit] = []

    let postconf: PostconfOutput
    let layout: PostfixLayout
    /// What searches go by, apart from the local domains.
    let searchFacts: PostfixFacts
    /// What local_domains has to say.
    let ownDomains: OwnDomains

    /// - Parameters:
    ///   - maps: those of an existing configuration.
    ///   - places: where mapmux listens by that configuration; nil if there is none yet.
    package init(
        _ postconf: PostconfOutput, maps: [ListedMap] = [], places: ListenPlaces? = nil
    ) {
        self.postconf = postconf
        layout = PostfixLayout(postconf, places: places)
        searchFacts = SearchFact.facts { postconf[$0] }
        ownDomains = OwnDomains(postconf)
        var finder = TableFinder(postconf)
        finder.find()
        (lists, socketmapUses) = (finder.lists, finder.socketmapUses)
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
                served.append(table)
            }
        }
        nameMaps(maps)
        let served = Set(served.map(\.name))
        fileEdits = finder.fileEdits.filter { served.contains($0.table) }
    }

    /// Gives each table the map that has it, or a new one.
    private mutating func nameMaps(_ existing: [ListedMap]) {
        maps = existing
        for index in served.indices {
            let table = served[index].name
            if let map = maps.first(where: { $0.tables.contains(table) }) {
                served[index].mapName = map.name
                continue
            }
            let tables = commonList(of: served[index], existing) ?? [table]
            let name = MapNaming.name(for: tables[0], taken: maps.map(\.name))
            served[index].mapName = name
            maps.append(ListedMap(name: name, tables: tables))
        }
        for index in maps.indices where maps[index].parameters.isEmpty {
            maps[index].parameters = missingParameters(of: maps[index])
        }
    }

    /// What map_parameters of a configuration that is there lacks for a map; nothing if Postfix asks for the map by its name
    /// already, and would get other answers than by the tables.
    private func missingParameters(of map: ListedMap) -> [String] {
        let uses = places(of: map).filter { !$0.isInCompound }.map(\.use)
        let completed = ListedMap(name: map.name, tables: map.tables, parameters: parameters(uses))
        if ownSocketmapUses(of: map).isEmpty { return completed.parameters }
        return switch fitness(of: completed) {
        case .wholeKey, .searched: completed.parameters
        case .doubtful, .unfit: []
        }
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
    static func isVisible(_ use: TableUse) -> Bool {
        !ParameterTraits.isForAgentOnly(use.parameter) && !ParameterTraits.isForCommands(use.parameter)
    }

    func servedTable(_ name: String) -> InventoriedTable? {
        served.first { $0.name == name }
    }

    /// The agents that open a table themselves, each with its parameters.
    func agentUses(of table: InventoriedTable) -> [(use: TableUse, agent: DeliveryAgent)] {
        table.uses.compactMap { use in ParameterTraits.agent(opening: use.parameter).map { (use, $0) } }
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
    var authenticatesBySender: Bool {
        let parameter = "smtp_sender_dependent_authentication"
        return postconf[parameter] == "yes"
            || postconf.overrides.contains { $0.parameter == parameter && $0.value == "yes" }
    }
}
