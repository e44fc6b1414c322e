// A lookup in one table step by step, from the key to the value.

internal import Configuration
internal import Databases
internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PoolHealth
internal import PostgreSQL

/// Explains lookups in a table. Its connections are kept from one key to the next.
final class TableExplanation {
    let table: TableDefinition
    private let settings: DaemonSettings
    private let terms: ConnectionTerms
    /// The hosts in the order in which they are asked, and those of them that have been.
    private let names: [DatabaseHost]
    private var hosts: [CheckedHost] = []

    /// How many rows are shown if `expansion_limit` is not set.
    private static let shownRows = 20

    init(_ table: TableDefinition, _ settings: DaemonSettings) {
        self.table = table
        self.settings = settings
        names = table.target.hosts.sorted { $0.preference < $1.preference }
        terms = ConnectionTerms(settings)
    }

    var title: String { table.file + (table.queryLine.map { ":\($0)" } ?? "") }

    /// Looks up a key, and prints each step.
    func explain(_ given: [UInt8], printLine: (String) -> Void) -> LookupOutcome {
        let key: [UInt8]
        let exclusion: KeyExclusion?
        switch table.question(for: given.span, folds: settings.folding) {
        case .asGiven: (key, exclusion) = (given, nil)
        case .folded(let folded): (key, exclusion) = (folded, nil)
        case .notFound(let reason, let folded): (key, exclusion) = (folded ?? given, reason)
        }
        if exclusion != .notUTF8 {
            printLine("key: \(key.inQuotes)" + (key == given ? "" : ", folded from \(given.inQuotes)"))
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
        for index in names.indices {
            let host = host(at: index)
            do throws(ServerError) {
                let question = try host.use { connection, deadline throws(ServerError) in
                    try ExplainedQuestion(table, key, connection, deadline)
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
                if !isOfQuery || index == names.indices.last { continue }
                if StatementFailure(sqlState: error.sqlState).isOfKey {
                    printLine("not asked at other hosts: such an error is the key's own")
                    return .temporaryFailure(failure)
                }
                printLine("asked at another host, as the query has failed at this one")
            }
        }
        return answer ?? .temporaryFailure(failure)
    }

    /// A host, which is connected to when it is asked for the first time.
    private func host(at index: Int) -> CheckedHost {
        if index == hosts.count {
            // Includes time for the server to report that it has canceled the query.
            let timeout = Int((terms.queryTimeout + 999_999_999) / 1_000_000_000) + 1
            hosts.append(CheckedHost(names[index], of: table.target, settings, timeout: timeout))
        }
        return hosts[index]
    }

    private func outcome(
        of rows: [[[UInt8]]], _ key: [UInt8], _ printLine: (String) -> Void
    ) -> LookupOutcome {
        printLine("rows: \(rows.count)")
        let limit = table.expansionLimit > 0 ? table.expansionLimit : Self.shownRows
        for row in rows.prefix(limit) { printLine("    " + row.map(\.inQuotes).joined(separator: ", ")) }
        if rows.count > limit { printLine("    and \(rows.count - limit) more") }
        var builder = ResultBuilder(table: table, key: key)
        for value in rows.joined() { builder.add(value.span) }
        let outcome = builder.finish()
        switch outcome {
        case .found(let value): printLine("value: \(value.inQuotes)")
        case .notFound: printLine("value: none")
        case .temporaryFailure, .permanentFailure: break
        }
        return outcome
    }
}

extension [UInt8] {
    /// A text in quotes. Characters that a terminal would obey are escaped.
    var inQuotes: String { String(decoding: self, as: UTF8.self).debugDescription }
}
