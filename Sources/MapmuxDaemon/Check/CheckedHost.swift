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
    /// Why it can't be connected to. It is not tried again.
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
    /// - Throws: what `body` throws, or why there is no connection any more.
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
        return try body(connection, deadline)
    }
}
