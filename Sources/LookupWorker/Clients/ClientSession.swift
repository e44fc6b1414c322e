// One client's connection: bytes in, requests; outcomes, bytes out, in order.

internal import Configuration
internal import EventLoop
internal import LookupPool
internal import LookupProtocols
internal import LookupValues

/// A client, whatever it speaks. It reads as long as its bounds allow and closes itself when the client is through,
/// breaks the protocol, or is gone.
final class ClientSession: EventHandler {
    private enum Phase {
        /// Reads requests. `paused` or `finishing` follows, or the end.
        case reading
        /// At a bound, or at its share of the turn or of the pool: reads nothing until enough is answered and sent, or
        /// its next share comes. `reading` or `finishing` follows, or the end.
        case paused
        /// Reads no more: the client has said all, or nonsense, or the daemon drains. The end follows when the
        /// requests taken in are answered and the answers sent.
        case finishing
    }

    /// Bytes of answers that may be unsent before no more requests are read. The kernel takes a multiple of it before.
    private static let maximumUnsent = 16_384

    /// What decoding at one place has come to.
    enum Step {
        /// A request was taken in; the next one begins here.
        case request(end: Int)
        /// No whole request yet.
        case needsMore
        /// A request was answered of which the rest is not to be kept: it begins here.
        case skip(SkippedRequest, from: Int)
        /// The rest can't be understood: no more is read.
        case violation
    }

    /// Names the session in `Requester.client` until it ends.
    let number: UInt32
    /// Who is at the other end; nil where the kernel does not say.
    let user: UInt32?
    /// When bytes were last taken in or sent.
    private(set) var lastActivity: Instant

    private let descriptor: Descriptor
    /// Holds the session, too, until that ends.
    let sessions: SessionTable
    // The table's. Reaching them through it would cost a retain each time.
    private let loop: EventLoop
    private let share: FairShare
    let counters: LookupCounters
    let clientProtocol: ClientProtocol
    let terms: ClientTerms
    /// How socketmap requests are answered.
    let socketmapEncoding: ReplyEncoding
    /// How it stands with a greeting: what tells whether the client waits for one.
    private var greeting = ClientGreeting()
    private var registration: EventLoop.Registration?
    private var phase = Phase.reading
    /// Whether it only waits for its answers, and ends then.
    var isFinishing: Bool { phase == .finishing }
    private var interest = Readiness.readable
    private var exchange = Exchange()
    /// Where requests go that are for Postfix's own proxymap(8); made when there is one.
    private var relay: RelayConnection?
    /// The beginning of a request that has not come whole, or requests that came while at a bound.
    private var input: [UInt8] = []
    private var partialList = PartialList()
    /// What is still to come of a request whose beginning is answered.
    private var skipped: SkippedRequest?
    private var turn = FairShare.Turn()
    /// At a bound: how few requests must be unanswered for reading on.
    private var resumesAt = 0
    /// Whether the session is in the table's list of those who wait for their next share.
    private var isHeldBack = false
    /// Whether the socket has refused more, and must say when it takes it.
    private var isBlocked = false
    /// Whether the session finishes as soon as no request is held back.
    private var isDraining = false
    /// Whether the session is in the table's list of those to be flushed.
    var isAwaitingFlush = false

    /// - Parameter isCommand: whether it is a command of this program, and no Postfix.
    init(
        number: UInt32, descriptor: consuming Descriptor, clientProtocol: ClientProtocol, terms: ClientTerms,
        user: UInt32?,
        isCommand: Bool, sessions: SessionTable
    ) throws(SystemError) {
        self.clientProtocol = clientProtocol
        self.terms = terms
        socketmapEncoding = isCommand ? .command : .socketmap
        self.number = number
        self.user = user
        self.descriptor = descriptor
        self.sessions = sessions
        loop = sessions.loop
        share = sessions.share
        counters = sessions.counters
        lastActivity = loop.now
        registration = try loop.register(self.descriptor.raw, for: .readable, handler: self)
        if clientProtocol.hasGreeting { beginGreeting() }
    }

