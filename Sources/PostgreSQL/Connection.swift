// A connection to PostgreSQL in pipeline mode: statements go in, results come out, and nothing blocks.

internal import CLibpq
internal import EventLoop

/// The owner of one PGconn, used by one thread at a time. Sending only fills libpq's buffer until `flush`.
@safe package final class Connection {
    /// Whether everything that was sent is on its way.
    package enum Flush: Equatable {
        case done
        /// The socket takes no more now: flush again when it is writable, and read what comes in until then.
        case blocked
        case disconnected
    }

    let connection: OpaquePointer
    /// The parameters of the statement being sent.
    var parameters = StatementParameters()
    /// Nil: notices are not kept.
    private var notices: Notices?
    /// Whether notifications are kept until they are taken.
    private var keepsNotifications = false

    /// Why the server has ended the connection, if it has sent a reason.
    private var farewell: ServerError?

    /// How much may come without completing a result, in bytes: rows, which libpq keeps until the last one
    /// has come, notices and the like.
    private static let maximumBarrenBytes = 33_554_432

    /// How often the socket was read since the last result, and how many bytes came, except the first time.
    private var barrenReadings = 0
    private var barrenBytes = 0

    /// Takes over a PGconn whose connection is established.
    init(owning connection: OpaquePointer) {
        unsafe self.connection = unsafe connection
        unsafe PQsetnonblocking(connection, 1)
        unsafe PQenterPipelineMode(connection)
        // Notices (RAISE NOTICE in a function that a query calls) would go to stderr. No call of libpq's that
        // may bring a notice outlives this object, which owns the connection.
        unsafe PQsetNoticeReceiver(
            connection,
            { owner, result in
                guard let owner = unsafe owner, let result = unsafe result else { return }
                unsafe Unmanaged<Connection>.fromOpaque(owner).takeUnretainedValue().note(result)
            }, Unmanaged.passUnretained(self).toOpaque())
    }

    deinit {
        unsafe PQsetNoticeReceiver(connection, { _, _ in }, nil)
        unsafe PQfinish(connection)
    }

    /// The connection's last error. If the server has ended the connection and given a reason, this is the
    /// reason.
    package var error: ServerError {
        if isBroken && farewell == nil { lookForFarewell() }
        return unsafe farewell ?? ServerError(connection: connection)
    }

    /// Looks through what has come on a lost connection. libpq reads what the server sends between two
    /// pipelines only when there is something to wait for: see pqParseInput3().
    private func lookForFarewell() {
        // What is in flight, if anything, is lost: only the server's reason still matters.
        _ = unsafe PQexitPipelineMode(connection)
        for _ in 0..<Self.mostLastResults {
            guard unsafe PQisBusy(connection) == 0, let result = unsafe PQgetResult(connection) else {
                return
            }
            if unsafe PQresultStatus(result) == PGRES_FATAL_ERROR && endsConnection(result) {
                farewell = unsafe ServerError(result: result)
            }
            unsafe PQclear(result)
            if farewell != nil { return }
        }
    }

    /// More than the results of any pipeline of a lost connection.
    private static let mostLastResults = 1_000

    /// Whether the connection is lost, as far as libpq has noticed.
    package var isBroken: Bool { unsafe PQstatus(connection) == CONNECTION_BAD }

    // MARK: Receiving

    /// Takes in what the socket has. To be called once when it is readable, before `nextResult`.
    package func consumeInput() {
        // This is rare: most readings bring a result.
        if barrenReadings > 0 { barrenBytes += unreadBytes(of: descriptor) }
        barrenReadings += 1
        if !keepsNotifications { dropNotifications() }
        // A failure shows in the next result.
        _ = unsafe PQconsumeInput(connection)
    }

    /// Frees the notifications that LISTEN, in a function that a query calls, brings: libpq keeps each until
    /// it is taken.
    private func dropNotifications() {
        // Nothing more of a lost connection is to be read: see `nextCompleteResult`.
        guard unsafe PQstatus(connection) == CONNECTION_OK else { return }
        while let notification = unsafe PQnotifies(connection) { unsafe PQfreemem(notification) }
    }

    /// The next result that is complete; nil if there is none yet. If a server sends too much without
    /// completing one, its connection counts as lost.
    package func nextResult() -> PipelineResult? {
        if let result = nextCompleteResult() {
            barrenReadings = 0
            barrenBytes = 0
            return result
        }
        if barrenBytes <= Self.maximumBarrenBytes { return nil }
        return .disconnected(ServerError(sqlState: "", message: "the server's result is too long"))
    }

    private func nextCompleteResult() -> PipelineResult? {
        // What was received and not read yet is dropped with the connection: pqDropConnection() has forgotten
        // which statements it belongs to, and libpq would take the description of a row for a statement's
        // whole result, without rows.
        if unsafe PQstatus(connection) == CONNECTION_BAD { return .disconnected(error) }
        // Each statement's result is followed by a null pointer. Two in a row mean that nothing is in flight.
        for _ in 0..<2 {
            if unsafe PQisBusy(connection) != 0 { return nil }
            if let result = unsafe PQgetResult(connection) {
                return unsafe classify(result, isUsable: PQstatus(connection) == CONNECTION_OK)
            }
        }
        if unsafe PQstatus(connection) == CONNECTION_BAD { return .disconnected(error) }
        return nil
    }

    // MARK: Notifications

    /// Keeps notifications from now on, until `takeNotifications`, which is to be called after each reading.
    package func keepNotifications() { keepsNotifications = true }

    /// The notifications that have come, in their order, by PQnotifies.
    package func takeNotifications() -> [Notification] {
        var taken: [Notification] = []
        guard unsafe PQstatus(connection) == CONNECTION_OK else { return taken }
        while let notification = unsafe PQnotifies(connection) {
            taken.append(unsafe Notification(notification.pointee))
            unsafe PQfreemem(notification)
        }
        if !taken.isEmpty {
            barrenReadings = 0
            barrenBytes = 0
        }
        return taken
    }

    // MARK: Notices

    /// Keeps the server's notices from now on, until `takeNotices`.
    ///
    /// - Parameter bytes: how many of them are kept at most.
    package func keepNotices(upTo bytes: Int) {
        notices = Notices(room: bytes)
    }

    /// Returns the notices since `keepNotices`, and keeps no more; nil if there were too many.
    package func takeNotices() -> [Notice]? {
        defer { notices = nil }
        return notices?.complete
    }

    /// A notice that the receiver is called with.
    private func note(_ result: OpaquePointer) {
        if unsafe endsConnection(result) { farewell = unsafe ServerError(result: result) }
        unsafe notices?.add(result)
    }

}
