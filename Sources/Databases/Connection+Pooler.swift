// Whether a pooler is between this process and the server.

internal import EventLoop
package import LookupValues
package import PostgreSQL

/// Whether a pooler is between, so that what is set on a connection may be set for others, and a batch may be sent only when the
/// one before has come to its end.
package struct PoolerSearch {
    package let isPooled: Bool
    /// How long the answer to next to nothing took, in nanoseconds.
    let roundTrip: Int64
}

extension Connection {
    /// Looks for a pooler.
    ///
    /// PgBouncer and most others tell their clients a process number of their own; a server that doesn't tell is treated like
    /// one. Pgpool-II passes the server's number on. Whenever the server sees the connection come from another port than it leaves
    /// from here, something is between, and is asked whether it is that, by the simple query protocol, as it looks at nothing else: a server only answers
    /// that there is no such parameter.
    /// Where both sides of Pgpool-II are Unix-domain sockets nothing gives it away.
    ///
    /// - Throws: where the connection is of no use any more, or nothing has come until `deadline`.
    package func lookForPooler(until deadline: Instant) throws(ServerError) -> PoolerSearch {
        let start = MonotonicClock.now()
        let told = try answer(
            "SELECT pg_catalog.concat_ws(' ', pg_catalog.pg_backend_pid(), pg_catalog.inet_client_port())",
            until: deadline)
        let roundTrip = MonotonicClock.now().nanoseconds - start.nanoseconds
        let port = isByTCP ? localPort(of: descriptor).map { " \($0)" } ?? "" : ""
        guard let told = told ?? nil, told.prefix(while: { $0 != " " }) == "\(serverProcess)" else {
            return PoolerSearch(isPooled: true, roundTrip: roundTrip)
        }
        let isForwarded = told != "\(serverProcess)\(port)"
        let isPooled = isForwarded ? try executesSimply("SHOW pool_version", until: deadline) : false
        return PoolerSearch(isPooled: isPooled, roundTrip: roundTrip)
    }

    /// The last value that comes back, if one does; nil where the server refuses the statement.
    func answer(_ sql: String, until deadline: Instant) throws(ServerError) -> String?? {
        do throws(ServerError) {
            return .some(try ask(sql, until: deadline).last)
        } catch {
            if error.sqlState.isEmpty { throw error }
            return nil
        }
    }
}
