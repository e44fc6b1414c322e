// A statement by the simple query protocol, outside of the pipeline.

internal import CLibpq
internal import EventLoop
package import LookupValues

extension Connection {
    /// Whether a statement without parameters is executed without an error. To be called on a thread that may block, while
    /// nothing is in flight.
    ///
    /// - Throws: an error without SQLSTATE if the connection is no longer usable, or no answer has come by
    ///   `deadline`.
    package func executesSimply(_ sql: String, until deadline: Instant) throws(ServerError) -> Bool {
        guard unsafe PQexitPipelineMode(connection) == 1, unsafe PQsendQuery(connection, sql) == 1 else {
            throw error
        }
        var (isExecuted, received) = (true, 0)
        while true {
            let flush = flush()
            if flush == .disconnected { throw error }
            if unsafe PQisBusy(connection) == 0 {
                guard let result = unsafe PQgetResult(connection) else { break }
                defer { unsafe PQclear(result) }
                switch unsafe PQresultStatus(result) {
                case PGRES_TUPLES_OK, PGRES_COMMAND_OK: continue
                case PGRES_FATAL_ERROR: isExecuted = false
                default: throw ServerError(sqlState: "", message: "found no answer to \(sql)")
                }
                continue
            }
            let wanted: Readiness = flush == .blocked ? [.readable, .writable] : .readable
            guard waitUntilReady(descriptor, for: wanted, until: deadline) else {
                throw ServerError(sqlState: "", message: "no answer in time")
            }
            received += unreadBytes(of: descriptor)
            guard received <= Self.longestSimpleAnswer else {
                throw ServerError(sqlState: "", message: "the server's answer is too long")
            }
            consumeInput()
        }
        guard !isBroken, unsafe PQenterPipelineMode(connection) == 1 else { throw error }
        return isExecuted
    }

    /// In bytes: a line or two is expected.
    private static let longestSimpleAnswer = 65_536
}
