// Asks a server whether tables' queries are pure.

package import LookupTables
package import LookupValues
package import PostgreSQL
package import QueryPurity

extension Connection {
    /// Finds out whether a query is pure, as `findPurities` does.
    package func findPurity(
        of template: QueryTemplate, isPooled: Bool, until deadline: Instant
    ) throws(ServerError) -> PurityFinding {
        try findPurities(of: [template], isPooled: isPooled, until: deadline)[0]
    }

    /// Finds out whether queries are pure. Blocks; waits for locks for a second at most in all, and leaves
    /// half of the time until the deadline for what comes next.
    ///
    /// PostgreSQL analyses each query, nothing is executed, and nothing is left behind. If the role may make
    /// a temporary view, one is made in a transaction that is rolled back. Otherwise, debug_print_rewritten
    /// has the server show what it has analysed; the server also writes that to its log: some kB. Functions
    /// whose bodies are strings are analysed in that way, too.
    ///
    /// - Parameters:
    ///   - isPooled: whether a pooler is between this process and the server.
    ///   - deadline: when an answer must have come.
    /// - Returns: a finding for each query. What can't be told is not pure.
    /// - Throws: an error without SQLSTATE if the connection is no longer usable, or no answer has come by
    ///   `deadline`.
    package func findPurities(
        of templates: [QueryTemplate], isPooled: Bool, until deadline: Instant
    ) throws(ServerError) -> [PurityFinding] {
        var trial = PurityTrial(connection: self, isPooled: isPooled, deadline: deadline)
        return try trial.findings(of: templates)
    }
}
