// A client's connection to Postfix's own proxymap(8), for the tables that are not served here.

internal import DequeModule
internal import EventLoop
internal import LookupProtocols
internal import LookupValues

/// A request to be passed on as it came, and its place in the order of the client's answers.
struct RelayedRequest {
    let bytes: [UInt8]
    let sequence: UInt32
    let encoding: ProxymapReply
}

/// Passes requests on one at a time, as proxymap(8) takes no more, and the replies back unread. Where no reply can be had
/// the answer is RETRY.
final class RelayConnection: EventHandler {
    private enum Phase {
        /// `greeting` or `ready` follows, with the first request.
        case closed
        /// Waits for the server to greet. `ready` or `closed` follows.
        case greeting
        /// Between requests, or waiting for the reply to the first of them. `closed` follows.
        case ready
    }

    let path: String
    private let sessions: SessionTable
    private unowned let session: ClientSession
    private var phase = Phase.closed
    private var socket: RelaySocket?
    /// Those not answered yet, of which the first may be on its way.
    private var requests: Deque<RelayedRequest> = []
    /// How much of the first request is sent; nil where it has not begun.
    private var sent: Int?
    private var received: [UInt8] = []
    private var listEnd = AttributeListEnd()
    /// Whether this connection has brought a reply: then its end may only mean that it was idle too long.
    private var isProven = false
    private var isRetrying = false
    /// Whether the table of sessions looks after this one's time.
    var isWatched = false
    /// When the first request became the first.
    private var askedAt = Instant(nanoseconds: .min)

    init(path: String, sessions: SessionTable, session: ClientSession) {
        self.path = path
        self.sessions = sessions
        self.session = session
    }

    /// Bytes kept: of requests that wait, and of a reply that has not come whole.
    var heldBytes: Int { requests.reduce(received.count) { $0 + $1.bytes.count } }

    /// Whether a reply is owed.
    var isWaiting: Bool { !requests.isEmpty }

    func forward(_ request: RelayedRequest) {
        requests.append(request)
        if requests.count == 1 { begin() }
    }

    /// Closes the connection. What was not answered is wanted by nobody any more.
    func end() {
        close()
        requests = []
    }

    /// Gives up on the first request if it has been asked before `instant`, and tries again to connect if that was not
    /// possible before.
    func check(oldest instant: Instant) {
        if requests.isEmpty { return }
        if askedAt < instant {
            sessions.relayFailed(path, "no reply within lookup_timeout")
            fail()
        } else if phase == .closed {
            open()
        }
    }

    // MARK: Asking

    /// Asks the first request, on a new connection if there is none.
    private func begin() {
        guard !requests.isEmpty else { return }
        askedAt = sessions.loop.now
        isRetrying = false
        sessions.watch(self)
        open()
    }

    private func open() {
        switch phase {
        case .greeting:
            return
        case .ready:
            return send()
        case .closed:
            do throws(SystemError) {
                let socket = try RelaySocket(path: path, loop: sessions.loop, handler: self)
                self.socket = socket
                isProven = false
                // It is of the same Postfix as the clients.
                phase = session.terms.habit.greetsAtOnce ? .greeting : .ready
            } catch {
                // Its backlog is full: others wait there too, and it will have room again.
                if error.isTemporary { return sessions.checkRelaysSoon() }
                sessions.relayFailed(path, error.description)
                return fail()
            }
            if phase == .ready { send() }
        }
    }

    private func send() {
        guard let socket else { return }
        guard let request = requests.first else { return socket.wait(for: .readable) }
        var offset = sent ?? 0
        while offset < request.bytes.count {
            switch socket.transmit(request.bytes.span.extracting(offset...)) {
            case .bytes(let count): offset += count
            case .wouldBlock:
                sent = offset
                return socket.wait(for: [.readable, .writable])
            case .closed: return broken()
            }
        }
        sent = offset
        socket.wait(for: .readable)
    }

    // MARK: Hearing

    func descriptorReady(_ readiness: Readiness) {
        guard let socket else { return }
        if readiness.contains(.readable) || readiness.contains(.hungUp) {
            let transfer = sessions.read(from: socket.descriptor) { take($0) }
            if transfer == .closed { return broken() }
        }
        if readiness.contains(.writable), phase == .ready { send() }
    }

    /// One request is asked at a time, so that nothing follows its reply; the greeting may come with nothing else either.
    private func take(_ bytes: Span<UInt8>) {
        let end = listEnd.find(in: bytes, from: 0)
        received.append(bytes)
        if let end {
            if end == bytes.count { takeList() } else { broken() }
        } else if received.count > ProxymapReply.maximumValueLength {
            broken()
        }
    }

    /// Takes a whole attribute list, which is the greeting or the reply to the first request.
    private func takeList() {
        switch phase {
        case .closed:
            return
        case .greeting:
            guard case .greeting = ProxymapGreeting.decode(received.span, at: 0) else { return broken() }
            received = []
            phase = .ready
            send()
        case .ready:
            guard let request = requests.first, sent == request.bytes.count else { return broken() }
            requests.removeFirst()
            let reply = received
            received = []
            sent = nil
            isProven = true
            session.relayed(reply, request)
            begin()
        }
    }

    // MARK: Failing

    /// The connection is of no use. If it was before, its first request is asked once more on a new one, as Postfix's own
    /// clients do: the server ends connections that are idle.
    private func broken() {
        let mayRetry = isProven && !isRetrying
        close()
        if requests.isEmpty { return }
        if mayRetry {
            isRetrying = true
            open()
        } else {
            sessions.relayFailed(path, "the connection was closed without a reply")
            fail()
        }
    }

    /// Answers the first request with RETRY, and goes on with the next.
    private func fail() {
        close()
        guard let request = requests.popFirst() else { return }
        sessions.counters.noteRelayFailure(by: session.clientProtocol)
        session.reply(request.sequence) { request.encoding.appendRetry(to: &$0) }
        begin()
    }

    private func close() {
        socket?.close()
        socket = nil
        phase = .closed
        sent = nil
        received = []
        listEnd = AttributeListEnd()
    }
}

/// The connected socket, and its place in the loop.
private final class RelaySocket {
    private let owner: Descriptor
    private let loop: EventLoop
    private var registration: EventLoop.Registration?
    private var interest = Readiness.readable

    init(path: String, loop: EventLoop, handler: RelayConnection) throws(SystemError) {
        owner = try connectToSocket(at: path)
        self.loop = loop
        registration = try loop.register(owner.raw, for: .readable, handler: handler)
    }

    var descriptor: Int32 { owner.raw }

    func transmit(_ bytes: Span<UInt8>) -> Transfer {
        send(bytes, to: owner.raw)
    }

    func wait(for readiness: Readiness) {
        guard let registration, readiness != interest else { return }
        interest = readiness
        loop.change(registration, to: readiness)
    }

    func close() {
        if let registration { loop.remove(registration) }
        registration = nil
    }
}
