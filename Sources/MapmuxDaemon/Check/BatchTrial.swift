// Whether a table's keys can be answered several at a time, tried on a server for `mapmux check`.

internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL
internal import TableAdvice

struct BatchTrial {
    let template: QueryTemplate
    let connection: Connection
    let deadline: Instant

    /// What a server makes of the statement for many keys.
    enum Outcome {
        /// It is prepared there.
        case prepared(sql: String)
        /// In words.
        case refused(String)
    }

    /// Prepares the statement for many keys, in a transaction, and takes it away again.
    ///
    /// - Parameters:
    ///   - own: the name by which the table's own statement is prepared.
    ///   - name: one to prepare by.
    func prepare(besides own: String, as name: String) -> Outcome {
        guard connection.hasASCIIApart else {
            return .refused("one key a statement, for the encoding's sake")
        }
        do throws(ServerError) {
            return try connection.inSavepoint(until: deadline) { () throws(ServerError) in
                let types = try connection.ask(
                    QueryTemplate.arrayTypesSQL(ofStatement: own), until: deadline)
                guard let sql = template.batchSQL(arrayTypes: types) else {
                    return .refused("one key a statement, as the query can't stand in another one")
                }
                // Whatever else it may say, it must be one that can be prepared.
                try connection.prepare(sql, as: name, until: deadline)
                connection.deallocate(name, until: deadline)
                return .prepared(sql: sql)
            }
        } catch {
            return .refused("one key a statement: \(error)")
        }
    }

    /// What to tell of that. Asks for plans, in transactions of their own.
    func verdict(on outcome: Outcome) -> String {
        switch outcome {
        case .refused(let reason): return reason
        case .prepared(let sql):
            do throws(ServerError) {
                let scans = try sequentialScans(of: sql).subtracting(sequentialScansAlone())
                if let scan = scans.min() {
                    return "one key a statement as soon as that is seen to be quicker, as the plan for many "
                        + "reads all rows of \(scan) for each key"
                }
                return "several keys a statement"
            } catch {
                return "one key a statement: \(error)"
            }
        }
    }

    /// The relations that the query's plan for one key reads from one end to the other. PostgreSQL has that for the first five
    /// executions, and then for as long as it costs less than the plan for any key.
    private func sequentialScansAlone() throws(ServerError) -> Set<String> {
        let values = (0..<template.parameterCount).map { index in
            var value: [UInt8] = []
            template.appendParameter(index, key: Self.exampleKey.span, into: &value)
            return "'\(String(decoding: value, as: UTF8.self))'"
        }
        let reader = PlanReader(connection: connection, deadline: deadline)
        do throws(ServerError) {
            let plan = try reader.plan(of: template.sql, values: values)
            return PlanNode(explained: plan)?.sequentiallyRead ?? []
        } catch {
            // The key may be no number or date, where one is wanted.
            guard error.sqlState.hasPrefix("22") else { throw error }
            return try sequentialScans(of: template.sql)
        }
    }

    private static let exampleKey = [UInt8]("user@mail.example.com".utf8)

    /// The relations that a statement's plan for any parameters reads from one end to the other.
    private func sequentialScans(of sql: String) throws(ServerError) -> Set<String> {
        let plan = try PlanReader(connection: connection, deadline: deadline)
            .genericPlan(of: sql, parameterCount: template.parameterCount)
        return PlanNode(explained: plan)?.sequentiallyRead ?? []
    }
}
