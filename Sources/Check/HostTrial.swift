// A table's query at one host, for `mapmux check`: prepared, planned, and executed for a key that can't exist.

internal import Databases
internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL
internal import QueryPurity
internal import TableAdvice

/// Why a host does not answer a table's lookups.
struct Refusal: Error {
    /// The step that failed.
    enum Step {
        case preparing
        case executing
        case answering
    }

    let error: ServerError
    private let step: Step

    /// Whether lookups will fail as well: the reason is not a lock or a lost connection.
    let isLasting: Bool

    init(_ error: ServerError, _ step: Step, isOwn: Bool = false) {
        self.error = error
        // insufficient_privilege, for the query itself or for what a function in it does.
        self.step = step == .answering && error.sqlState == "42501" ? .executing : step
        isLasting = isOwn || !["", "55P03", "57014"].contains(error.sqlState)
    }

    /// What is wrong with the query at this host.
    var verdict: String {
        switch step {
        case .preparing: "query can't be prepared"
        case .executing: "query may not be executed"
        case .answering: "query fails for any key"
        }
    }

    /// - Parameter host: its name in messages.
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
    /// The plan's lines; empty if the host can't give a plan.
    let plan: [String]

    /// Prepares the query on a host, and has it planned. This shows whether it may be executed.
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
        // If a transaction is one statement only, plans can't be asked for.
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

    /// Nil if the host does not say.
    static func purity(of table: TableDefinition, on host: CheckedHost) -> Purity? {
        let finding = try? host.use { connection, deadline throws(ServerError) in
            try connection.findPurity(
                of: table.template, isPooled: host.pooling != .none, until: deadline)
        }
        return finding?.purity
    }

    /// Executes the query once as serving would, for a key that can't exist. The transaction only reads, and is rolled
    /// back.
    ///
    /// - Returns: why nothing is known after that; nil if the query was answered.
    func rehearse(
        _ table: TableDefinition, on host: CheckedHost, _ terms: ConnectionTerms
    ) throws(Refusal) -> String? {
        // Includes time for the server to report that it has canceled the query.
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

    /// Whether every transaction on a host is read only: the host is a standby, or the session's
    /// default_transaction_read_only is on.
    private static func readsOnly(_ host: CheckedHost) -> Bool {
        let setting = try? host.use { connection, deadline throws(ServerError) in
            try connection.ask(
                "SELECT pg_catalog.current_setting('transaction_read_only')", until: deadline)
        }
        return setting == ["on"]
    }

    /// For each parameter an example value of its type; nil if the key is to be sent.
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
