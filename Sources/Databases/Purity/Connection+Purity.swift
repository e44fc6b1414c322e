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

    /// Finds out whether queries are pure. Blocks; waits for locks for a second at most in all, and leaves half of the time until
    /// the deadline to whatever comes next.
    ///
    /// PostgreSQL analyses each query, nothing is executed, and nothing is left behind. Where the role may make a temporary
    /// view, that is done in a transaction that is rolled back. Else the server is asked to show what it has analysed by
    /// debug_print_rewritten, which writes it to its log, too: some kB. That is also the way to functions whose bodies are
    /// strings.
    ///
    /// - Parameters:
    ///   - isPooled: whether a pooler is between.
    ///   - deadline: when an answer must have come.
    /// - Returns: a finding for each query. What can't be told is not pure.
    /// - Throws: without SQLSTATE where the connection is of no use any more, or nothing has come until `deadline`.
    package func findPurities(
        of templates: [QueryTemplate], isPooled: Bool, until deadline: Instant
    ) throws(ServerError) -> [PurityFinding] {
        var trial = PurityTrial(connection: self, isPooled: isPooled, deadline: deadline)
        return try trial.findings(of: templates)
    }
}
