// Whether a pooler is between this process and the server.

internal import EventLoop
package import LookupValues
package import PostgreSQL

/// Whether a pooler is between this process and the server. If so, what is set on a connection may be set for
/// others, and a batch may be sent only when the one before has ended.
package struct PoolerSearch {
    package let isPooled: Bool
    /// How long the answer to a trivial query took, in nanoseconds.
    let roundTrip: Int64
}

extension Connection {
    /// Looks for a pooler.
    ///
    /// PgBouncer and most others tell their clients a process number of their own; a server that tells none
    /// is treated like a pooler. Pgpool-II passes the server's number on. If the server sees another client
    /// port than this process uses, something is between. It is then asked whether it is Pgpool-II, by the
    /// simple query protocol, the only one in which Pgpool-II looks for the question: a server answers only
    /// that there is no such parameter. If both sides of Pgpool-II are Unix-domain sockets, it can't be
    /// detected.
    ///
    /// - Throws: if the connection is no longer usable, no answer has come by `deadline`, or the server has given up in time.
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

    /// The last value that comes back, if one does; nil if the server refuses the statement. Throws if that may
    /// be otherwise the next time.
    func answer(_ sql: String, until deadline: Instant) throws(ServerError) -> String?? {
        do throws(ServerError) {
            return .some(try askPatiently(sql, until: deadline))
        } catch {
            if error.sqlState.isEmpty || error.isLate { throw error }
            return nil
        }
    }
}
