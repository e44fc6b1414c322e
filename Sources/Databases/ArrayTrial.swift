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
    /// Until when the server may execute it; nil: until a little before the deadline.
    var patience: Instant?

    package init(template: QueryTemplate, connection: Connection, deadline: Instant, patience: Instant? = nil)
    {
        self.template = template
        self.connection = connection
        self.deadline = deadline
        self.patience = patience
    }

    /// What a server makes of the array statement.
    package enum Outcome {
        /// It is prepared there.
        case prepared(sql: String, arrayTypes: [String])
        /// In words.
        case refused(String)
    }

    /// Prepares the array statement in a transaction, and deallocates it again.
    ///
    /// - Parameters:
    ///   - own: the name under which the table's own statement is prepared.
    ///   - name: the name under which to prepare the array statement.
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
                // Whatever the plans say, the array statement must be one that can be prepared.
                try connection.prepare(sql, as: name, until: deadline)
                connection.deallocate(name, until: deadline)
                return .prepared(sql: sql, arrayTypes: types)
            }
        } catch {
            return .refused("one key a statement: \(error)")
        }
    }

    /// What to report about an outcome. Asks for plans, in transactions of their own.
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

    /// Whether the array statement is worth it as far as its plan tells; nil if there can be none.
    ///
    /// - Throws: as `Connection.ask` does.
    func isWorthIt() throws(ServerError) -> Bool? {
        let types = try reader.ask(ofStatement: template.sql, QueryTemplate.arrayTypesSQL(ofStatement:))
        guard let sql = connection.arraySQL(of: template, arrayTypes: types) else { return nil }
        return try compare(many: sql, types) == .isWorthIt
    }

    // MARK: Plans

    /// The arrays of types that take any text. For other types the example key may be no value, which the
    /// server would log.
    private static let textTypes = ["text[]", "character varying[]", "character[]", "name[]", "citext[]"]

    private var reader: PlanReader {
        PlanReader(connection: connection, deadline: deadline, patience: patience)
    }

    /// Compares the plan of the array statement with that of the table's own statement.
    private func compare(
        many sql: String, _ arrayTypes: [String]
    ) throws(ServerError) -> PlanComparison.Verdict {
        let setting = try connection.ask(
            "SELECT pg_catalog.current_setting('plan_cache_mode')", until: deadline)
        let mode = setting.last.flatMap(PlanComparison.CacheMode.init) ?? .auto
        // The keys of the array statement are unknown to the planner in any case.
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

    /// The query's plan for an example of a key; nil if there is no example.
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
            // The query may convert the key to a number or a date.
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
    /// How long the plans of all tables may take together, in nanoseconds, and how long before the deadline
    /// they must be done.
    private static let patience: Int64 = 300_000_000
    private static let margin: Int64 = 200_000_000

    /// Finds out for which tables the array statement is worth it, as far as plans tell.
    ///
    /// - Returns: for each table whether it is. Tables for which that could not be told, because of a lock,
    ///   say, are left out.
    /// - Throws: if the connection is no longer usable.
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
