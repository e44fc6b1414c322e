// One attempt at a host, address by address, as PQconnectdbParams(3) makes it.

internal import CLibpq
internal import EventLoop
internal import Glibc
internal import LookupValues

/// Connects a PGconn that PQconnectStartParams(3) has begun. Each address has its own timeout.
@safe struct ConnectionAttempt {
    private let connection: OpaquePointer
    /// Seconds for each address; nil: there is no limit.
    private let timeout: Int?
    /// The places in libpq's message, in bytes, where it reports as reset an address that was given up for
    /// lack of time.
    private var abandoned: [Int] = []
    private var isLate = false
    /// Whether some address has accepted the connection, and then kept silent.
    private var metSilence = false
    /// Whether encryption was being negotiated when the last address failed, and the server had said something.
    private var wasEncrypting = false
    /// How much the present server has sent so far, in bytes.
    private var received = 0

    init(_ connection: OpaquePointer) {
        unsafe self.connection = unsafe connection
        let seconds = unsafe Self.option("connect_timeout", of: connection).flatMap { Int($0) } ?? 0
        // As in libpq's connectDBComplete().
        timeout = seconds > 0 ? min(max(2, seconds), Self.longestTimeout) : nil
    }

    /// How much a server may send, in bytes: a greeting takes a few kB, with certificates and tickets.
    private static let mostBytes = 262_144

    /// The greatest number that libpq reads. It also stands for a greater one, in a URI or in the
    /// environment, by which no limit is meant.
    private static let longestTimeout = Int(Int32.max)

    /// Blocks until the connection is made or has failed.
    mutating func finish() {
        var next = PGRES_POLLING_WRITING
        var place: [String?] = []
        var deadline: Instant?
        while unsafe PQstatus(connection) != CONNECTION_BAD {
            if next == PGRES_POLLING_OK || next == PGRES_POLLING_FAILED { return }
            let now = unsafe [PQhost(connection), PQhostaddr(connection), PQport(connection)].map {
                unsafe $0.map { unsafe String(cString: $0) }
            }
            if now != place {
                place = now
                received = 0
                deadline = timeout.map {
                    MonotonicClock.now().advanced(byNanoseconds: Int64($0) * 1_000_000_000)
                }
            }
            let interest: Readiness = next == PGRES_POLLING_READING ? .readable : .writable
            if unsafe !waitUntilReady(PQsocket(connection), for: interest, until: deadline) {
                guard unsafe PQstatus(connection) == CONNECTION_STARTED else { return goOnWithoutAnswer() }
                // Only so does PQconnectPoll(3) go on to the next address.
                abandoned.append(text.utf8.count)
                unsafe abandon(PQsocket(connection))
            }
            received += unsafe unreadBytes(of: PQsocket(connection))
            // libpq keeps each setting that a server reports, and reads on as long as one comes.
            if isOverlong { return }
            let status = unsafe PQstatus(connection)
            wasEncrypting =
                (status == CONNECTION_SSL_STARTUP || status == CONNECTION_GSS_STARTUP) && received > 0
            unsafe next = PQconnectPoll(connection)
        }
    }

    /// See `ServerError.hasMetServer`. A server that is not the one that target_session_attrs asks for does not count: a
    /// standby while there is no primary, for example.
    var hasMetServer: Bool {
        let lacksPassword = unsafe PQconnectionNeedsPassword(connection) == 1
        return metSilence || wasEncrypting || lacksPassword
    }

    /// Goes on after a server has accepted a connection and sent nothing more. Only a blocking call of
    /// libpq's leaves such an address for the next one, and it begins with the first.
    private mutating func goOnWithoutAnswer() {
        metSilence = true
        if unsafe Self.hasSeveralAddresses(connection) {
            abandoned = []
            unsafe PQreset(connection)
        } else {
            isLate = true
        }
    }

    private var isOverlong: Bool { received > Self.mostBytes }

    /// libpq's message, which says for each address why there is no connection.
    var message: String {
        var bytes = Array(text.utf8)
        let reset = unsafe Array(String(cString: strerror(ECONNRESET)).utf8)
        let hint = Array("\n\tIs the server running".utf8)
        for start in abandoned.reversed() where bytes.dropFirst(start).starts(with: reset) {
            var end = start + reset.count
            if bytes[end...].starts(with: hint) {
                end = bytes[(end + 1)...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
            }
            bytes.replaceSubrange(start..<end, with: Self.lateness.utf8)
        }
        return String(decoding: bytes, as: UTF8.self)
            + (isLate ? Self.lateness : isOverlong ? "the server's greeting does not end" : "")
    }

    /// In libpq's words.
    private static let lateness = "timeout expired"

    private var text: String {
        guard let text = unsafe PQerrorMessage(connection) else { return "" }
        return unsafe String(cString: text)
    }

    // MARK: Options

    private static func hasSeveralAddresses(_ connection: OpaquePointer) -> Bool {
        let addresses = unsafe option("hostaddr", of: connection) ?? ""
        let hosts = unsafe option("host", of: connection) ?? ""
        if addresses.contains(",") || hosts.contains(",") { return true }
        guard addresses.isEmpty, let first = hosts.first, first != "/", first != "@" else { return false }
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(hosts, nil, &hints, &list) == 0, let list = unsafe list else { return false }
        defer { unsafe freeaddrinfo(list) }
        return unsafe list.pointee.ai_next != nil
    }

    /// The value of a connection's option, whatever it comes from; nil if it has none.
    private static func option(_ keyword: String, of connection: OpaquePointer) -> String? {
        guard let options = unsafe PQconninfo(connection) else { return nil }
        defer { unsafe PQconninfoFree(options) }
        var option = unsafe options
        while let name = unsafe option.pointee.keyword {
            if unsafe String(cString: name) == keyword {
                guard let value = unsafe option.pointee.val else { return nil }
                return unsafe String(cString: value)
            }
            unsafe option += 1
        }
        return nil
    }
}