    // MARK: Greeting

    private func beginGreeting() {
        let (beginning, isNews) = greeting.begin(
            hasAsked: unreadBytes(of: descriptor.raw) > 0, &terms.habit)
        switch beginning {
        case .greet: greet()
        case .wait: sessions.greetLater(self)
        case .nothing: break
        }
        if isNews { sessions.greetingIsWrong(terms) }
    }

    private func greet() {
        exchange.greet()
        sessions.needsFlush(self)
    }

    /// To be called when it has been silent for a while.
    func greetIfSilent() {
        if registration != nil && phase == .reading && greeting.noteSilence() { greet() }
    }

    private func noteInput() {
        guard greeting.isOpen else { return }
        let isNews = greeting.noteInput(&terms.habit) { unreadByPeer(descriptor.raw) == 0 }
        if isNews { sessions.greetingIsWrong(terms) }
    }

    private func noteClosing() {
        if greeting.noteClosing(&terms.habit) { sessions.greetingIsWrong(terms) }
    }

    /// Whether requests are attribute lists, which don't say how long they are.
    private var comesInLists: Bool {
        switch clientProtocol {
        case .socketmap: false
        case .proxymap: true
        }
    }

    /// Whether somebody owes this client an answer, so that its silence is not its own.
    var isWaiting: Bool { exchange.load.outstanding > 0 }

    /// The bytes of memory that it keeps for requests and answers, used or not.
    var capacity: Int { input.capacity + exchange.capacity }

    // MARK: Reading

    func descriptorReady(_ readiness: Readiness) {
        // Gone for good: whatever it still has asked, no answer can reach it.
        if readiness.contains(.hungUp) && !readiness.contains(.readable) {
            noteClosing()
            return end()
        }
        if readiness.contains(.readable) { read() }
        if readiness.contains(.writable) { sessions.needsFlush(self) }
    }

    /// Takes in what has come, or as much as is received at once.
    ///
    /// - Returns: false when there was nothing.
    @discardableResult
    private func read() -> Bool {
        switch sessions.read(from: descriptor.raw, { take($0) }) {
        case .bytes:
            lastActivity = loop.now
            return true
        case .wouldBlock:
            lastActivity = loop.now
            return false
        case .closed:
            noteClosing()
            finish()
            return false
        }
    }

    /// Takes in what has come, behind what is left of earlier.
    private func take(_ bytes: Span<UInt8>) {
        noteInput()
        if skipped != nil { return skip(bytes) }
        if input.isEmpty {
            let consumed = decode(bytes)
            if consumed < bytes.count { keep(bytes.extracting(consumed...)) }
        } else {
            input.append(bytes)
            if comesInLists && !partialList.isWorthALook(with: bytes, of: input.count) { return }
            takeInput()
        }
    }

    /// Lets go of the rest of a request.
    private func skip(_ bytes: Span<UInt8>) {
        let end = endOfSkipped(bytes, from: 0)
        if end < bytes.count { take(bytes.extracting(end...)) }
    }

    /// Where what is skipped ends in the bytes from an offset on; behind them where it goes on, or nothing more is read.
    private func endOfSkipped(_ bytes: Span<UInt8>, from offset: Int) -> Int {
        switch skipped!.skip(bytes.extracting(offset...)) {
        case .goesOn:
            return bytes.count
        case .ended(let end):
            skipped = nil
            return offset + end
        case .violation:
            skipped = nil
            switch clientProtocol {
            case .socketmap: answer(SocketmapViolation.frame(.missingComma).outcome, reserve(), .socketmap)
            case .proxymap: break
            }
            counters.noteViolation(by: clientProtocol)
            finish()
            return bytes.count
        }
    }

