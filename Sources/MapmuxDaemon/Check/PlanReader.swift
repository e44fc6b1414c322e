// Asks a server for the plans of statements, and leaves nothing behind on its connection.

internal import EventLoop
internal import LookupValues
internal import PostgreSQL

struct PlanReader {
    let connection: Connection
    let deadline: Instant

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
        let settings = withoutSequentialScans ? [Self.noSequentialScans] : []
        return try connection.inTransaction(settings, until: deadline) { () throws(ServerError) in
            try connection.ask(
                "EXPLAIN (VERBOSE, COSTS OFF) \(String(decoding: statement, as: UTF8.self))", until: deadline)
        }
    }

    private static let noSequentialScans = "enable_seqscan = off"

    private func plan(
        of sql: String, values: [String], settings: [String]
    ) throws(ServerError) -> [String] {
        var names = StatementNames()
        let name = names.next()
        let arguments = values.isEmpty ? "" : "(\(values.joined(separator: ", ")))"
        return try connection.inTransaction(settings, until: deadline) { () throws(ServerError) in
            _ = try connection.ask("PREPARE \(name) AS \(sql)", until: deadline)
            defer { connection.deallocate(name, until: deadline) }
            return try connection.inSavepoint(until: deadline) { () throws(ServerError) in
                try connection.ask(
                    "EXPLAIN (VERBOSE, COSTS OFF) EXECUTE \(name)\(arguments)", until: deadline)
            }
        }
    }
}
