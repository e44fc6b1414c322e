// `mapmux triggers`: the SQL that makes the triggers for tables whose answers are kept by notification.

internal import ChangeTriggers
package import Configuration
internal import Databases
internal import LookupTables
internal import LookupValues
internal import PostgreSQL

package struct TriggerReport {
    /// What is to be printed.
    package enum Wish: Sendable {
        /// The triggers that are missing, or not as they must be.
        case missing
        /// All triggers.
        case all
        /// What takes away the triggers that are there.
        case removal
    }

    private let configuration: DaemonConfiguration
    /// The names of maps; empty: all that are kept by notification.
    private let maps: [String]
    private let wish: Wish
    private var lines: [String] = []
    private var complaints: [String] = []
    private var result = CheckResult.good

    package init(_ configuration: DaemonConfiguration, maps: [String], _ wish: Wish) {
        self.configuration = configuration
        self.maps = maps
        self.wish = wish
    }

    package struct Output: Sendable {
        /// SQL for psql, with comments.
        package let lines: [String]
        package let complaints: [String]
        package let result: CheckResult
    }

    /// The names of the maps that are kept by notification.
    package static func notifiedMaps(of configuration: DaemonConfiguration) -> [String] {
        var names: [String] = []
        for map in configuration.maps
        where !names.contains(map.name) && configuration.settings.cache[map.name]?.isNotified == true {
            names.append(map.name)
        }
        return names
    }

    /// Connects to a host of each target, and asks it.
    package mutating func run() -> Output {
        let wanted = maps.isEmpty ? Self.notifiedMaps(of: configuration) : maps
        for name in maps where !configuration.maps.contains(where: { $0.name == name }) {
            fail("found the map `\(name)`, expected one of the configuration", .configurationError)
        }
        for map in configuration.maps where wanted.contains(map.name) {
            if let trouble = map.trouble { fail("\(map.name): \(trouble)", .configurationError) }
        }
        for (index, plan) in configuration.pools.enumerated() {
            let chosen = plan.tables.indices.filter { table in
                configuration.maps.contains {
                    wanted.contains($0.name) && $0.place == TablePlace(pool: index, table: table)
                }
            }
            // Without names, triggers are taken away whatever they were for.
            if chosen.isEmpty && !(wish == .removal && maps.isEmpty) { continue }
            report(on: plan, chosen.map { plan.tables[$0] })
        }
        // Else psql goes on after an error, and exits with 0.
        let head = lines.isEmpty ? [] : ["\\set ON_ERROR_STOP on"]
        return Output(lines: head + lines, complaints: complaints, result: result)
    }

    private mutating func fail(_ complaint: String, _ result: CheckResult) {
        complaints.append(complaint)
        self.result = max(self.result, result)
    }

    /// A name in a database may have a newline, after which a comment would be SQL.
    private mutating func comment(_ text: String) {
        lines.append("-- \(text.shown())")
    }

    private mutating func report(on plan: PoolPlan, _ tables: [TableDefinition]) {
        guard let host = host(of: plan) else { return }
        comment("Database \(plan.target.shownDatabase ?? "as by default"), as seen at \(host.name):")
        do throws(ServerError) {
            if wish == .removal { return try remove(tables, of: plan, at: host) }
            let (findings, scripts) = try ask(host, for: tables, includesAll: wish == .all)
            for (table, finding) in zip(tables, findings) { report(finding, of: table) }
            for script in scripts where !script.surplus.isEmpty {
                comment(
                    "\(script.table): what its triggers tell for others stays: \(Self.list(script.surplus))")
            }
            lines.append("")
            for script in scripts { lines.append(script.statements) }
        } catch {
            fail("the host \(host.name) does not tell what its tables need: \(error)", .temporaryFailure)
        }
    }

    private func ask(
        _ host: CheckedHost, for tables: [TableDefinition], includesAll: Bool
    ) throws(ServerError) -> (findings: [NotificationFinding], scripts: [TriggerScript]) {
        try host.use { connection, deadline throws(ServerError) in
            try connection.findTriggerScripts(
                for: tables.map(\.template), includesAll: includesAll, isPooled: host.pooling != .none,
                until: deadline)
        }
    }

    /// Prints what takes away all triggers, or those of the tables of the maps that are named, but for what others need.
    private mutating func remove(
        _ tables: [TableDefinition], of plan: PoolPlan, at host: CheckedHost
    ) throws(ServerError) {
        var relations: Set<UInt32>?
        if !maps.isEmpty {
            let (findings, scripts) = try ask(host, for: tables, includesAll: true)
            let others = tablesOfOtherMaps(than: tables, of: plan)
            let needed = try ask(host, for: others, includesAll: false).findings
            var gone = Set(findings.flatMap { $0.needs.map(\.relation) })
            for (table, finding) in zip(others, needed) {
                if case .untellable = finding.verdict { report(finding, of: table) }
                for need in finding.needs where gone.remove(need.relation) != nil {
                    comment(
                        "\(need.schema).\(need.name): keeps its triggers, which \(names(of: table)) needs")
                }
            }
            for script in scripts where gone.contains(script.relation) && !script.surplus.isEmpty {
                comment(
                    "\(script.table): the triggers also tell of \(Self.list(script.surplus)), which others may need"
                )
            }
            relations = gone
        }
        let removal = try host.use { [relations] connection, deadline throws(ServerError) in
            try connection.findTriggerRemoval(from: relations, until: deadline)
        }
        lines.append(removal.isEmpty ? "-- There are no triggers of mapmux to take away.\n" : removal)
    }

    /// The plan's tables that are kept by notification, without those that are named.
    private func tablesOfOtherMaps(than tables: [TableDefinition], of plan: PoolPlan) -> [TableDefinition] {
        let notified = Self.notifiedMaps(of: configuration)
        return plan.tables.filter { table in
            !tables.contains { $0.file == table.file }
                && configuration.maps.contains { $0.file == table.file && notified.contains($0.name) }
        }
    }

    private static func list(_ words: [String]) -> String { words.joined(separator: ", ") }

    private func names(of table: TableDefinition) -> String {
        Self.list(configuration.maps.filter { $0.file == table.file }.map(\.name))
    }

    private mutating func report(_ finding: NotificationFinding, of table: TableDefinition) {
        let map = names(of: table)
        switch finding.verdict {
        case .proven(let key):
            comment(
                "\(map): the triggers are in place; a change counts for "
                    + (key == nil ? "all keys" : "the keys of its rows"))
        case .unproven(let reason): comment("\(map): \(reason)")
        case .untellable(let reason):
            comment("\(map): can't be kept by notification, as no trigger tells of all changes: \(reason)")
        }
    }

    /// The first host that takes writes, or else the first that can be asked: a standby has the same tables.
    private mutating func host(of plan: PoolPlan) -> CheckedHost? {
        let settings = configuration.settings
        var other: CheckedHost?
        for name in plan.target.hosts {
            let host = CheckedHost(name, of: plan.target, settings, timeout: Self.timeout)
            if let failure = host.failure {
                complaints.append("can't connect to host \(host.name): \(failure)")
                continue
            }
            let isStandby = try? host.use { connection, deadline throws(ServerError) in
                try connection.ask("SELECT pg_catalog.pg_is_in_recovery()::text", until: deadline)
            }
            if isStandby == ["false"] { return host }
            other = other ?? host
        }
        if other == nil { result = max(result, .temporaryFailure) }
        return other
    }

    /// Seconds for all that is asked about a target's tables.
    private static let timeout = 30
}
