// `mapmux query --explain`: one lookup step by step, from the key to the value.

package import Configuration
internal import Databases
internal import EventLoop
package import LookupTables
package import LookupValues
internal import PoolHealth
internal import PostgreSQL
internal import TableAdvice

/// Explains lookups in a map, without a daemon. This changes nothing.
package struct LookupExplanation {
    private let map: String
    private let table: TableDefinition
    private let target: Target
    private let settings: DaemonSettings

    /// How many rows are shown if `expansion_limit` is not set.
    private static let shownRows = 20

    /// - Parameter report: is called with what is wrong with the configuration.
    /// - Returns: nil if there is no such map.
    package init?(
        map: String, source: ConfigurationSource, report: (Diagnostic) -> Void
    ) throws(UnusableMap) {
        let configuration = try source.read(toAsk: map, report)
        guard let entry = configuration.maps.first(where: { $0.name == map }) else { return nil }
        self.map = map
        table = configuration.table(of: entry)!
        target = table.target
        settings = configuration.settings
    }

    /// Looks up a key, and prints each step, in lines without control characters.
    package func explain(_ given: [UInt8], printLine print: (String) -> Void) -> LookupOutcome {
        func printLine(_ line: String) { print(line.shown()) }
        printLine("map: \(map)")
        printLine("table: \(table.file)" + (table.queryLine.map { ":\($0)" } ?? ""))
        let key: [UInt8]
        let exclusion: KeyExclusion?
        switch table.question(for: given.span, folds: settings.folding) {
        case .asGiven: (key, exclusion) = (given, nil)
        case .folded(let folded): (key, exclusion) = (folded, nil)
        case .notFound(let reason, let folded): (key, exclusion) = (folded ?? given, reason)
        }
        if exclusion != .notUTF8 {
            printLine("key: \(shown(key))" + (key == given ? "" : ", folded from \(shown(given))"))
        }
        if let exclusion {
            printLine("not asked: \(exclusion.reason)")
            return .notFound
        }
        guard table.template.isSelection else {
            printLine("query: \(table.template.sql)")
            return .temporaryFailure(
                "the query begins with neither SELECT nor WITH, and is not executed to explain it")
        }
        return ask(key, printLine)
    }

    /// Asks every host for its plan, and one host after the other for the rows until one has answered. The daemon does the
    /// same, but takes the other hosts in random order.
    private func ask(_ key: [UInt8], _ printLine: (String) -> Void) -> LookupOutcome {
        var answer: LookupOutcome?
        var failure = "no host can be connected to"
        var (isShown, hasErred) = (false, false)
        let terms = ConnectionTerms(settings)
        // Includes time for the server to report that it has canceled the query.
        let timeout = Int((terms.queryTimeout + 999_999_999) / 1_000_000_000) + 1
        var hosts = target.hosts.sorted { $0.preference < $1.preference }[...]
        while let name = hosts.popFirst() {
            let host = CheckedHost(name, of: target, settings, timeout: timeout)
            do throws(ServerError) {
                let question = try host.use { connection, deadline throws(ServerError) in
                    try Question(table, key, connection, deadline)
                }
                if !isShown { question.lines.forEach(printLine) }
                isShown = true
                let lag = try host.use { connection, deadline throws(ServerError) in
                    try question.unfitness(connection, deadline, terms)
                }
                if let lag { throw ServerError(sqlState: "", message: lag) }
                let plan = try host.use { connection, deadline throws(ServerError) in
                    try question.plan(connection, deadline)
                }
                printLine("host \(host.name): \(plan)")
                guard answer == nil else { continue }
                let rows = try host.use { connection, deadline throws(ServerError) in
                    try question.rows(connection, deadline, timeout: terms.queryTimeout)
                }
                answer = outcome(of: rows, key, printLine)
            } catch {
                if !isShown { printLine("query: \(table.template.sql)") }
                isShown = true
                printLine("host \(host.name): \(error)")
                guard answer == nil else { continue }
                let isOfQuery = host.failure == nil && !error.sqlState.isEmpty
                // An error of the query says more than a failed connection.
                if isOfQuery || !hasErred { failure = error.description }
                hasErred = hasErred || isOfQuery
                if !isOfQuery || hosts.isEmpty { continue }
                if StatementFailure(sqlState: error.sqlState).isOfKey {
                    printLine("not asked at other hosts: such an error is the key's own")
                    return .temporaryFailure(failure)
                }
                printLine("asked at another host, as the query has failed at this one")
            }
        }
        return answer ?? .temporaryFailure(failure)
    }

    private func outcome(
        of rows: [[[UInt8]]], _ key: [UInt8], _ printLine: (String) -> Void
    ) -> LookupOutcome {
        printLine("rows: \(rows.count)")
        let limit = table.expansionLimit > 0 ? table.expansionLimit : Self.shownRows
        for row in rows.prefix(limit) { printLine("    " + row.map(shown).joined(separator: ", ")) }
        if rows.count > limit { printLine("    and \(rows.count - limit) more") }
        var builder = ResultBuilder(table: table, key: key)
        for value in rows.joined() { builder.add(value.span) }
        let outcome = builder.finish()
        switch outcome {
        case .found(let value): printLine("value: \(shown(value))")
        case .notFound: printLine("value: none")
        case .temporaryFailure, .permanentFailure: break
        }
        return outcome
    }
}

