// A table's query for one key, as `mapmux query --explain` asks it at a host.

internal import Databases
internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL
internal import TableAdvice

/// A table's query for one key, in the form that a host takes.
struct ExplainedQuestion {
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
            lines.append("parameter: $\(index + 1) = \(value.inQuotes)\(type)")
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