    private func keep(_ bytes: Span<UInt8>) {
        input.append(bytes)
        if comesInLists && phase == .reading { partialList = PartialList(bytes) }
    }

    /// Decodes what had to be kept.
    private func takeInput() {
        // Moved out, as decoding changes the session.
        var bytes: [UInt8] = []
        swap(&bytes, &input)
        let consumed = decode(bytes.span)
        if consumed == bytes.count { return }
        bytes.removeFirst(consumed)
        if comesInLists && phase == .reading { partialList = PartialList(bytes.span) }
        swap(&bytes, &input)
    }

    /// Begins the lookups that `bytes` ask for, until they end or a bound is met.
    ///
    /// - Returns: how many bytes are done with.
    private func decode(_ bytes: Span<UInt8>) -> Int {
        let now = loop.now
        // Here, so that it is put back once.
        var turn = turn
        defer { self.turn = turn }
        var offset = 0
        while phase == .reading && offset < bytes.count {
            let load = exchange.load
            guard load.outstanding < load.allowance,
                load.heldBytes + bytesAtRelay < Self.maximumUnsent
            else {
                pause(until: load.allowance / 2)
                return offset
            }
            guard share.allows(turn, waiting: load.pending, now: now) else {
                pause(until: load.outstanding / 2)
                // No answer will come that wakes it.
                if load.outstanding == 0 { holdBack() }
                return offset
            }
            let isPatient = load.outstanding == 0 && offset == 0
            let step =
                switch clientProtocol {
                case .socketmap: takeSocketmapRequest(bytes, at: offset)
                case .proxymap: takeProxymapRequest(bytes, at: offset)
                }
            switch step {
            case .needsMore: return offset
            case .request(let end):
                share.noteRequest(
                    &turn, isPatient: isPatient && end == bytes.count, now: now)
                offset = end
            case .skip(let request, let start):
                share.noteRequest(&turn, isPatient: false, now: now)
                skipped = request
                offset = endOfSkipped(bytes, from: start)
            case .violation:
                counters.noteViolation(by: clientProtocol)
                finish()
            }
        }
        // What comes after the end of the requests is not looked at.
        return phase == .finishing ? bytes.count : offset
    }

    private func pause(until outstanding: Int) {
        phase = .paused
        resumesAt = outstanding
        updateInterest()
    }

    private func holdBack() {
        isHeldBack = true
        sessions.holdBack(self)
    }

    /// Goes on reading, if the session is at a bound, and as far as it may.
    func resume() {
        isHeldBack = false
        guard phase == .paused, registration != nil else { return }
        phase = .reading
        takeInput()
        if isDraining { drain() }
        updateInterest()
    }

    /// Reads no more, and ends when the answers owed are sent.
    // Not inlined: each decoding would begin with the check of the access to `input` here.
    @inline(never)
    func finish() {
        phase = .finishing
        input = []
        updateInterest()
        sessions.needsFlush(self)
    }

    /// The daemon drains: takes in what has come until now, and finishes; at a bound, when that is taken in.
    func drain() {
        isDraining = true
        while phase == .reading && read() {}
        if phase == .reading { finish() }
    }

    // MARK: Answering

    /// Takes the next place in the order of answers. Whoever takes it settles it by `reply`.
    func reserve() -> UInt32 {
        exchange.reserve()
    }

    /// Has the pool answer, or answers at once.
    ///
    /// - Parameter map: the number of the map that was asked.
    func begin(
        _ routing: LookupRouter.Routing, _ sequence: UInt32, _ encoding: ReplyEncoding, map: Int
    ) {
        switch routing {
        case .decided(let outcome):
            counters.note(outcome, map: map, by: clientProtocol)
            answer(outcome, sequence, encoding)
        case .pending(let driver, let lookup):
            let waiting = exchange.begin(
                PendingLookup(
                    sequence: sequence, driver: driver, lookup: lookup, encoding: encoding, map: map,
                    begunAt: loop.now))
            share.noteLookup(waiting: waiting)
        }
    }

