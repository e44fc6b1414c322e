// A table's query at one host, for `mapmux check`: prepared, planned, and asked for a key that can't exist.

internal import Databases
internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL
internal import QueryPurity
internal import TableAdvice

/// Why a host does not answer a table's lookups.
struct Refusal: Error {
    /// What could not be done.
    enum Step {
        case preparing
        case executing
        case answering
    }

    let error: ServerError
    private let step: Step

    /// Whether lookups will fare no better: it is no lock that was in the way, and no connection that was lost.
    let isLasting: Bool

    init(_ error: ServerError, _ step: Step, isOwn: Bool = false) {
        self.error = error
        // insufficient_privilege, of the query itself or of what a function in it does.
        self.step = step == .answering && error.sqlState == "42501" ? .executing : step
        isLasting = isOwn || !["", "55P03", "57014"].contains(error.sqlState)
    }

    /// What is wrong with the query there.
    var verdict: String {
        switch step {
        case .preparing: "query can't be prepared"
        case .executing: "query may not be executed"
        case .answering: "query fails for any key"
        }
    }

    /// - Parameter host: what messages call it.
    func complaint(of host: String) -> String {
        switch step {
        case .preparing: "found a query that host \(host) can't prepare, expected one that it can: \(error)"
        case .executing:
            "found a query that the login may not execute at host \(host), expected one that it may: \(error)"
        case .answering:
            "found a query that fails at host \(host) for a key that can't exist, expected no rows: \(error)"
        }
    }
}

struct HostTrial {
    let outcome: TableTrial.Outcome
    /// Lines; none where the host can't tell it.
    let plan: [String]

    /// Prepares the query on a host, and has it planned, with which it may be executed.
    init(of table: TableDefinition, on host: CheckedHost) throws(Refusal) {
        var refusal: ServerError?
        do throws(ServerError) {
            outcome = try host.use { connection, deadline throws(ServerError) in
                refusal = connection.refusal(of: table.template)
                if let refusal { throw refusal }
                return try TableTrial(
                    table: table, connection: connection, deadline: deadline, pooling: host.pooling
                ).prepare()
            }
        } catch {
            throw Refusal(error, .preparing, isOwn: refusal != nil)
        }
        // Where a transaction is one statement, there is no asking for plans.
        if host.pooling == .statements {
            plan = []
            return
        }
        do throws(ServerError) {
            plan = try host.use { [outcome] connection, deadline throws(ServerError) in
                try TableTrial(table: table, connection: connection, deadline: deadline).plan(outcome)
            }
        } catch {
            if error.sqlState == "42501" { throw Refusal(error, .executing) }
            plan = []
        }
    }

    /// Nil where the host does not say.
    static func purity(of table: TableDefinition, on host: CheckedHost) -> Purity? {
        let finding = try? host.use { connection, deadline throws(ServerError) in
            try connection.findPurity(
                of: table.template, isPooled: host.pooling != .none, until: deadline)
        }
        return finding?.purity
    }

    /// Asks the query once as serving would, for a key that can't exist. That reads only and is rolled back.
    ///
    /// - Returns: why nothing is known after that; nil where it was answered.
    func rehearse(
        _ table: TableDefinition, on host: CheckedHost, _ terms: ConnectionTerms
    ) throws(Refusal) -> String? {
        // Time for the server to say that it has given the query up.
        let timeout = Int((terms.queryTimeout + 999_999_999) / 1_000_000_000) + 1
        let limit = max(1, terms.queryTimeout / 1_000_000)
        do throws(ServerError) {
            try host.use(within: timeout) { connection, deadline throws(ServerError) in
                if host.pooling == .statements {
                    try connection.askReadingOnly(statementTimeout: limit, until: deadline) {
                        send(table.template, on: $0)
                    }
                    return
                }
                _ = try connection.inTransaction(statementTimeout: limit, until: deadline) {
                    () throws(ServerError) in
                    try connection.execute(until: deadline) { send(table.template, on: $0) }
                }
            }
            return nil
        } catch {
            let answer = Rehearsal.answer(
                sqlState: error.sqlState, message: error.message,
                hasMadeUpValue: outcome.form == .literals || outcome.parameterTypes == nil
                    || examples.contains { $0 == nil },
                isReadOnly: { Self.readsOnly(host) })
            switch answer {
            case .answered: return nil
            case .notTried(let reason): return reason
            case .failed: throw Refusal(error, .answering)
            }
        }
    }

    /// Whether a host has every transaction read only: it is a standby, or the session's default_transaction_read_only is on.
    private static func readsOnly(_ host: CheckedHost) -> Bool {
        let setting = try? host.use { connection, deadline throws(ServerError) in
            try connection.ask(
                "SELECT pg_catalog.current_setting('transaction_read_only')", until: deadline)
        }
        return setting == ["on"]
    }

    /// For each parameter the value that its type has for an example; nil where the key is to be sent.
    private var examples: [String?] {
        (outcome.parameterTypes ?? []).map { Rehearsal.example(ofType: $0) }
    }

    private func send(_ template: QueryTemplate, on connection: Connection) -> Bool {
        let key = Rehearsal.key
        let examples = examples
        return switch outcome.form {
        case .parameters:
            connection.sendUnnamed(sql: template.sql, parameterCount: template.parameterCount) {
                index, output in
                if index < examples.count, let value = examples[index] {
                    output += value.utf8
                } else {
                    template.appendParameter(index, key: key.span, into: &output)
                }
            }
        case .literals:
            connection.sendStatement { output in
                template.appendLiteralStatement(key: key.span, into: &output) {
                    connection.appendEscaped($0, to: &$1)
                }
            }
        }
    }
}
