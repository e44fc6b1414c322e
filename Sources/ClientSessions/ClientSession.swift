// What a client has asked and is owed. Bytes and outcomes go in; requests to be routed, bytes and interest come out.

internal import LookupProtocols
package import LookupValues

/// One client's session, without its socket and without the pools that answer it. Each request is answered once, in order,
/// and what is kept for the client is bounded.
///
/// The owner of the socket passes in what it receives:
///
///     switch session.receive(bytes, now: now) {
///     case .here(let start): `next` on the bytes from there on, until it returns no request; then `keep` the rest
///     case .kept: the same on what `takeKept` hands out, and then `putBack`
///
/// Each request that `next` returns is answered at once by `answer`, `answerServed` or `answerUnserved`, or waits after
/// `begin` for an outcome that comes to `settle`. `flush` sends what has gathered.
///
/// It is a value, and each step on it is one access: accesses to an object's properties are checked at run time for overlap
/// with others, and a lookup had 32 such checks.
package struct ClientSession: ~Copyable {
    private enum Phase {
        /// Takes requests in. `paused` or `finishing` follows.
        case reading
        /// At a bound, or at its share of the turn or of the pool: reads nothing until enough is answered and sent, or
        /// its next share comes. `reading` or `finishing` follows.
        case paused
        /// Reads no more: the client has sent all its requests or broken the protocol, or the daemon drains. The end
        /// follows when the requests taken in are answered and the answers sent.
        case finishing
    }

    /// Bytes of unsent answers at which no more requests are read. The kernel takes several times as many before.
    private static let maximumUnsent = 16_384

    package let clientProtocol: ClientProtocol
    /// When bytes were last taken in or sent.
    package private(set) var lastActivity: Instant
    /// The longest socketmap reply, in bytes without its frame.
    let longestReply: Int
    private var phase = Phase.reading
    var owed: OwedReplies
    var pending: [PendingLookup] = []
    /// The requests that have pending lookups.
    var waitingRequests = 0
    private var input: UndecodedInput
    private var turn = FairShare.Turn()
    /// At a bound: reading goes on when no more requests than this are unanswered.
    private var resumesAt = 0
    /// Whether it reads on when its next share comes.
    private var isHeldBack = false
    /// Whether the socket takes no more bytes now, and must report when it does.
    private var isBlocked = false
    /// Whether the session finishes as soon as no request is held back.
    package private(set) var isDraining = false
    /// The state of the greeting: it shows whether the client waits for one.
    var greeting = ClientGreeting()
    /// The client's requests to Postfix's own proxymap(8).
    var relay = ProxymapRelay()

    /// - Parameters:
    ///   - longestReply: of a socketmap client, in bytes without the netstring's frame.
    ///   - first: the number of its first request; a value other than 0 is of use to tests only.
    package init(
        _ clientProtocol: ClientProtocol, longestReply: Int = SocketmapReply.maximumReplyLength, now: Instant,
        startingAt first: UInt32 = 0
    ) {
        self.clientProtocol = clientProtocol
        self.longestReply = longestReply
        lastActivity = now
        owed = OwedReplies(startingAt: first)
        input = UndecodedInput(of: clientProtocol)
    }

    // MARK: How it is

    /// Whether it takes requests in.
    package var isReading: Bool { phase == .reading }
    /// Whether it only waits for its answers, and ends then.
    package var isFinishing: Bool { phase == .finishing }
    /// Whether the client is owed an answer: its silence is no fault of its own then.
    package var isWaiting: Bool { owed.outstanding > 0 }
    /// The bytes of memory that it keeps for requests and answers, used or not.
    package var capacity: Int { input.capacity + owed.capacity }

    /// What the socket is to be watched for.
    package var interest: Interest { Interest(bytes: phase == .reading, room: isBlocked) }

    // MARK: Receiving

    /// Takes in what has come.
    package mutating func receive(_ bytes: Span<UInt8>, now: Instant) -> Reception {
        lastActivity = now
        var start = 0
        if input.isSkipping {
            guard let end = skip(bytes, from: 0) else { return .violation }
            if end == bytes.count { return .nothing }
            start = end
        }
        if input.isEmpty { return .here(from: start) }
        return input.join(bytes) ? .kept : .nothing
    }

    /// No bytes have come, though some were expected.
    package mutating func receiveNothing(now: Instant) {
        lastActivity = now
    }

    private mutating func skip(_ bytes: Span<UInt8>, from offset: Int) -> Int? {
        if let end = input.skip(in: bytes, from: offset) { return end }
        switch clientProtocol {
        case .socketmap: answer(SocketmapViolation.frame(.missingComma).outcome, owed.reserve(), .socketmap)
        case .proxymap: break
        }
        finish()
        return nil
    }

    /// Decodes the next request, if the client may have one more.
    ///
    /// - Parameter offset: where the request begins; afterwards, where the next one begins.
    package mutating func next(
        in bytes: Span<UInt8>, at offset: inout Int, sharing share: FairShare, now: Instant
    ) -> Step {
        if input.isSkipping {
            guard let end = skip(bytes, from: offset) else { return .violation }
            offset = end
        }
        guard phase == .reading && offset < bytes.count else { return .done }
        let outstanding = owed.outstanding
        guard outstanding < owed.allowance, owed.heldBytes + relay.heldBytes < Self.maximumUnsent else {
            pause(until: owed.allowance / 2)
            return .paused
        }
        guard share.allows(turn, waiting: waitingRequests, now: now) else {
            pause(until: outstanding / 2)
            if outstanding > 0 { return .paused }
            // No answer will come that could wake it.
            isHeldBack = true
            return .heldBack
        }
        let start = offset
        switch decode(bytes, at: start) {
        case .needsMore:
            return .done
        case .request(let request, let end):
            offset = end
            let isPatient = outstanding == 0 && start == 0 && end == bytes.count
            share.noteRequest(&turn, isPatient: isPatient, now: now)
            return .request(request)
        case .overlong(let request, let rest):
            input.skip(rest)
            share.noteRequest(&turn, isPatient: false, now: now)
            return .request(request)
        case .violation(let answered):
            if let answered { answer(answered, owed.reserve(), .socketmap) }
            finish()
            return .violation
        }
    }

    private mutating func pause(until outstanding: Int) {
        phase = .paused
        resumesAt = outstanding
    }

    /// Keeps the received bytes that `next` has left.
    package mutating func keep(_ rest: Span<UInt8>) {
        // Bytes after the last request are ignored.
        if phase != .finishing { input.keep(rest, isPartial: phase == .reading) }
    }

    /// Returns the kept bytes, so that they can be decoded while the session changes.
    package mutating func takeKept() -> [UInt8] { input.take() }

    /// Takes back the kept bytes, without the first `decoded` ones.
    package mutating func putBack(_ kept: inout [UInt8], decoded: Int) {
        if phase != .finishing { input.putBack(&kept, decoded: decoded, isPartial: phase == .reading) }
    }

    // MARK: Going on and finishing

    /// Goes on reading if the session is paused.
    ///
    /// - Returns: whether it goes on: first with the kept bytes.
    package mutating func resume() -> Bool {
        isHeldBack = false
        guard phase == .paused else { return false }
        phase = .reading
        return true
    }

    /// The daemon drains: the session takes in what has come until now, including what is held back at a bound, and is to
    /// be finished then.
    package mutating func drain() {
        isDraining = true
    }

    /// Reads no more, and ends when the owed answers are sent.
    package mutating func finish() {
        phase = .finishing
        input.drop()
    }

    /// The client is gone.
    ///
    /// - Returns: the lookups that it waited for.
    package mutating func end(sharing share: FairShare) -> [WithdrawnLookup] {
        share.noteEnd(waiting: waitingRequests)
        defer {
            pending = []
            waitingRequests = 0
        }
        return pending.map(WithdrawnLookup.init)
    }

    // MARK: Sending

    /// Sends what the socket takes.
    package mutating func flush(now: Instant, _ transmit: (Span<UInt8>) -> Transmission) -> Sequel {
        let (stop, hasSent) = owed.send(transmit)
        if hasSent { lastActivity = now }
        isBlocked = stop != nil
        switch stop {
        case .blocked: return .none
        case .closed: return .closed
        case .bytes, nil: break
        }
        switch phase {
        case .reading: return .none
        case .paused: return !isHeldBack && owed.outstanding <= resumesAt ? .resume : .none
        case .finishing: return isWaiting ? .none : .end
        }
    }
}