    /// Answers what is no map's lookup, or one that is counted already.
    func answer(_ outcome: LookupOutcome, _ sequence: UInt32, _ encoding: ReplyEncoding) {
        reply(sequence) { encoding.append(outcome, to: &$0) }
    }

    /// Gives the outcome of a pending lookup.
    ///
    /// - Parameter sentAt: when the query was sent that has it.
    func deliver(_ sequence: UInt32, _ outcome: LookupOutcome, sentAt: Instant?) {
        let outcome = exchange.isOverfull ? Self.unread : outcome
        let (lookup, left) = exchange.settle(sequence, outcome)
        share.noteAnswer(waiting: left)
        counters.note(
            outcome, map: lookup.map, by: clientProtocol, begunAt: lookup.begunAt, sentAt: sentAt,
            now: loop.now)
        sessions.needsFlush(self)
    }

    /// What becomes of a lookup of a client that asks on and on, and reads nothing.
    private static let unread = LookupOutcome.temporaryFailure("earlier answers have not been read")

    /// Gives the reply of Postfix's own proxymap(8), as it came.
    func relayed(_ reply: [UInt8], _ request: RelayedRequest) {
        if exchange.isOverfull {
            self.reply(request.sequence) { request.encoding.appendRetry(to: &$0) }
        } else {
            self.reply(request.sequence) { $0 += reply }
        }
    }

    /// Settles a place in the order with an answer, which `append` adds to the end of the output.
    func reply(_ sequence: UInt32, _ append: (inout [UInt8]) -> Void) {
        exchange.reply(sequence, append)
        sessions.needsFlush(self)
    }

    /// Passes a request on to Postfix's own proxymap(8), or refuses it where there is none.
    func relay(_ request: [UInt8], _ sequence: UInt32, _ encoding: ProxymapReply) {
        guard let path = terms.relayPath else {
            return reply(sequence) { encoding.appendRefusal(to: &$0) }
        }
        // A reload may have moved it.
        if let old = self.relay, old.path != path, !old.isWaiting {
            old.end()
            self.relay = nil
        }
        let relay = self.relay ?? RelayConnection(path: path, sessions: sessions, session: self)
        self.relay = relay
        counters.noteRelayed(by: clientProtocol)
        relay.forward(RelayedRequest(bytes: request, sequence: sequence, encoding: encoding))
    }

    /// Bytes kept for this client at Postfix's own proxymap(8).
    private var bytesAtRelay: Int { relay?.heldBytes ?? 0 }

    /// Sends what the socket takes, and goes on reading where that makes room.
    func flush() {
        isAwaitingFlush = false
        guard registration != nil else { return }
        let (sending, hasSent) = exchange.flush(to: descriptor.raw)
        if hasSent { lastActivity = loop.now }
        switch sending {
        case .done:
            isBlocked = false
        case .blocked:
            isBlocked = true
            return updateInterest()
        case .closed:
            noteClosing()
            return end()
        }
        switch phase {
        case .reading:
            updateInterest()
        case .paused:
            if !isHeldBack && exchange.load.outstanding <= resumesAt { resume() }
        case .finishing:
            if !isWaiting { end() }
        }
    }

    private func updateInterest() {
        var wanted: Readiness = phase == .reading ? .readable : []
        if isBlocked { wanted.insert(.writable) }
        if wanted == interest { return }
        interest = wanted
        if let registration { loop.change(registration, to: wanted) }
    }

    // MARK: The end

    /// Closes the connection and takes back what it waited for.
    func end() {
        guard let registration else { return }
        loop.remove(registration)
        self.registration = nil
        let withdrawn = exchange.withdraw()
        for lookup in withdrawn { lookup.driver.cancel(lookup.lookup) }
        share.noteEnd(waiting: withdrawn.count)
        relay?.end()
        sessions.ended(self)
    }
}
