// `mapmux check`: reads everything, connects to every host, prepares every query, asks for its plan, and executes it once.

package import Configuration
internal import Databases
internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL
internal import QueryPurity
internal import TableAdvice

package struct ConfigurationCheck {
    private let source: ConfigurationSource
    private let executesAll: Bool
    private var countsRows: Bool
    private let noteProgress: (_ done: Int, _ total: Int) -> Void
    private var report = CheckReport()
    private var done = 0

    /// - Parameters:
    ///   - executesAll: whether to execute queries, too, that may have a lasting effect.
    ///   - countsRows: whether to count rows that no folded key can match. This reads each table in full.
    ///   - noteProgress: is called before each table with the number of tables done and of all tables.
    package init(
        source: ConfigurationSource, executesAll: Bool = false, countsRows: Bool = false,
        noteProgress: @escaping (_ done: Int, _ total: Int) -> Void
    ) {
        self.source = source
        self.executesAll = executesAll
        self.countsRows = countsRows
        self.noteProgress = noteProgress
    }

    package mutating func run() -> CheckReport {
        var diagnostics: [Diagnostic] = []
        let configuration = source.read(diagnostics: &diagnostics)
        report.problems = diagnostics.map { CheckReport.Problem($0) }
        if diagnostics.contains(where: { $0.severity == .error }) { report.status = .configurationError }
        // In this case keys are looked up unchanged.
        if !configuration.settings.foldKeys && configuration.settings.proxymapListen.isEmpty {
            countsRows = false
        }
        report(CacheAdvice(configuration).findings, source.file, nil)
        let total = configuration.pools.map(\.tables.count).reduce(0, +)
        for (index, plan) in configuration.pools.enumerated() {
            noteProgress(done, total)
            let hosts = examineHosts(of: plan, configuration.settings)
            compare(plan, with: configuration.pools[..<index])
            let scarcity = Finding.oneConnection(
                tables: plan.tables.count, connections: configuration.settings.poolSize,
                workers: configuration.settings.workers)
            if let scarcity { report([scarcity], source.file, nil) }
            for (place, table) in plan.tables.enumerated() {
                noteProgress(done, total)
                let maps = configuration.maps.filter {
                    $0.place == TablePlace(pool: index, table: place)
                }.map(\.name)
                examine(
                    table, maps: maps, isTrusted: plan.trusted.contains(place), on: hosts,
                    configuration.settings)
                done += 1
            }
        }
        return report
    }

    // MARK: Reporting

    private mutating func reportFailure(_ file: String, _ line: Int?, _ code: String, _ message: String) {
        report.status = max(report.status, .temporaryFailure)
        report.problems.append(
            CheckReport.Problem(severity: .error, code: code, file: file, line: line, message: message))
    }

    private mutating func report(_ findings: [Finding], _ file: String, _ line: Int?) {
        report.problems += findings.map { CheckReport.Problem($0, file: file, line: line) }
    }

    // MARK: Hosts

    private mutating func examineHosts(of plan: PoolPlan, _ settings: DaemonSettings) -> [CheckedHost] {
        let table = plan.tables[0]
        var database = CheckReport.Database(database: plan.target.shownDatabase, user: plan.target.shownUser)
        var hosts: [CheckedHost] = []
        for name in plan.target.hosts {
            let host = CheckedHost(name, of: plan.target, settings, timeout: settings.connectTimeout)
            hosts.append(host)
            var entry = CheckReport.Database.Host(host: host.name)
            if let failure = host.failure {
                entry.error = failure.description
                if host.isFull {
                    reportFailure(
                        table.file, table.hostsLine, "no-connection-left",
                        "found all connections taken at host \(host.name), expected a connection more than the daemon "
                            + "has (pool_size, and as many again while it reloads): \(failure)")
                } else {
                    reportFailure(
                        table.file, table.hostsLine, "unreachable-host",
                        "found the host \(host.name), expected one to connect to: \(failure)")
                }
            } else if let facts = Self.facts(of: host) {
                entry.isSuperuser = facts.isSuperuser
                entry.isStandby = facts.isStandby
                entry.lag = facts.lag
                report(
                    facts.findings(host: host.name, maximumLag: settings.maxReplicaLag), table.file,
                    table.hostsLine)
            }
            database.hosts.append(entry)
        }
        report.databases.append(database)
        report(
            HostsAdvice.connections(
                poolSize: settings.poolSize, workers: settings.workers, hosts: hosts.count),
            table.file, table.hostsLine)
        return hosts
    }

    /// Nil if the server does not say: it is no PostgreSQL, or a very old one.
    private static func facts(of host: CheckedHost) -> HostFacts? {
        try? host.use { connection, deadline throws(ServerError) in
            try CatalogReader(connection: connection, deadline: deadline)
                .host(isPooled: host.pooling != .none)
        }
    }

    /// Reports an earlier file that has the same database at other hosts.
    private mutating func compare(_ plan: PoolPlan, with earlier: ArraySlice<PoolPlan>) {
        let logins = plan.target.logins
        for other in earlier {
            let others = other.target.logins
            guard let finding = logins.finding(besides: others, of: other.tables[0].file) else { continue }
            return report([finding], plan.tables[0].file, plan.tables[0].hostsLine)
        }
    }

    // MARK: Tables

    /// Tries the table's query on every host that can be connected to.
    private mutating func examine(
        _ table: TableDefinition, maps: [String], isTrusted: Bool, on hosts: [CheckedHost],
        _ settings: DaemonSettings
    ) {
        let terms = ConnectionTerms(settings)
        var entry = CheckReport.Table(
            maps: maps, file: table.file, line: table.queryLine, database: report.databases.count - 1,
            sql: table.template.sql)
        var words: [HostsAdvice.Host] = []
        var working: [CheckedHost] = []
        var rehearsals: [(name: String, reason: String?)] = []
        var manner: String?
        var trouble: String?
        var advice: TableTrial.Advice?
        for host in hosts {
            guard host.failure == nil else {
                entry.hosts.append(.init(host: host.name, error: host.failure?.description))
                continue
            }
            do throws(Refusal) {
                let trial = try HostTrial(of: table, on: host)
                var tested = CheckReport.Table.Host(host: host.name)
                let purity = HostTrial.purity(of: table, on: host)
                switch purity {
                case .pure: tested.isPure = true
                case .impure(let reason):
                    tested.isPure = false
                    tested.impurity = reason.shown()
                case nil: break
                }
                let mayAsk = executesAll || isTrusted || purity == .pure
                let objection =
                    mayAsk ? try trial.rehearse(table, on: host, terms) : Rehearsal.mayKeep
                words.append(.init(name: host.name, word: .works))
                working.append(host)
                rehearsals.append((host.name, objection))
                tested.isTried = objection == nil
                tested.objection = objection?.shown()
                entry.hosts.append(tested)
                guard entry.form == nil else { continue }
                let outcome = trial.outcome
                manner = outcome.manner
                entry.form = outcome.form
                entry.sql = String(decoding: outcome.sql, as: UTF8.self)
                entry.parameterTypes = outcome.parameterTypes
                entry.batch = outcome.batch
                // Without a plan there is less to report, and nothing is wrong.
                let explained = try? host.use { connection, deadline throws(ServerError) in
                    try TableTrial(table: table, connection: connection, deadline: deadline)
                        .explain(outcome, trial.plan)
                }
                entry.plan = explained?.plan
                advice = explained?.advice
                if countsRows {
                    report(
                        Self.upperCaseRows(in: advice?.columns ?? [], of: table, on: host)
                            + (advice?.uncounted ?? []), table.file,
                        table.queryLine)
                }
            } catch {
                let reason = error.error.description
                words.append(
                    .init(name: host.name, word: error.isLasting ? .refuses(reason) : .silent(reason)))
                trouble = trouble ?? error.verdict
                entry.hosts.append(.init(host: host.name, error: reason))
                reportFailure(
                    table.file, table.queryLine, "refused-query", error.complaint(of: host.name))
            }
        }
        let purity = PurityAdvice(
            hosts: entry.hosts.filter { $0.isPure != nil }.map { ($0.host, $0.impurity) },
            isTrusted: isTrusted,
            kept: maps.filter { settings.cache[$0] != nil || settings.staleWhileDown[$0] != nil })
        let notified = maps.filter { settings.cache[$0]?.isNotified == true }
        // Of what is never kept, nothing need be told.
        let notification =
            notified.isEmpty || purity.isApart
            ? nil
            : listened(among: working).flatMap { host in
                NotificationCheck(table: table, maps: notified, host: host).advice()
            }
        let places = HostsAdvice(hosts: words)
        let rehearsal = RehearsalAdvice(hosts: rehearsals)
        entry.purity = purity.verdict
        if purity.isApart, entry.form == .parameters { entry.batch = "one key a statement" }
        if let manner {
            let state = rehearsal.state + (places.places.map { " at \($0)" } ?? "")
            let parts = [
                "\(state), \(manner)", purity.isApart ? nil : entry.batch, entry.purity,
                notification?.verdict, rehearsal.objection, places.objections,
            ]
            entry.verdict = parts.compactMap(\.self).joined(separator: "; ")
        } else {
            entry.verdict = trouble ?? "not checked, as \(CheckedHost.absence(of: hosts))"
        }
        report.tables.append(entry)
        report(
            table.findings(yieldsOneRow: advice?.yieldsOneRow ?? false) + (advice?.findings ?? [])
                + purity.findings + (notification?.findings ?? []) + rehearsal.findings + places.findings,
            table.file,
            table.queryLine)
    }

    /// The host that the daemon would listen to, or else one that has the same triggers.
    private func listened(among hosts: [CheckedHost]) -> CheckedHost? {
        let known = report.databases.last?.hosts ?? []
        let primary = hosts.first { host in
            host.pooling == .none && known.contains { $0.host == host.name && $0.isStandby == false }
        }
        return primary ?? hosts.first { $0.pooling == .none } ?? hosts.first
    }

    /// Seconds that counting the rows of a table may take.
    private static let countingTime = 60

    private static func upperCaseRows(
        in columns: [ComparedColumn], of table: TableDefinition, on host: CheckedHost
    ) -> [Finding] {
        // A plan does not show the collation.
        let hasCollation = table.template.sql.lowercased().contains("collate")
        return columns.compactMap { column in
            if hasCollation { return column.uncounted(because: "the query has a collation of its own") }
            do throws(ServerError) {
                let rows = try host.use(within: countingTime) { connection, deadline throws(ServerError) in
                    try connection.inTransaction(until: deadline) { () throws(ServerError) in
                        try connection.ask(column.upperCaseQuery, until: deadline)
                    }
                }
                return rows.first.flatMap { Int($0) }.flatMap { column.finding(rows: $0) }
            } catch {
                return column.uncounted(because: "\(error)")
            }
        }
    }
}
