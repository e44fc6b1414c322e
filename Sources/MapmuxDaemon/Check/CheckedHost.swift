// A host that is asked outside the daemon: one connection after the other, as one that has not answered in time can't be
// used again.

internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL
internal import TableAdvice

final class CheckedHost {
    let name: String
    private let parameters: ConnectionParameters
    private let connectTimeout: Int
    private let timeout: Int
    private var connection: Connection?
    /// How often it has given no answer in time since the last one that came.
    private var lateness = 0
    /// Why it can't be connected to, or is given up. It is not tried again.
    private(set) var failure: ServerError?

    /// Connects.
    ///
    /// - Parameters:
    ///   - settings: say how long connecting may take, and what the server is to call the connection.
    ///   - timeout: seconds for each thing that is asked.
    init(_ host: DatabaseHost, of target: Target, _ settings: DaemonSettings, timeout: Int) {
        name = host.description
        parameters = ConnectionParameters(
            host: host, target: target, applicationName: settings.applicationName)
        connectTimeout = settings.connectTimeout
        self.timeout = timeout
        reconnect()
    }

    private func reconnect() {
        switch connect(parameters, timeout: connectTimeout) {
        case .success(let connection): self.connection = connection
        case .failure(let error): failure = error
        }
    }

    /// Has something asked within the timeout, on a connection that is in order.
    ///
    /// - Throws: what `body` throws, or why there is no connection any more. A host that does not answer in time again
    ///   and again is given up.
    func use<Answer>(
        _ body: (Connection, Instant) throws(ServerError) -> Answer
    ) throws(ServerError) -> Answer {
        if connection == nil, failure == nil { reconnect() }
        guard let connection else {
            throw failure ?? ServerError(sqlState: "", message: "the connection is closed")
        }
        // A lock may be in the way.
        let deadline = MonotonicClock.now().advanced(byNanoseconds: Int64(timeout) * 1_000_000_000)
        // Else what is still owed would be taken for the answer to the next question.
        defer { if connection.isOwed || connection.isBroken { self.connection = nil } }
        do throws(ServerError) {
            let answer = try body(connection, deadline)
            lateness = 0
            return answer
        } catch {
            // lock_not_available, query_canceled.
            let isLate = connection.isOwed || ["55P03", "57014"].contains(error.sqlState)
            lateness = isLate ? lateness + 1 : 0
            if lateness == Self.greatestLateness {
                failure = ServerError(
                    sqlState: error.sqlState,
                    message: "given up after \(lateness) times without an answer in time: \(error.message)")
            }
            throw error
        }
    }

    /// How often in a row the whole timeout may pass: more tables than that are not waited for.
    private static let greatestLateness = 5
}
