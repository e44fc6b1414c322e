// What a new connection is asked before it is used: who is at its other end, how long a query may take, how old the data
// are.

internal import Configuration
internal import EventLoop
package import LookupValues
package import PostgreSQL

/// What a new connection has said of itself.
package struct ConnectionSetup: Sendable {
    /// As in `PoolerSearch`, both.
    package let isPooled: Bool
    package let roundTrip: Int64
    /// SQL that sets what the session is to hold to, as was done.
    package let settings: String
    /// What its answers depend on, and when that was first asked; nil where that could not be found out.
    package let found: FoundDependencies?
    package let askedAt: Instant
}

extension Connection {
    /// Finds out what the pool has to know of a new connection, and has the server bound its queries. To be called on a
    /// thread that may block.
    ///
    /// - Parameters:
    ///   - question: what is to be found out of what its answers depend on.
    ///   - deadline: when an answer must have come.
    /// - Returns: what is found, or why the connection is not to be used.
    package func setUp(
        _ terms: ConnectionTerms, _ question: DependencyQuestion, until deadline: Instant
    ) -> Result<ConnectionSetup, ServerError> {
        do {
            let search = try lookForPooler(until: deadline)
            let isPooled = search.isPooled
            if let query = terms.fitnessQuery, let reason = try ask(query, until: deadline).last {
                return .failure(ServerError(sqlState: "", message: reason))
            }
            let settings = isPooled ? "SELECT" : try applySettings(terms, until: deadline)
            let askedAt = MonotonicClock.now()
            let found = try findDependencies(question, isPooled: isPooled, until: deadline)
            if found?.isOverlong ?? false {
                return .failure(ServerError(sqlState: "", message: "the server's answer is too long"))
            }
            if let found, !isPooled {
                try prepare(found.dependencies.look, as: Dependencies.lookName, until: deadline)
            }
            return .success(
                ConnectionSetup(
                    isPooled: isPooled, roundTrip: search.roundTrip, settings: settings, found: found,
                    askedAt: askedAt))
        } catch {
            return .failure(error)
        }
    }

    /// Sets what the session is to hold to, as far as the server takes it.
    ///
    /// - Returns: the SQL that does.
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
