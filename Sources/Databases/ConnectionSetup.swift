// What a new connection is asked before it is used: whether a pooler is at its other end, how long a query
// may take, how old the data are.

internal import Configuration
internal import EventLoop
package import LookupValues
package import PostgreSQL

/// What was found out about a new connection.
package struct ConnectionSetup: Sendable {
    /// As in `PoolerSearch`, both.
    package let isPooled: Bool
    package let roundTrip: Int64
    /// Whether the server follows another one. It is asked only if the terms want to know.
    package let isStandby: Bool
    /// The SQL by which the session's settings were made.
    package let settings: String
    /// Whether the server lets the role set limits for what is asked of it beside lookups.
    package let limitsOwn: Bool
    /// What its answers depend on, and when that was first asked; nil if that could not be found out.
    package let found: FoundDependencies?
    package let askedAt: Instant
}

extension Connection {
    /// Finds out what the pool has to know of a new connection, and has the server bound its queries. To be called on a
    /// thread that may block.
    ///
    /// - Parameters:
    ///   - question: what is to be found out about the connection's dependencies.
    ///   - deadline: when an answer must have come.
    /// - Returns: what was found out, or why the connection is not to be used.
    package func setUp(
        _ terms: ConnectionTerms, _ question: DependencyQuestion, until deadline: Instant
    ) -> Result<ConnectionSetup, ServerError> {
        do throws(ServerError) {
            let search = try lookForPooler(until: deadline)
            let isPooled = search.isPooled
            if let query = terms.fitnessQuery, let reason = try askPatiently(query, until: deadline) {
                return .failure(ServerError(sqlState: "", message: reason))
            }
            let settings = isPooled ? "SELECT" : try applySettings(terms, until: deadline)
            // What is made by set_config has shown that it may be called.
            let limitsOwn =
                settings == "SELECT"
                ? try answer(ownLimits(until: deadline), until: deadline) != nil : true
            let askedAt = MonotonicClock.now()
            let found = try findDependencies(question, isPooled: isPooled, until: deadline)
            if found?.isOverlong ?? false {
                return .failure(ServerError(sqlState: "", message: "the server's answer is too long"))
            }
            if let found, !isPooled {
                try preparePatiently(found.dependencies.look, as: Dependencies.lookName, until: deadline)
            }
            // Behind the first look: if the standby is promoted after that, a later look shows it, and the connection is renewed.
            var isStandby = false
            if terms.tellsStandbys {
                isStandby = try askPatiently("SELECT pg_catalog.pg_is_in_recovery()", until: deadline) == "t"
            }
            return .success(
                ConnectionSetup(
                    isPooled: isPooled, roundTrip: search.roundTrip, isStandby: isStandby, settings: settings,
                    limitsOwn: limitsOwn, found: found, askedAt: askedAt))
        } catch {
            return .failure(error)
        }
    }

    /// Makes the session's settings, as far as the server accepts them.
    ///
    /// - Returns: the SQL that does so.
    private func applySettings(_ terms: ConnectionTerms, until deadline: Instant) throws(ServerError)
        -> String
    {
        let settings = [true, false].map {
            terms.sessionSettings(hasStandardStrings: hasStandardStrings, checksConnection: $0)
        }
        for sql in settings where try answer(sql, until: deadline) != nil { return sql }
        return "SELECT"
    }
}
