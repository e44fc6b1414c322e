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
        /// SQL, with comments.
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
        return Output(lines: lines, complaints: complaints, result: result)
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
        let templates = tables.map(\.template)
        do throws(ServerError) {
            let wish = wish
            let isWhole = maps.isEmpty
            let (findings, scripts, removal) = try host.use { connection, deadline throws(ServerError) in
                guard wish != .removal || !isWhole else {
                    return (
                        [NotificationFinding](), [TriggerScript](),
                        try connection.findTriggerRemoval(from: nil, until: deadline)
                    )
                }
                let (findings, scripts) = try connection.findTriggerScripts(
                    for: templates, includesAll: wish == .all, isPooled: host.pooling != .none,
                    until: deadline)
                let relations = Set(findings.flatMap { $0.needs.map(\.relation) })
                return (
                    findings, scripts,
                    wish == .removal
                        ? try connection.findTriggerRemoval(from: relations, until: deadline) : ""
                )
            }
            if wish == .removal {
                lines.append(removal.isEmpty ? "-- There are no triggers of mapmux.\n" : removal)
                return
            }
            for (table, finding) in zip(tables, findings) { report(finding, of: table) }
            lines.append("")
            for script in scripts { lines.append(script.statements) }
        } catch {
            fail("the host \(host.name) does not tell what its tables need: \(error)", .temporaryFailure)
        }
    }

    private mutating func report(_ finding: NotificationFinding, of table: TableDefinition) {
        let names = configuration.maps.filter { $0.file == table.file }.map(\.name)
        let map = names.joined(separator: ", ")
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
