// A host that is asked outside the daemon, on one connection after another: a connection that has not answered in time
// can't be used again.

internal import Configuration
internal import Databases
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
    /// The pooler between this process and the server, if there is one.
    private(set) var pooling = Pooling.none
    /// How often in a row the host has not answered in time.
    private var lateness = 0
    /// Why the host can't be connected to, or was given up. It is not tried again then.
    private(set) var failure: ServerError?

    /// Connects.
    ///
    /// - Parameters:
    ///   - settings: give the time for connecting, and the application_name.
    ///   - timeout: seconds for each question.
    init(_ host: DatabaseHost, of target: Target, _ settings: DaemonSettings, timeout: Int) {
        name = host.description
        parameters = ConnectionParameters(
            host: host, target: target, applicationName: settings.applicationName)
        connectTimeout = settings.connectTimeout
        self.timeout = timeout
        reconnect()
        if failure == nil { findPooling() }
    }

    /// Looks for a pooler as a new connection of the daemon does.
    private func findPooling() {
        let search = try? use { connection, deadline throws(ServerError) in
            try connection.lookForPooler(until: deadline)
        }
        guard let search, search.isPooled else { return }
        pooling = .transactions
        do throws(ServerError) {
            try use { connection, deadline throws(ServerError) in
                _ = try connection.ask("BEGIN READ ONLY", until: deadline)
                _ = try connection.ask("ROLLBACK", until: deadline)
            }
        } catch {
            if error.sqlState.isEmpty { pooling = .statements }
        }
    }

    /// Whether the host has refused a connection because the server, the role or the database has as many as it may have:
    /// too_many_connections.
    var isFull: Bool { failure?.isOfFullServer == true }

    /// Why none of these hosts can be asked; the text follows "as".
    static func absence(of hosts: [CheckedHost]) -> String {
        hosts.contains(where: \.isFull) ? "no host has a connection left" : "no host answers"
    }

    /// How long a pooler keeps a client on the same session.
    enum Pooling {
        /// As long as the client stays, or there is no pooler.
        case none
        case transactions
        /// It closes the connection of a client that begins a transaction.
        case statements
    }

    private func reconnect() {
        switch connect(parameters, timeout: connectTimeout) {
        case .success(let connection): self.connection = connection
        case .failure(let error): failure = error
        }
    }

    /// Has a question asked within the timeout, on a connection in order.
    ///
    /// - Parameter seconds: the time for this question, if it is not the usual timeout.
    /// - Throws: what `body` throws, or why there is no connection any more. A host that repeatedly does not answer in time
    ///   is given up.
    func use<Answer>(
        within seconds: Int? = nil, _ body: (Connection, Instant) throws(ServerError) -> Answer
    ) throws(ServerError) -> Answer {
        if connection == nil, failure == nil { reconnect() }
        guard let connection else {
            throw failure ?? ServerError(sqlState: "", message: "the connection is closed")
        }
        // The query may wait for a lock.
        let deadline = MonotonicClock.now().advanced(byNanoseconds: Int64(seconds ?? timeout) * 1_000_000_000)
        // Otherwise a result that is still owed would be taken for the answer to the next question.
        defer { if connection.isOwed || connection.isBroken { self.connection = nil } }
        do throws(ServerError) {
            let answer = try body(connection, deadline)
            lateness = 0
            return answer
        } catch {
            let isLate = connection.isOwed || error.isLate
            lateness = isLate ? lateness + 1 : 0
            if lateness == Self.greatestLateness {
                failure = ServerError(
                    sqlState: error.sqlState,
                    message: "given up after \(lateness) times without an answer in time: \(error.message)")
            }
            throw error
        }
    }

    /// How often in a row the whole timeout may pass. For further tables the host is not waited for.
    private static let greatestLateness = 5
}
