// Both ends of a client's connection: what a worker does with its session, and what the client has got.

import LookupProtocols
import LookupValues

@testable import ClientSessions

/// A client whose socket is two arrays. It does with the session what `ClientConnection` does.
final class TestClient {
    let number: Int
    private(set) var session: ClientSession
    private unowned let scene: ClientScene
    /// What the client has sent and the session has not received.
    private var unread: [UInt8] = []
    /// Whether the client has said all.
    private var hasSaidAll = false
    /// How much the socket takes ahead of the client's reading, and how much of that it has.
    private let roomAhead: Int
    private var ahead = 0
    private(set) var received: [UInt8] = []
    private(set) var isClosed = false
    private(set) var needsFlush = false
    private(set) var isHeldBack = false
    private(set) var violations = 0
    /// The most bytes received at once.
    var chunk = 16_384
    /// What was relayed and no step has taken up; steps are the test's.
    private(set) var relayed = 0

    init(_ number: Int, _ session: consuming ClientSession, roomAhead: Int, scene: ClientScene) {
        self.number = number
        self.session = session
        self.roomAhead = roomAhead
        self.scene = scene
    }

    // MARK: The client

    /// Sends what the session receives in the turns to come.
    func write(_ bytes: some Sequence<UInt8>) { unread += bytes }

    func write(_ text: String) { write(text.utf8) }

    /// Says no more.
    func finishSending() { hasSaidAll = true }

    /// Reads so many bytes of those that the socket has taken, so that it takes as many more.
    func read(_ count: Int) {
        ahead -= min(ahead, count)
        needsFlush = needsFlush || (!isClosed && session.interest.room && ahead < roomAhead)
    }

    func hangUp() { end() }
    func forgetReceived() { received = [] }
    /// Whether it has sent what the session wants to receive.
    var willReceive: Bool { !isClosed && !unread.isEmpty && session.interest.bytes }

    // MARK: The worker

    /// Receives once, if the session wants to.
    ///
    /// - Returns: false if there was nothing.
    @discardableResult
    func receive() -> Bool {
        guard !isClosed && session.interest.bytes else { return false }
        guard !unread.isEmpty else {
            if hasSaidAll { finish() }
            return false
        }
        let bytes = Array(unread.prefix(chunk))
        unread.removeFirst(bytes.count)
        take(bytes)
        return true
    }

    private func take(_ bytes: [UInt8]) {
        switch session.receive(bytes.span, now: scene.now) {
        case .here(let start):
            let rest = Array(bytes[start...])
            let decoded = serve(rest)
            if decoded < rest.count { session.keep(rest.span.extracting(decoded...)) }
        case .kept: serveKept()
        case .nothing: break
        case .violation: noteViolation()
        }
    }

    private func serveKept() {
        var kept = session.takeKept()
        let decoded = serve(kept)
        session.putBack(&kept, decoded: decoded)
    }

    private func serve(_ bytes: [UInt8]) -> Int {
        var offset = 0
        while true {
            switch session.next(in: bytes.span, at: &offset, sharing: scene.share, now: scene.now) {
            case .request(let request): route(request, bytes)
            case .done, .paused: return offset
            case .heldBack:
                isHeldBack = true
                return offset
            case .violation:
                noteViolation()
                return offset
            }
        }
    }

    private func noteViolation() {
        violations += 1
        needsFlush = true
    }

    private func route(_ request: ClientRequest, _ bytes: [UInt8]) {
        let name = String(decoding: bytes[request.name], as: UTF8.self)
        guard name == "good" || name == ClientScene.table else {
            let unserved = session.answerUnserved(
                request, in: bytes.span, trouble: scene.trouble, relayPath: scene.relayPath, now: scene.now)
            if unserved == .relayed { relayed += 1 } else { needsFlush = true }
            return
        }
        switch request.purpose {
        case .lookup:
            if let token = scene.submit(number, request.sequence) {
                session.begin(token, of: request, map: 0, sharing: scene.share, now: scene.now)
            } else {
                session.answer(request, .temporaryFailure("too many lookups are waiting for the database"))
                needsFlush = true
            }
        case .overlongKey:
            session.answer(request, .notFound)
            needsFlush = true
        case .open, .other:
            session.answerServed(request)
            needsFlush = true
        }
    }

    func settle(_ sequence: UInt32, _ outcome: LookupOutcome) {
        _ = session.settle(sequence, outcome, sharing: scene.share)
        needsFlush = true
    }

    func resumeIfHeldBack() {
        guard isHeldBack else { return }
        isHeldBack = false
        resume()
    }

    private func resume() {
        guard !isClosed, session.resume() else { return }
        serveKept()
        if session.isDraining { drain() }
    }

    func flush() {
        needsFlush = false
        if isClosed { return }
        let sequel = session.flush(now: scene.now) { bytes in
            let count = min(bytes.count, roomAhead - ahead)
            if count == 0 { return .blocked }
            received.append(bytes.extracting(first: count))
            ahead += count
            return .bytes(count)
        }
        switch sequel {
        case .none: break
        case .resume: resume()
        case .end, .closed: end()
        }
    }

    private func finish() {
        session.finish()
        needsFlush = true
    }

    func drain() {
        session.drain()
        while session.isReading && receive() {}
        if session.isReading { finish() }
    }

    private func end() {
        if isClosed { return }
        isClosed = true
        scene.withdraw(session.end(sharing: scene.share))
    }

    /// Does something with the session that a test alone does: as its relay, or for a greeting.
    func withSession<Result>(_ body: (inout ClientSession) -> Result) -> Result {
        needsFlush = true
        return body(&session)
    }

    // MARK: Answers

    /// The replies in what was received; nil if that is anything but whole netstrings.
    var replies: [String]? {
        var replies: [String] = []
        var offset = 0
        while offset < received.count {
            guard
                case .message(let payload, let end) = Netstring.decode(
                    received.span, at: offset, limit: 10_000_000)
            else { return nil }
            replies.append(String(decoding: received[payload], as: UTF8.self))
            offset = end
        }
        return replies
    }

    /// What was received, with dots for NULs.
    var text: String {
        String(decoding: received.map { $0 == 0 ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
    }
}
