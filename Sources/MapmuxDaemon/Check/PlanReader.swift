// Asks a server for the plans of statements, and leaves nothing behind on its connection.

internal import EventLoop
internal import LookupValues
internal import PostgreSQL

struct PlanReader {
    let connection: Connection
    let deadline: Instant

    private static let statement = "mapmux_plan"

    /// The lines of a statement's plan for parameters of any value, by EXPLAIN (VERBOSE, COSTS OFF), which executes
    /// nothing.
    ///
    /// PostgreSQL has EXPLAIN (GENERIC_PLAN) since version 16 only. Here the values are NULL; partitions that can't have
    /// NULL are in the plan all the same.
    ///
    /// - Parameter withoutSequentialScans: as with enable_seqscan = off, so that an index is used if one can be.
    /// - Throws: as `Connection.ask` does.
    func genericPlan(
        of sql: String, parameterCount: Int, withoutSequentialScans: Bool = false
    ) throws(ServerError) -> [String] {
        let nulls = Array(repeating: "NULL", count: parameterCount)
        let settings =
            ["plan_cache_mode = force_generic_plan"]
            + (withoutSequentialScans ? [Self.noSequentialScans] : [])
        let lines = try plan(of: sql, values: nulls, settings: settings)
        guard lines.contains(where: { $0.contains("Subplans Removed: ") }) else { return lines }
        return try plan(of: sql, values: nulls, settings: settings + ["enable_partition_pruning = off"])
    }

    /// The same for these parameters, each written as SQL has it.
    func plan(of sql: String, values: [String]) throws(ServerError) -> [String] {
        try plan(of: sql, values: values, settings: ["plan_cache_mode = force_custom_plan"])
    }

    /// The same for a statement without parameters.
    func plan(
        of statement: [UInt8], withoutSequentialScans: Bool = false
    ) throws(ServerError) -> [String] {
        try inTransaction(withoutSequentialScans ? [Self.noSequentialScans] : []) {
            () throws(ServerError) in
            try connection.ask(
                "EXPLAIN (VERBOSE, COSTS OFF) \(String(decoding: statement, as: UTF8.self))", until: deadline)
        }
    }

    private static let noSequentialScans = "enable_seqscan = off"

    private func plan(
        of sql: String, values: [String], settings: [String]
    ) throws(ServerError) -> [String] {
        // Behind a pooler, a statement that is prepared by SQL is in the same session as what follows in the transaction.
        try inTransaction(settings) { () throws(ServerError) in
            _ = try connection.ask("PREPARE \(Self.statement) AS \(sql)", until: deadline)
            let arguments = values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"
            let lines: [String]
            do throws(ServerError) {
                lines = try connection.ask(
                    "EXPLAIN (VERBOSE, COSTS OFF) EXECUTE \(Self.statement)\(arguments)", until: deadline)
            } catch {
                // Rolling back does not take it away.
                if !error.sqlState.isEmpty {
                    _ = try connection.ask("ROLLBACK", until: deadline)
                    _ = try connection.ask("DEALLOCATE \(Self.statement)", until: deadline)
                }
                throw error
            }
            _ = try connection.ask("DEALLOCATE \(Self.statement)", until: deadline)
            return lines
        }
    }

    /// Asks something in a transaction that reads only and is rolled back, with these settings in it.
    func inTransaction<Answer>(
        _ settings: [String], _ body: () throws(ServerError) -> Answer
    ) throws(ServerError) -> Answer {
        _ = try connection.ask("BEGIN READ ONLY", until: deadline)
        do throws(ServerError) {
            for setting in settings { _ = try connection.ask("SET LOCAL \(setting)", until: deadline) }
            let answer = try body()
            _ = try connection.ask("ROLLBACK", until: deadline)
            return answer
        } catch {
            // Without SQLSTATE nothing can be asked any more.
            if !error.sqlState.isEmpty { _ = try connection.ask("ROLLBACK", until: deadline) }
            throw error
        }
    }
}
