// A connection to PostgreSQL in pipeline mode: statements go in, results come out, and nothing blocks.

internal import CLibpq
internal import EventLoop

/// The owner of one PGconn, used by one thread at a time. Sending only fills libpq's buffer until `flush`.
@safe package final class Connection {
    /// Whether everything that was sent is on its way.
    package enum Flush: Equatable {
        case done
        /// The socket takes no more now: flush again when it is writable, and read what comes meanwhile.
        case blocked
        case disconnected
    }

    let connection: OpaquePointer
    /// The parameters of the statement being sent, each closed by a NUL, and where each begins.
    private var parameterBytes: [UInt8] = []
    private var parameterOffsets: [Int] = []
    private var parameterPointers: [UnsafePointer<CChar>?] = unsafe []
    /// Where they are asked for.
    private var notices: Notices?

    private struct Notices {
        /// In bytes; negative when something did not fit.
        var room: Int
        var kept: [Notice] = []
    }

    /// Something that the server says beside a statement's result.
    package struct Notice: Equatable, Sendable {
        package let message: String
        package let detail: String
    }

    /// Why the server has ended the connection, if it has said so.
    private var farewell: ServerError?

    /// What may come without making up a result, in bytes: rows that libpq keeps until the last one has come, notices and the
    /// like.
    private static let maximumBarrenBytes = 33_554_432

    /// Readings since the last result, and the bytes of those but for the first.
    private var barrenReadings = 0
    private var barrenBytes = 0

    /// Takes over a PGconn whose connection is established.
    init(owning connection: OpaquePointer) {
        unsafe self.connection = unsafe connection
        unsafe PQsetnonblocking(connection, 1)
        unsafe PQenterPipelineMode(connection)
        // Notices (RAISE NOTICE in a function that a query calls) would go to stderr. No call of libpq's that may bring one
        // outlives this object, which owns the connection.
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

    /// The socket to wait on; it stays the same for the life of the connection.
    package var descriptor: Int32 { unsafe PQsocket(connection) }

    /// The process that serves this connection, as in pg_stat_activity.
    package var serverProcess: Int32 { unsafe PQbackendPID(connection) }

    /// PostgreSQL's version number (150018 is 15.18).
    package var serverVersion: Int32 { unsafe PQserverVersion(connection) }

    /// Whether the server has asked for a password, from wherever it came then.
    package var hasUsedPassword: Bool { unsafe PQconnectionUsedPassword(connection) == 1 }

    /// Whether it is by TCP, not through a Unix-domain socket.
    package var isByTCP: Bool {
        // A path, or an abstract name.
        guard let host = unsafe PQhost(connection), let first = unsafe String(cString: host).utf8.first else {
            return false
        }
        return first != UInt8(ascii: "/") && first != UInt8(ascii: "@")
    }

    /// False where a backslash in an ordinary literal is an escape (standard_conforming_strings = off).
    package var hasStandardStrings: Bool {
        guard let value = unsafe PQparameterStatus(connection, "standard_conforming_strings") else {
            return false
        }
        // It is `on` or `off`.
        return unsafe value[0] == UInt8(ascii: "o") && value[1] == UInt8(ascii: "n")
    }

    /// What escapes on this connection depend on, as far as the server has told.
    package var escaping: Escaping {
        Escaping(hasStandardStrings: hasStandardStrings, encoding: unsafe PQclientEncoding(connection))
    }

    /// The client_encoding, as the server spells it.
    package var encoding: String {
        unsafe String(cString: pg_encoding_to_char(PQclientEncoding(connection)))
    }

    /// False under an encoding in which a byte of ASCII can be part of another character, as the backslash in SJIS,
    /// BIG5, GBK, UHC, GB18030 and JOHAB: those that PostgreSQL takes from clients only.
    package var hasASCIIApart: Bool {
        unsafe pg_valid_server_encoding_id(PQclientEncoding(connection)) == 1
    }

    /// What was last said against the connection. Of one that the server has ended, its reason where it has given one.
    package var error: ServerError {
        if isBroken && farewell == nil { lookForFarewell() }
        return unsafe farewell ?? ServerError(connection: connection)
    }

    /// Looks through what has come of a connection that is lost. libpq does not look at what the server says between two
    /// pipelines before there is something to wait for: see pqParseInput3().
    private func lookForFarewell() {
        // What is in flight, if anything, is lost: of its results only the server's reason still matters.
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

    /// Whether it is lost, as far as libpq has noticed.
    package var isBroken: Bool { unsafe PQstatus(connection) == CONNECTION_BAD }

    /// The server process, as pg_stat_activity's `pid` has it; a pooler names one of its own.
    package var backendProcess: Int { Int(unsafe PQbackendPID(connection)) }

    /// Whether the server owes results.
    package var isOwed: Bool { unsafe PQtransactionStatus(connection) == PQTRANS_ACTIVE }

    /// What asks the server to give up the batch that it is at; nil for a connection that is lost.
    package func cancelRequest() -> CancelRequest? {
        guard let request = unsafe PQgetCancel(connection) else { return nil }
        return unsafe CancelRequest(owning: request)
    }

    // MARK: Sending

    /// Prepares `sql` under `name`, leaving every parameter's type to the server.
    ///
    /// - Returns: false when the connection is broken; so do all that send.
    package func sendPrepare(name: String, sql: String) -> Bool {
        unsafe PQsendPrepare(connection, name, sql, 0, nil) == 1
    }

    /// Executes the prepared statement `name`.
    ///
    /// - Parameters:
    ///   - parameterCount: how many parameters it has.
    ///   - appendParameter: appends the bytes of a parameter, which must hold no NUL.
    package func sendPrepared(
        name: String, parameterCount: Int, appendParameter: (Int, inout [UInt8]) -> Void
    ) -> Bool {
        collectParameters(parameterCount, appendParameter)
        return unsafe withParameterPointers { pointers in
            unsafe PQsendQueryPrepared(connection, name, Int32(parameterCount), pointers, nil, nil, 0) == 1
        }
    }

    /// Executes `sql` as an unnamed statement with parameters of inferred types.
    package func sendUnnamed(
        sql: String, parameterCount: Int, appendParameter: (Int, inout [UInt8]) -> Void
    ) -> Bool {
        collectParameters(parameterCount, appendParameter)
        return unsafe withParameterPointers { pointers in
            unsafe PQsendQueryParams(connection, sql, Int32(parameterCount), nil, pointers, nil, nil, 0) == 1
        }
    }

    /// Executes a whole statement without parameters.
    ///
    /// - Parameter appendSQL: appends the statement, which must hold no NUL; what a client may choose in it has gone
    ///   through `appendEscaped`.
    package func sendStatement(appendSQL: (inout [UInt8]) -> Void) -> Bool {
        collectParameters(1) { _, bytes in appendSQL(&bytes) }
        return unsafe withParameterPointers { pointers in
            unsafe PQsendQueryParams(connection, pointers[0], 0, nil, nil, nil, nil, 0) == 1
        }
    }

    /// Appends `bytes` as they stand between the quotes of an ordinary literal on this connection, by
    /// PQescapeStringConn, which minds the encoding and standard_conforming_strings.
    package func appendEscaped(_ bytes: Span<UInt8>, to sql: inout [UInt8]) {
        let start = sql.count
        sql.append(contentsOf: repeatElement(0, count: 2 * bytes.count + 1))
        let length = unsafe sql.withUnsafeMutableBytes { buffer in
            unsafe bytes.withUnsafeBytes { source in
                unsafe PQescapeStringConn(
                    connection,
                    (buffer.baseAddress! + start).assumingMemoryBound(to: CChar.self),
                    source.baseAddress?.assumingMemoryBound(to: CChar.self), source.count, nil)
            }
        }
        sql.removeLast(sql.count - start - length)
    }

    /// Ends a batch, which also flushes.
    package func sendSync() -> Bool {
        unsafe PQpipelineSync(connection) == 1
    }

    package func flush() -> Flush {
        switch unsafe PQflush(connection) {
        case 0: .done
        case 1: .blocked
        default: .disconnected
        }
    }

    // MARK: Receiving

    /// Takes in what the socket has. To be called once when it is readable, before `nextResult`.
    package func consumeInput() {
        // Seldom: most readings bring a result.
        if barrenReadings > 0 { barrenBytes += unreadBytes(of: descriptor) }
        barrenReadings += 1
        dropNotifications()
        // A failure shows in the next result.
        _ = unsafe PQconsumeInput(connection)
    }

    /// Lets go of what LISTEN, in a function that a query calls, brings: libpq keeps each until it is taken.
    private func dropNotifications() {
        // Of a connection that is lost nothing more is to be looked at: see `nextResult`.
        guard unsafe PQstatus(connection) == CONNECTION_OK else { return }
        while let notification = unsafe PQnotifies(connection) { unsafe PQfreemem(notification) }
    }

    /// The next result that is complete, nil when there is none yet. A server that goes on and on without one is not
    /// listened to any more.
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
        // What was received and not looked at goes with the connection: pqDropConnection() has forgotten which statements it
        // belongs to, and libpq would take the description of a row for the whole result of one, without rows.
        if unsafe PQstatus(connection) == CONNECTION_BAD { return .disconnected(error) }
        // Each statement's result is followed by a null pointer. Two in a row: nothing is in flight.
        for _ in 0..<2 {
            if unsafe PQisBusy(connection) != 0 { return nil }
            if let result = unsafe PQgetResult(connection) { return unsafe classify(result) }
        }
        if unsafe PQstatus(connection) == CONNECTION_BAD { return .disconnected(error) }
        return nil
    }

    private func classify(_ result: OpaquePointer) -> PipelineResult {
        switch unsafe PQresultStatus(result) {
        case PGRES_TUPLES_OK, PGRES_COMMAND_OK:
            // Text is asked for.
            if unsafe PQbinaryTuples(result) == 0 && isWhole(result) {
                if unsafe hasTag(result) { return .succeeded(unsafe Rows(owning: result)) }
                unsafe PQclear(result)
                return .prepared
            }
            unsafe PQclear(result)
            return .disconnected(
                ServerError(sqlState: "", message: "the server's result is not whole, or not text"))
        case PGRES_PIPELINE_ABORTED:
            unsafe PQclear(result)
            return .aborted
        case PGRES_PIPELINE_SYNC:
            unsafe PQclear(result)
            return .synced
        case PGRES_EMPTY_QUERY:
            unsafe PQclear(result)
            return .failed(ServerError(sqlState: "", message: "the query is empty"))
        case PGRES_FATAL_ERROR:
            defer { unsafe PQclear(result) }
            let error = unsafe ServerError(result: result)
            // Without SQLSTATE it is libpq that complains, of something that it can't have understood: which results belong
            // to which statements is anybody's guess from then on.
            let goesOn =
                unsafe PQstatus(connection) == CONNECTION_OK && !error.sqlState.isEmpty
                && !endsConnection(result)
            return goesOn ? .failed(error) : .disconnected(error)
        default:
            // COPY, which no pipeline can go on after, or a result that libpq could not make sense of.
            unsafe PQclear(result)
            return .disconnected(
                ServerError(sqlState: "", message: "the query's result can't be in a pipeline"))
        }
    }

    // MARK: Notices

    /// Keeps what the server says beside its results from now on, until `takeNotices`.
    ///
    /// - Parameter bytes: how many of them are kept at most.
    package func keepNotices(upTo bytes: Int) {
        notices = Notices(room: bytes)
    }

    /// The notices since `keepNotices`, and no more from now on; nil where there were too many.
    package func takeNotices() -> [Notice]? {
        defer { notices = nil }
        return notices.flatMap { $0.room < 0 ? nil : $0.kept }
    }

    /// A notice that the receiver is called with, by PQresultErrorField(3). libpq takes it away afterwards.
    private func note(_ result: OpaquePointer) {
        if unsafe endsConnection(result) { farewell = unsafe ServerError(result: result) }
        guard notices != nil, notices!.room >= 0 else { return }
        func field(_ code: Unicode.Scalar) -> String {
            guard let field = unsafe PQresultErrorField(result, Int32(code.value)) else { return "" }
            let text = unsafe String(cString: field)
            notices!.room -= text.utf8.count
            return notices!.room < 0 ? "" : text
        }
        // PG_DIAG_MESSAGE_PRIMARY and PG_DIAG_MESSAGE_DETAIL.
        notices!.kept.append(Notice(message: field("M"), detail: field("D")))
    }

    // MARK: Buffers

    private func collectParameters(_ count: Int, _ appendParameter: (Int, inout [UInt8]) -> Void) {
        parameterBytes.removeAll(keepingCapacity: true)
        parameterOffsets.removeAll(keepingCapacity: true)
        for index in 0..<count {
            parameterOffsets.append(parameterBytes.count)
            appendParameter(index, &parameterBytes)
            parameterBytes.append(0)
        }
    }

    /// Calls `body` with the collected parameters as C strings, as libpq wants them.
    private func withParameterPointers(_ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Bool) -> Bool {
        unsafe parameterBytes.withUnsafeBytes { bytes in
            unsafe parameterPointers.removeAll(keepingCapacity: true)
            for offset in parameterOffsets {
                // Every offset lies before the NUL that closes its parameter.
                unsafe parameterPointers.append(
                    (bytes.baseAddress! + offset).assumingMemoryBound(to: CChar.self))
            }
            return unsafe parameterPointers.withUnsafeBufferPointer { pointers in
                var none: UnsafePointer<CChar>?
                guard let base = pointers.baseAddress else { return unsafe body(&none) }
                return unsafe body(base)
            }
        }
    }
}

/// What the escape of a byte depends on.
package struct Escaping: Equatable, Sendable {
    package var hasStandardStrings = true
    /// libpq's number.
    package var encoding: Int32 = 0

    package init() {}

    init(hasStandardStrings: Bool, encoding: Int32) {
        self.hasStandardStrings = hasStandardStrings
        self.encoding = encoding
    }
}

/// Whether the server has said that the result is at its end, and that it has as many rows as have come.
///
/// libpq hands out what it has when another description begins, or an empty query is reported: that would be "not found".
private func isWhole(_ result: OpaquePointer) -> Bool {
    guard unsafe hasTag(result), let tag = unsafe PQcmdStatus(result) else {
        // What prepares a statement has no tag.
        return unsafe PQresultStatus(result) == PGRES_COMMAND_OK
    }
    // SELECT; other commands with RETURNING may have changed more than they return.
    guard unsafe tag[0] == UInt8(ascii: "S") && tag[1] == UInt8(ascii: "E") && tag[2] == UInt8(ascii: "L")
    else {
        return true
    }
    guard let digits = unsafe PQcmdTuples(result) else { return false }
    var count = 0
    var index = 0
    while unsafe digits[index] != 0 {
        // More rows than any result has, and more than an Int can count soon.
        guard index < 18 else { return false }
        count = count * 10 + Int(unsafe digits[index]) - 48
        index += 1
    }
    return unsafe index == 0 || count == Int(PQntuples(result))
}

/// Whether the server has named the command that was executed, as it does at its end.
private func hasTag(_ result: OpaquePointer) -> Bool {
    guard let tag = unsafe PQcmdStatus(result) else { return false }
    return unsafe tag[0] != 0
}

/// Whether the server closes the connection after this error.
private func endsConnection(_ result: OpaquePointer) -> Bool {
    // PG_DIAG_SEVERITY_NONLOCALIZED, a character constant that Swift does not import.
    guard let severity = unsafe PQresultErrorField(result, Int32(UInt8(ascii: "V"))) else { return false }
    return unsafe ["FATAL", "PANIC"].contains(String(cString: severity))
}
