// A table's query, tried on a server for `mapmux check` as serving would prepare it.

internal import Databases
internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PoolHealth
internal import PostgreSQL
internal import TableAdvice

struct TableTrial {
    let table: TableDefinition
    let connection: Connection
    let deadline: Instant
    var pooling = CheckedHost.Pooling.none

    /// The result of preparing the query on a server.
    struct Outcome {
        /// How keys reach the query, in words.
        let manner: String
        let form: CheckReport.Form
        /// The statement as sent.
        let sql: [UInt8]
        var parameterTypes: [String]?
        var batch: String?
    }

    /// The parts of an example key that a plan may show.
    private var marks: [String] { [table.template.exampleKey, table.template.exampleDomain, "'user'"] }

    /// Prepares the query with parameters, or otherwise with a key in literals, as serving does.
    func prepare() throws(ServerError) -> Outcome {
        if let outcome = try prepareWithParameters() { return outcome }
        let key = Array(table.template.exampleKey.utf8)
        var literal: [UInt8] = []
        table.template.appendLiteralStatement(key: key.span, into: &literal) {
            connection.appendEscaped($0, to: &$1)
        }
        let sql = String(decoding: literal, as: UTF8.self)
        do throws(ServerError) {
            if pooling == .statements {
                try connection.prepare(sql, until: deadline)
            } else {
                try connection.inTransaction(until: deadline) { () throws(ServerError) in
                    try connection.prepare(sql, until: deadline)
                }
            }
        } catch {
            // Otherwise the error comes from the example key: it is no date, for example.
            if !error.sqlState.hasPrefix("22") { throw error }
        }
        return Outcome(
            manner: "with literals, as PostgreSQL can't tell the type of a parameter", form: .literals,
            sql: literal, batch: "one key a statement")
    }

    /// Nil if only literals are possible.
    private func prepareWithParameters() throws(ServerError) -> Outcome? {
        if pooling == .statements { return try prepareAlone() }
        let template = table.template
        let trial = ArrayTrial(template: template, connection: connection, deadline: deadline)
        var names = StatementNames()
        let (own, many) = (names.next(), names.next())
        var types: [String]?
        let outcome: ArrayTrial.Outcome
        do throws(ServerError) {
            outcome = try connection.inTransaction(until: deadline) { () throws(ServerError) in
                try connection.prepare(template.sql, as: own, until: deadline)
                defer { connection.deallocate(own, until: deadline) }
                types = try? connection.inSavepoint(until: deadline) { () throws(ServerError) in
                    try connection.ask(QueryTemplate.typesSQL(ofStatement: own), until: deadline)
                }
                return trial.prepare(besides: own, as: many)
            }
        } catch {
            guard StatementFailure(sqlState: error.sqlState).kind == .parametersImpossible else {
                throw error
            }
            return nil
        }
        let count = template.parameterCount
        return Outcome(
            manner: manner, form: .parameters,
            sql: Array(template.sql.utf8),
            // A pooler may have another name for the statement.
            parameterTypes: types.flatMap { $0.count == count ? $0 : nil },
            batch: pooling == .none ? trial.verdict(on: outcome) : Self.pooledBatch)
    }

    /// The same in a batch of its own.
    private func prepareAlone() throws(ServerError) -> Outcome? {
        do throws(ServerError) {
            try connection.prepare(table.template.sql, until: deadline)
        } catch {
            guard StatementFailure(sqlState: error.sqlState).kind == .parametersImpossible else {
                throw error
            }
            return nil
        }
        return Outcome(
            manner: manner, form: .parameters, sql: Array(table.template.sql.utf8),
            batch: Self.pooledBatch)
    }

    private var manner: String {
        let count = table.template.parameterCount
        return "\(count) parameter\(count == 1 ? "" : "s")"
    }

    private static let pooledBatch = "one key a statement, as a pooler is between"

    /// The lines of the query's plan for any key. PostgreSQL checks the privileges on tables, columns and functions when a
    /// plan is about to be executed, and EXPLAIN goes so far: if the query may not be executed, this fails with 42501.
    func plan(_ outcome: Outcome) throws(ServerError) -> [String] {
        try explain(outcome, withoutSequentialScans: false)
    }

    /// The plan and the advice that follow from these lines.
    func explain(
        _ outcome: Outcome, _ lines: [String]
    ) throws(ServerError) -> (plan: String, advice: Advice)? {
        guard let plan = PlanNode(explained: lines) else { return nil }
        let catalog = CatalogReader(connection: connection, deadline: deadline)
        var relations: [RelationFacts] = []
        for name in PlanAdvice.relations(of: plan) {
            do throws(ServerError) {
                // pg_relation_size() waits for a lock.
                let relation = try connection.inTransaction(until: deadline) { () throws(ServerError) in
                    try catalog.relation(name)
                }
                if let relation { relations.append(relation) }
            } catch {
                // A schema may be closed to the role although a view in another schema is not.
                if error.sqlState.isEmpty { throw error }
            }
        }
        let keys: KeyMarks = outcome.form == .parameters ? .parameters : .texts(marks)
        let advice = PlanAdvice(plan: plan, relations: relations, keys: keys)
        let second =
            advice.needsSecondLook
            ? PlanNode(explained: try explain(outcome, withoutSequentialScans: true)) : nil
        return (
            plan.summary,
            Advice(
                findings: advice.findings(secondLook: second), yieldsOneRow: advice.yieldsOneRow,
                columns: advice.comparedColumns, uncounted: advice.uncountedComparisons)
        )
    }

    /// The advice that a plan leads to.
    struct Advice {
        let findings: [Finding]
        let yieldsOneRow: Bool
        /// The columns that are compared with the key.
        let columns: [ComparedColumn]
        /// Findings about other comparisons with the key, for a check that counts rows.
        let uncounted: [Finding]
    }

    private func explain(
        _ outcome: Outcome, withoutSequentialScans: Bool
    ) throws(ServerError) -> [String] {
        let reader = PlanReader(connection: connection, deadline: deadline)
        switch outcome.form {
        case .parameters:
            return try reader.genericPlan(
                of: table.template.sql, parameterCount: table.template.parameterCount,
                withoutSequentialScans: withoutSequentialScans)
        case .literals:
            return try reader.plan(of: outcome.sql, withoutSequentialScans: withoutSequentialScans)
        }
    }
}