/// A text in quotes. Characters that a terminal would obey are escaped.
private func shown(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self).debugDescription }

/// A table's query for one key, in the form that a host takes.
private struct Question {
    private let template: QueryTemplate
    private let form: CheckReport.Form
    /// The statement, with parameters or with the key in literals.
    private let sql: [UInt8]
    private let parameters: [[UInt8]]
    private let types: [String]?

    init(
        _ table: TableDefinition, _ key: [UInt8], _ connection: Connection, _ deadline: Instant
    ) throws(ServerError) {
        if let refusal = connection.refusal(of: table.template) { throw refusal }
        template = table.template
        let trial = try TableTrial(table: table, connection: connection, deadline: deadline).prepare()
        form = trial.form
        types = trial.parameterTypes
        switch form {
        case .parameters:
            sql = trial.sql
            parameters = (0..<template.parameterCount).map { [template] index in
                var bytes: [UInt8] = []
                template.appendParameter(index, key: key.span, into: &bytes)
                return bytes
            }
        case .literals:
            var statement: [UInt8] = []
            template.appendLiteralStatement(key: key.span, into: &statement) {
                connection.appendEscaped($0, to: &$1)
            }
            sql = statement
            parameters = []
        }
    }

    var lines: [String] {
        var lines = ["query: \(String(decoding: sql, as: UTF8.self))"]
        for (index, value) in parameters.enumerated() {
            let type = types.map { " (\($0[index]))" } ?? ""
            lines.append("parameter: $\(index + 1) = \(shown(value))\(type)")
        }
        return lines
    }

    /// PostgreSQL's plan for this key, in one line.
    func plan(_ connection: Connection, _ deadline: Instant) throws(ServerError) -> String {
        let reader = PlanReader(connection: connection, deadline: deadline)
        let lines: [String]
        switch form {
        case .parameters:
            let catalog = CatalogReader(connection: connection, deadline: deadline)
            let values = parameters.map { catalog.literal(String(decoding: $0, as: UTF8.self)) }
            lines = try reader.plan(of: template.sql, values: values)
        case .literals: lines = try reader.plan(of: sql)
        }
        return PlanNode(explained: lines)?.summary ?? "no plan"
    }

    /// Why the daemon would not ask this host, by `max_replica_lag`; nil if it would.
    func unfitness(
        _ connection: Connection, _ deadline: Instant, _ terms: ConnectionTerms
    ) throws(ServerError) -> String? {
        guard let query = terms.fitnessQuery else { return nil }
        return try connection.ask(query, until: deadline).last
    }

    /// The rows' values, without NULLs.
    ///
    /// - Parameter timeout: for the query, in nanoseconds.
    func rows(
        _ connection: Connection, _ deadline: Instant, timeout: Int64
    ) throws(ServerError) -> [[[UInt8]]] {
        try connection.inTransaction(statementTimeout: max(1, timeout / 1_000_000), until: deadline) {
            () throws(ServerError) in
            try connection.execute(until: deadline) { connection in
                switch form {
                case .parameters:
                    connection.sendUnnamed(sql: template.sql, parameterCount: parameters.count) {
                        $1 += parameters[$0]
                    }
                case .literals: connection.sendStatement { $0 += sql }
                }
            }
        }
    }
}
