// Asks a server for the plans of statements, and leaves nothing behind on its connection.

internal import Configuration
internal import EventLoop
package import LookupValues
package import PostgreSQL

package struct PlanReader {
    let connection: Connection
    /// When an answer must have come.
    let deadline: Instant
    /// Until when the server may execute it; nil: until a little before the deadline.
    var patience: Instant?

    package init(connection: Connection, deadline: Instant, patience: Instant? = nil) {
        self.connection = connection
        self.deadline = deadline
        self.patience = patience
    }

    /// The lines of a statement's plan for parameters of any value, by EXPLAIN (VERBOSE, COSTS OFF), which executes
    /// nothing.
    ///
    /// PostgreSQL has EXPLAIN (GENERIC_PLAN) since version 16 only. Here the values are NULL; partitions that can't have
    /// NULL are in the plan all the same.
    ///
    /// - Parameter withoutSequentialScans: as with enable_seqscan = off, so that an index is used if
    ///   possible.
    /// - Throws: as `Connection.ask` does.
    package func genericPlan(
        of sql: String, parameterCount: Int, withoutSequentialScans: Bool = false
    ) throws(ServerError) -> [String] {
        let nulls = Array(repeating: "NULL", count: parameterCount)
        let settings = [Self.generic] + (withoutSequentialScans ? [Self.noSequentialScans] : [])
        let lines = try plan(of: sql, values: nulls, settings: settings)
        guard lines.contains(where: { $0.contains("Subplans Removed: ") }) else { return lines }
        return try plan(of: sql, values: nulls, settings: settings + [Self.noPruning])
    }

    /// The same for these parameters, each written as SQL has it.
    package func plan(of sql: String, values: [String]) throws(ServerError) -> [String] {
        try plan(of: sql, values: values, settings: [Self.custom])
    }

    /// The same with costs, and with all partitions: those that have no row of the key are left out only when
    /// the statement is executed.
    ///
    /// - Parameter values: nil for parameters of any value.
    func costs(
        of sql: String, parameterCount: Int, values: [String]? = nil
    ) throws(ServerError) -> [String] {
        try plan(
            of: sql, values: values ?? Array(repeating: "NULL", count: parameterCount),
            settings: [values == nil ? Self.generic : Self.custom, Self.noPruning], options: "VERBOSE")
    }

    /// The same as `plan` for a statement without parameters.
    package func plan(
        of statement: [UInt8], withoutSequentialScans: Bool = false
    ) throws(ServerError) -> [String] {
        let settings = withoutSequentialScans ? [Self.noSequentialScans] : []
        return try connection.inTransaction(settings, until: deadline) { () throws(ServerError) in
            try connection.ask(
                "EXPLAIN (\(Self.options)) \(String(decoding: statement, as: UTF8.self))", until: deadline)
        }
    }

    private static let options = "VERBOSE, COSTS OFF"
    private static let custom = "plan_cache_mode = force_custom_plan"
    private static let generic = "plan_cache_mode = force_generic_plan"
    private static let noSequentialScans = "enable_seqscan = off"
    private static let noPruning = "enable_partition_pruning = off"

    private func plan(
        of sql: String, values: [String], settings: [String], options: String = Self.options
    ) throws(ServerError) -> [String] {
        let arguments = values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"
        return try ask(ofStatement: sql, settings: settings) {
            "EXPLAIN (\(options)) EXECUTE \($0)\(arguments)"
        }
    }

    /// Asks a question about a statement, which is prepared for that, all in one batch.
    ///
    /// - Parameters:
    ///   - settings: made by SET LOCAL.
    ///   - question: SQL, given the statement's name. Its rows have one value each.
    func ask(
        ofStatement sql: String, settings: [String] = [], _ question: (_ name: String) -> String
    ) throws(ServerError) -> [String] {
        var names = StatementNames()
        let name = names.next()
        // The rows of the limits have two values, those of the question one.
        let limits = """
            SELECT 'limits', pg_catalog.count(limits.*)
            FROM (\(connection.limitsQuery(patience.map { ($0, of: 2) }, until: deadline))) AS limits
            """
        let statements =
            ["BEGIN READ ONLY", limits] + settings.map { "SET LOCAL \($0)" } + [
                "PREPARE \(name) AS \(sql)", "SAVEPOINT mapmux", question(name), "DEALLOCATE \(name)",
                "ROLLBACK",
            ]
        do throws(ServerError) {
            return try connection.rows(statements, until: deadline).filter { $0.count == 1 }.flatMap(\.self)
        } catch {
            if !error.sqlState.isEmpty { takeBack(name) }
            throw error
        }
    }

    /// Ends a transaction that has failed, and deallocates its statement if that was prepared.
    private func takeBack(_ name: String) {
        if (try? connection.ask("ROLLBACK TO SAVEPOINT mapmux", until: deadline)) != nil {
            connection.deallocate(name, until: deadline)
        }
        _ = try? connection.ask("ROLLBACK", until: deadline)
    }
}
