// Passes a client's requests for tables that are not served here to Postfix's own proxymap(8).

internal import LookupProtocols
internal import LookupValues

/// A request to be passed on unchanged, and its place in the order of the client's answers.
struct RelayedRequest {
    let bytes: [UInt8]
    let sequence: UInt32
    let reply: ProxymapReply
}

/// What to do next for a relay.
package enum RelayStep: Equatable, Sendable {
    /// Close the connection, which is useless now.
    case close
    /// Connect to the relay's path, and report the result by `relayConnected` or `relayConnectFailed`.
    case connect
    /// Send by `sendToRelay`.
    case send
}

/// Why a relayed request is answered with RETRY.
package enum RelayFailure: String, Equatable, Sendable {
    case noReply = "no reply within lookup_timeout"
    case noConnection = "no connection"
    case closed = "the connection was closed without a reply"
}

/// Passes requests on one at a time, as proxymap(8) takes no more, and passes the replies back unread. A request for which
/// no reply can be had fails, and the next one is asked on a new connection.
struct ProxymapRelay {
    private enum Phase {
        /// There is no connection. `greeting` or `ready` follows, with the first request.
        case closed
        /// Waits for the server to greet. `ready` or `closed` follows.
        case greeting
        /// Between requests, or waiting for the reply to the first of them. `closed` follows.
        case ready
    }

    /// The socket of the proxymap.
    private(set) var path = ""
    private var phase = Phase.closed
    /// Whether there is a connection that `nextStep` has not asked to close.
    private var hasConnection = false
    /// Whether the first request is to be sent, on a new connection if there is none.
    private var isDue = false
    /// Requests not answered yet. The first one may be on its way.
    private var requests: [RelayedRequest] = []
    /// How many bytes of the first request are sent; nil if sending has not begun.
    private var sent: Int?
    /// Whether the rest of the first request waits for room.
    private(set) var isBlocked = false
    private var received: [UInt8] = []
    private var listEnd = AttributeListEnd()
    /// Whether this connection has brought a reply: if it has, its end may only mean that it was idle too long.
    private var isProven = false
    private var isRetrying = false
    /// When the first request became the first.
    private var askedAt = Instant(nanoseconds: .min)

    /// Bytes kept: of requests that wait, and of a reply that has not come in full.
    var heldBytes: Int { requests.reduce(received.count) { $0 + $1.bytes.count } }

    /// Whether a reply is owed.
    var isWaiting: Bool { !requests.isEmpty }

    // MARK: Asking

    mutating func forward(_ request: RelayedRequest, to path: String, now: Instant) {
        // A reload may have changed the path.
        if self.path != path && !isWaiting {
            close()
            self.path = path
        }
        requests.append(request)
        if requests.count == 1 { begin(now) }
    }

    private mutating func begin(_ now: Instant) {
        askedAt = now
        isRetrying = false
        isDue = !requests.isEmpty
    }

    mutating func nextStep() -> RelayStep? {
        if hasConnection && phase == .closed {
            hasConnection = false
            return .close
        }
        guard isDue else { return nil }
        isDue = false
        switch phase {
        case .closed: return .connect
        case .greeting: return nil
        case .ready: return .send
        }
    }

    /// The connection is made.
    ///
    /// - Parameter greets: whether the server sends a greeting first.
    mutating func connected(greets: Bool) {
        hasConnection = true
        isProven = false
        phase = greets ? .greeting : .ready
        isDue = phase == .ready
    }

    /// The connection takes bytes again.
    mutating func hasRoom() {
        // What else is due stays: the connection may have ended in the same turn.
        if phase == .ready && isWaiting { isDue = true }
    }

    /// Sends what the connection takes of the first request.
    ///
    /// - Returns: false if the connection is closed; the caller then calls `broken`.
    mutating func send(_ transmit: (Span<UInt8>) -> Transmission) -> Bool {
        guard phase == .ready, let request = requests.first else { return true }
        var offset = sent ?? 0
        isBlocked = false
        while offset < request.bytes.count {
            switch transmit(request.bytes.span.extracting(offset...)) {
            case .bytes(let count): offset += count
            case .blocked:
                isBlocked = true
                sent = offset
                return true
            case .closed: return false
            }
        }
        sent = offset
        return true
    }

    // MARK: Hearing

    /// The result of the server's bytes.
    enum Hearing {
        case nothing
        /// The reply to this request, unchanged.
        case reply([UInt8], RelayedRequest)
        /// The connection is useless; the caller then calls `broken`.
        case nonsense
    }

    /// One request is asked at a time, so nothing may follow its reply; nothing may follow the greeting either.
    mutating func take(_ bytes: Span<UInt8>, now: Instant) -> Hearing {
        if phase == .closed { return .nothing }
        let end = listEnd.find(in: bytes, from: 0)
        received.append(bytes)
        if let end {
            return end == bytes.count ? takeList(now) : .nonsense
        }
        return received.count > ProxymapReply.maximumValueLength ? .nonsense : .nothing
    }

    /// Takes a whole attribute list, which is the greeting or the reply to the first request.
    private mutating func takeList(_ now: Instant) -> Hearing {
        switch phase {
        case .closed:
            return .nothing
        case .greeting:
            guard case .greeting = ProxymapGreeting.decode(received.span, at: 0) else { return .nonsense }
            received = []
            phase = .ready
            isDue = isWaiting
            return .nothing
        case .ready:
            guard let request = requests.first, sent == request.bytes.count else { return .nonsense }
            requests.removeFirst()
            let reply = received
            received = []
            sent = nil
            isProven = true
            begin(now)
            return .reply(reply, request)
        }
    }

    // MARK: Failing

    /// The connection is useless. If it has brought a reply, its first request is asked once more on a new connection, as
    /// Postfix's own clients do: the server ends connections that are idle.
    ///
    /// - Returns: the request that has failed; nil if none has.
    mutating func broken(now: Instant) -> RelayedRequest? {
        let mayRetry = isProven && !isRetrying
        close()
        if !isWaiting { return nil }
        if mayRetry {
            isRetrying = true
            isDue = true
            return nil
        }
        return fail(now)
    }

    /// No connection can be made for the first request.
    ///
    /// - Parameter isTemporary: whether the server's backlog is full: other clients wait there too, and it will have room
    ///   again.
    /// - Returns: the request that has failed; nil if none has.
    mutating func connectFailed(isTemporary: Bool, now: Instant) -> RelayedRequest? {
        isTemporary ? nil : fail(now)
    }

    /// Gives up on the first request if it was asked before `oldest`. Otherwise tries again to connect if there is no
    /// connection.
    ///
    /// - Returns: the request that has failed; nil if none has.
    mutating func check(oldest: Instant, now: Instant) -> RelayedRequest? {
        if !isWaiting { return nil }
        if askedAt < oldest { return fail(now) }
        if phase == .closed { isDue = true }
        return nil
    }

    /// Gives up on the first request, and goes on with the next.
    private mutating func fail(_ now: Instant) -> RelayedRequest? {
        close()
        if requests.isEmpty { return nil }
        let request = requests.removeFirst()
        begin(now)
        return request
    }

    private mutating func close() {
        phase = .closed
        sent = nil
        isBlocked = false
        received = []
        listEnd = AttributeListEnd()
    }
}
