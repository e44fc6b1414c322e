// Whether a table's keys can be answered several at a time, and are better so, tried on a server: for `mapmux check`, and
// for a new connection.

internal import EventLoop
package import LookupTables
package import LookupValues
package import PostgreSQL
internal import TableAdvice

package struct ArrayTrial {
    let template: QueryTemplate
    let connection: Connection
    /// When an answer must have come.
    let deadline: Instant
    /// Until when the server may be at it; nil: a little less than that.
    var patience: Instant?

    package init(template: QueryTemplate, connection: Connection, deadline: Instant, patience: Instant? = nil)
    {
        self.template = template
        self.connection = connection
        self.deadline = deadline
        self.patience = patience
    }

    /// What a server makes of the statement for many keys.
    package enum Outcome {
        /// It is prepared there.
        case prepared(sql: String, arrayTypes: [String])
        /// In words.
        case refused(String)
    }

    /// Prepares the statement for many keys, in a transaction, and takes it away again.
    ///
    /// - Parameters:
    ///   - own: the name by which the table's own statement is prepared.
    ///   - name: one to prepare by.
    package func prepare(besides own: String, as name: String) -> Outcome {
        guard connection.takesManyKeys else {
            return .refused("one key a statement, for the encoding's sake")
        }
        do throws(ServerError) {
            return try connection.inSavepoint(until: deadline) { () throws(ServerError) in
                let types = try connection.ask(
                    QueryTemplate.arrayTypesSQL(ofStatement: own), until: deadline)
                guard let sql = connection.arraySQL(of: template, arrayTypes: types) else {
                    return .refused("one key a statement, as the query can't stand in another one")
                }
                // Whatever else it may say, it must be one that can be prepared.
                try connection.prepare(sql, as: name, until: deadline)
                connection.deallocate(name, until: deadline)
                return .prepared(sql: sql, arrayTypes: types)
            }
        } catch {
            return .refused("one key a statement: \(error)")
        }
    }

    /// What to tell of that. Asks for plans, in transactions of their own.
    package func verdict(on outcome: Outcome) -> String {
        switch outcome {
        case .refused(let reason): return reason
        case .prepared(let sql, let arrayTypes):
            do throws(ServerError) {
                return try compare(many: sql, arrayTypes).words
            } catch {
                return "several keys a statement, as long as that is seen to be no slower: \(error)"
            }
        }
    }

    /// Whether the statement for many keys is worth it as far as its plan tells; nil where there can be none.
    ///
    /// - Throws: as `Connection.ask` does.
    func isWorthIt() throws(ServerError) -> Bool? {
        let types = try reader.ask(ofStatement: template.sql, QueryTemplate.arrayTypesSQL(ofStatement:))
        guard let sql = connection.arraySQL(of: template, arrayTypes: types) else { return nil }
        return try compare(many: sql, types) == .isWorthIt
    }

    // MARK: Plans

    /// Of types that take any text. Else the example may be no value, and a server logs that.
    private static let textTypes = ["text[]", "character varying[]", "character[]", "name[]", "citext[]"]

    private var reader: PlanReader {
        PlanReader(connection: connection, deadline: deadline, patience: patience)
    }

    /// Holds the plan of the statement for many against that of the table's own statement.
    private func compare(
        many sql: String, _ arrayTypes: [String]
    ) throws(ServerError) -> PlanComparison.Verdict {
        let setting = try connection.ask(
            "SELECT pg_catalog.current_setting('plan_cache_mode')", until: deadline)
        let mode = setting.last.flatMap(PlanComparison.CacheMode.init) ?? .auto
        // Its keys are unknown to the planner in any case.
        let many = try plan(of: sql)
        let generic = try plan(of: template.sql)
        let custom = mode == .forceGeneric ? nil : try planForKey(arrayTypes)
        guard let many, let generic else { return .isWorthIt }
        return PlanComparison(custom: custom, generic: generic, many: many, mode: mode).verdict
    }

    /// A statement's plan for any keys.
    private func plan(of sql: String) throws(ServerError) -> PlanNode? {
        PlanNode(explained: try reader.costs(of: sql, parameterCount: template.parameterCount))
    }

    /// The query's plan for an example of a key; nil where there is no example.
    private func planForKey(_ arrayTypes: [String]) throws(ServerError) -> PlanNode? {
        let isText = arrayTypes.allSatisfy { type in
            Self.textTypes.contains(type) || type.hasSuffix(".citext[]")
        }
        guard isText else { return nil }
        let key = Array(template.exampleKey.utf8)
        let values = (0..<template.parameterCount).map { index in
            var value: [UInt8] = []
            template.appendParameter(index, key: key.span, into: &value)
            return "'\(String(decoding: value, as: UTF8.self))'"
        }
        do throws(ServerError) {
            let lines = try reader.costs(
                of: template.sql, parameterCount: template.parameterCount, values: values)
            return PlanNode(explained: lines)
        } catch {
            // The query may make a number or a date of it.
            guard error.sqlState.hasPrefix("22") else { throw error }
            return nil
        }
    }
}

extension PlanComparison.Verdict {
    fileprivate var words: String {
        switch self {
        case .isWorthIt: "several keys a statement"
        case .readsAll(let relation):
            "one key a statement, as the plan for many reads all rows of \(relation) for each key"
        case .costsMore(let many, let single):
            "one key a statement, as the plan for many costs \(Int(nearest: many)) for each key, and the plan for one "
                + "\(Int(nearest: single))"
        }
    }
}

extension Connection {
    /// How long the plans of all tables may take together, in nanoseconds, and how long before the deadline they must be through.
    private static let patience: Int64 = 300_000_000
    private static let margin: Int64 = 200_000_000

    /// Finds out of which tables the statement for many keys is worth it, as far as plans tell.
    ///
    /// - Returns: for each table whether it is; nothing of those of which that could not be told, as a lock was in the way, say.
    /// - Throws: where the connection is of no use any more.
    func findWorth(
        of tables: Set<Int>, _ templates: [QueryTemplate], until deadline: Instant
    ) throws(ServerError) -> [Int: Bool] {
        guard takesManyKeys else { return [:] }
        let patience = min(
            MonotonicClock.now().advanced(byNanoseconds: Self.patience),
            deadline.advanced(byNanoseconds: -Self.margin))
        var worth: [Int: Bool] = [:]
        for table in tables.sorted() where MonotonicClock.now() < patience {
            let trial = ArrayTrial(
                template: templates[table], connection: self, deadline: deadline, patience: patience)
            do throws(ServerError) {
                worth[table] = try trial.isWorthIt()
            } catch {
                if error.sqlState.isEmpty || isBroken { throw error }
            }
        }
        return worth
    }
}
