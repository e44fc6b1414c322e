// `mapmux check`: reads everything, connects to every host, prepares every query, and asks how each is executed.

internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL
internal import QueryPurity
internal import TableAdvice

package struct ConfigurationCheck {
    private let source: ConfigurationSource
    private let noteProgress: (_ done: Int, _ total: Int) -> Void
    private var report = CheckReport()
    private var done = 0

    /// - Parameter noteProgress: is told before each table how many of how many are done.
    package init(source: ConfigurationSource, noteProgress: @escaping (_ done: Int, _ total: Int) -> Void) {
        self.source = source
        self.noteProgress = noteProgress
    }

    package mutating func run() -> CheckReport {
        var diagnostics: [Diagnostic] = []
        let configuration = source.read(diagnostics: &diagnostics)
        report.problems = diagnostics.map { CheckReport.Problem($0) }
        if diagnostics.contains(where: { $0.severity == .error }) { report.status = .configurationError }
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
                examine(table, maps: maps, isTrusted: plan.trusted.contains(place), on: hosts)
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
        var database = CheckReport.Database(database: plan.target.database, user: plan.target.user)
        var hosts: [CheckedHost] = []
        for name in plan.target.hosts {
            let host = CheckedHost(name, of: plan.target, settings, timeout: settings.connectTimeout)
            hosts.append(host)
            var entry = CheckReport.Database.Host(host: host.name)
            if let failure = host.failure {
                entry.error = failure.description
                reportFailure(
                    table.file, table.hostsLine, "unreachable-host",
                    "found the host \(host.name), expected one to connect to: \(failure)")
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

    /// Nil where the server does not say: one that is no PostgreSQL, or of long ago.
    private static func facts(of host: CheckedHost) -> HostFacts? {
        try? host.use { connection, deadline throws(ServerError) in
            try CatalogReader(connection: connection, deadline: deadline).host()
        }
    }

    /// Says where an earlier file has the same database at other hosts.
    private mutating func compare(_ plan: PoolPlan, with earlier: ArraySlice<PoolPlan>) {
        let logins = plan.target.logins(options: connectionOptions)
        for other in earlier {
            let others = other.target.logins(options: connectionOptions)
            guard let finding = logins.finding(besides: others, of: other.tables[0].file) else { continue }
            return report([finding], plan.tables[0].file, plan.tables[0].hostsLine)
        }
    }

    // MARK: Tables

    /// Tries the table's query on every host that can be connected to.
    private mutating func examine(
        _ table: TableDefinition, maps: [String], isTrusted: Bool, on hosts: [CheckedHost]
    ) {
        var entry = CheckReport.Table(
            maps: maps, file: table.file, line: table.queryLine, database: report.databases.count - 1,
            sql: table.template.sql)
        var words: [HostsAdvice.Host] = []
        var manner: String?
        var trouble: String?
        var advice: TableTrial.Advice?
        for host in hosts {
            guard host.failure == nil else {
                entry.hosts.append(.init(host: host.name, error: host.failure?.description))
                continue
            }
            do throws(Refusal) {
                let trial = try Self.trial(of: table, on: host)
                words.append(.init(name: host.name, word: .works))
                var tested = CheckReport.Table.Host(host: host.name)
                switch Self.purity(of: table, on: host) {
                case .pure: tested.isPure = true
                case .impure(let reason):
                    tested.isPure = false
                    tested.impurity = reason.printable
                case nil: break
                }
                entry.hosts.append(tested)
                guard entry.form == nil else { continue }
                let outcome = trial.outcome
                manner = outcome.manner
                entry.form = outcome.form
                entry.sql = String(decoding: outcome.sql, as: UTF8.self)
                entry.parameterTypes = outcome.parameterTypes
                entry.batch = outcome.batch
                // Without a plan there is less to say, and nothing is wrong.
                let explained = try? host.use { connection, deadline throws(ServerError) in
                    try TableTrial(table: table, connection: connection, deadline: deadline)
                        .explain(outcome, trial.plan)
                }
                entry.plan = explained?.plan
                advice = explained?.advice
            } catch {
                let reason = error.error.description
                words.append(
                    .init(name: host.name, word: error.isLasting ? .refuses(reason) : .silent(reason)))
                trouble = trouble ?? error.verdict
                entry.hosts.append(.init(host: host.name, error: reason))
                reportFailure(
                    table.file, table.queryLine, "refused-query",
                    error.isPrepared
                        ? "found a query that the login may not execute at host \(host.name), expected one that it may: "
                            + reason
                        : "found a query that host \(host.name) can't prepare, expected one that it can: \(reason)"
                )
            }
        }
        let purity = PurityAdvice(
            hosts: entry.hosts.filter { $0.isPure != nil }.map { ($0.host, $0.impurity) },
            isTrusted: isTrusted)
        let places = HostsAdvice(hosts: words)
        entry.purity = purity.verdict
        if purity.isApart, entry.form == .parameters { entry.batch = "one key a statement" }
        if let manner {
            let state = places.places.map { "ok at \($0)" } ?? "ok"
            let parts = [
                "\(state), \(manner)", purity.isApart ? nil : entry.batch, entry.purity, places.objections,
            ]
            entry.verdict = parts.compactMap(\.self).joined(separator: "; ")
        } else {
            entry.verdict = trouble ?? "not checked, as no host answers"
        }
        report.tables.append(entry)
        report(
            table.findings(yieldsOneRow: advice?.yieldsOneRow ?? false) + (advice?.findings ?? [])
                + purity.findings + places.findings,
            table.file,
            table.queryLine)
    }

    /// Nil where the host does not say.
    private static func purity(of table: TableDefinition, on host: CheckedHost) -> Purity? {
        let finding = try? host.use { connection, deadline throws(ServerError) in
            try connection.findPurity(of: table.template, until: deadline)
        }
        return finding?.purity
    }

    /// Why a host does not answer a table's lookups.
    private struct Refusal: Error {
        let error: ServerError
        /// It is the execution that is refused.
        let isPrepared: Bool

        /// What is wrong with the query there.
        var verdict: String { isPrepared ? "query may not be executed" : "query can't be prepared" }

        /// Whether lookups will fare no better: it is no lock that was in the way, and no connection that was lost.
        let isLasting: Bool

        init(_ error: ServerError, isPrepared: Bool, isOwn: Bool = false) {
            self.error = error
            self.isPrepared = isPrepared
            isLasting = isOwn || !["", "55P03", "57014"].contains(error.sqlState)
        }
    }

    /// Prepares the query on a host, and has it planned, with which it may be executed.
    ///
    /// - Returns: no plan where the host can't tell it.
    private static func trial(
        of table: TableDefinition, on host: CheckedHost
    ) throws(Refusal) -> (outcome: TableTrial.Outcome, plan: [String]) {
        let outcome: TableTrial.Outcome
        var refusal: ServerError?
        do throws(ServerError) {
            outcome = try host.use { connection, deadline throws(ServerError) in
                refusal = connection.refusal(of: table.template)
                if let refusal { throw refusal }
                return try TableTrial(table: table, connection: connection, deadline: deadline).prepare()
            }
        } catch {
            throw Refusal(error, isPrepared: false, isOwn: refusal != nil)
        }
        do throws(ServerError) {
            let plan = try host.use { connection, deadline throws(ServerError) in
                try TableTrial(table: table, connection: connection, deadline: deadline).plan(outcome)
            }
            return (outcome, plan)
        } catch {
            // insufficient_privilege.
            if error.sqlState == "42501" { throw Refusal(error, isPrepared: true) }
            return (outcome, [])
        }
    }
}
