// Asks a server which tables' answers can be kept by notification, and whether its triggers tell what they need.

package import ChangeTriggers
package import LookupTables
package import LookupValues
package import PostgreSQL

extension Connection {
    /// Finds out for which queries triggers tell of every change of an answer. Blocks; waits for locks for a second at most
    /// in all.
    ///
    /// PostgreSQL analyses each query as for `findPurities`, and shows by debug_print_rewritten what it has analysed, which it
    /// also writes to its log: some kB. Nothing is executed but queries of the catalogs, and nothing is left behind. Any role
    /// may ask, at a standby too; what is found then are the triggers of the primary, as far as they are replayed.
    ///
    /// - Parameters:
    ///   - templates: the queries. The connection must not lead through a pooler.
    ///   - deadline: when an answer must have come. Half of the time until then is for the analysis.
    /// - Returns: a finding for each query, and the look that tells of changes. The findings were right when the look
    ///   returned its value.
    /// - Throws: an error without SQLSTATE if the connection is no longer usable, or no answer has come by `deadline`; the
    ///   server's refusal if it does not even let its catalogs be read.
    package func findNotifications(
        of templates: [QueryTemplate], until deadline: Instant
    ) throws(ServerError) -> NotificationFindings {
        let trial = NotificationTrial(connection: self, isPooled: false, deadline: deadline)
        return try trial.findings(of: templates)
    }

    /// The SQL that makes the triggers for queries: a script for each relation whose triggers don't tell yet what they must.
    ///
    /// - Parameters:
    ///   - includesAll: also for those that do.
    ///   - isPooled: whether a pooler is between this process and the server.
    /// - Returns: beside the scripts what was found of each query. Throws as `findNotifications` does.
    package func findTriggerScripts(
        for templates: [QueryTemplate], includesAll: Bool, isPooled: Bool, until deadline: Instant
    ) throws(ServerError) -> (findings: [NotificationFinding], scripts: [TriggerScript]) {
        let trial = NotificationTrial(connection: self, isPooled: isPooled, deadline: deadline)
        return try trial.scripts(for: templates, includesAll: includesAll)
    }

    /// The SQL that takes all triggers of mapmux away that are in the database; empty if there are none. Throws as `ask` does.
    ///
    /// - Parameter relations: by OID, to take away only theirs; nil: all.
    package func findTriggerRemoval(
        from relations: Set<UInt32>?, until deadline: Instant
    ) throws(ServerError) -> String {
        let rows = try rows([NotificationTrial.path, TriggerScript.installed], until: deadline)
        return TriggerScript.removal(
            of: rows.filter { row in
                row.count == 6
                    && relations.map { relations in UInt32(row[5]).map(relations.contains) ?? false } ?? true
            })
    }
}
