// One client's connection: moves its bytes, routes its requests, and leaves every decision about them to its session.

internal import ClientSessions
internal import EventLoop
internal import LookupProtocols
internal import LookupSearch
internal import LookupValues

/// A client's socket and its place in the loop. It closes itself when the client is done, breaks the protocol, or is gone.
final class ClientConnection: EventHandler {
    let id: ClientID
    /// The user at the other end; nil if the kernel does not say.
    let user: UInt32?
    let clientProtocol: ClientProtocol
    let terms: ClientTerms
    let services: ClientServices
    // These are the services' properties. Access through the services would cost a retain each time.
    let loop: EventLoop
    let share: FairShare
    let counters: LookupCounters
    private let descriptor: Descriptor
    private var registration: EventLoop.Registration?
    private var interest = Readiness.readable
    var session: ClientSession
    /// Whether the agenda has the client among those to be flushed.
    private var isAwaitingFlush = false
    /// The connection to Postfix's own proxymap(8), if there is one.
    var relaySocket: RelaySocket?
    /// The questions that are being searched.
    var searches: [ClientSearch] = []
    /// What has been asked for ahead of the client's requests, whether there is anything, and with which router.
    var readAhead = ReadAhead()
    var hasReadAhead = false
    var routerNumber = 0
    /// Whether the relay watch has the client among those whose requests are given up in time.
    var isRelayWatched = false

    /// - Parameter isCommand: whether the client is a command of this program, and not Postfix.
    init(
        _ id: ClientID, _ descriptor: consuming Descriptor, _ clientProtocol: ClientProtocol,
        _ terms: ClientTerms,
        of user: UInt32?, isCommand: Bool, services: ClientServices
    ) throws(SystemError) {
        self.id = id
        self.user = user
        self.clientProtocol = clientProtocol
        self.terms = terms
        self.descriptor = descriptor
        self.services = services
        loop = services.loop
        share = services.share
        counters = services.counters
        session = ClientSession(
            clientProtocol,
            longestReply: isCommand
                ? SocketmapReply.maximumCommandReplyLength : SocketmapReply.maximumReplyLength,
            now: loop.now)
        registration = try loop.register(self.descriptor.raw, for: .readable, handler: self)
        beginGreeting()
    }

    /// Whether it has ended.
    var isEnded: Bool { registration == nil }

    // MARK: Greeting

    private func beginGreeting() {
        let beginning = session.begin(&terms.habit) { unreadBytes(of: descriptor.raw) > 0 }
        if beginning.isGreeted { needsFlush() }
        if beginning.waits { services.agenda.greetLater(id, now: loop.now) }
        if beginning.isNews { services.log.greetingIsWrong(terms) }
    }

    /// To be called when the client has been silent for a while.
    func greetIfSilent() {
        if session.greetIfSilent() { needsFlush() }
    }

    private func noteInput() {
        guard clientProtocol.hasGreeting && session.isGreetingOpen else { return }
        let isNews = session.noteInput(&terms.habit) { unreadByPeer(descriptor.raw) == 0 }
        if isNews { services.log.greetingIsWrong(terms) }
    }

    private func noteClosing() {
        if session.noteClosing(&terms.habit) { services.log.greetingIsWrong(terms) }
    }

    // MARK: Reading

    func descriptorReady(_ readiness: Readiness) {
        // Gone for good: no answer can reach the client, whatever it has asked.
        if readiness.contains(.hungUp) && !readiness.contains(.readable) {
            noteClosing()
            return end()
        }
        if readiness.contains(.readable) { read() }
        if readiness.contains(.writable) { needsFlush() }
    }

    /// Takes in what has come, or as much of it as one call receives.
    ///
    /// - Returns: false if there was nothing.
    @discardableResult
    private func read() -> Bool {
        switch services.read(from: descriptor.raw, { take($0) }) {
        case .bytes:
            return true
        case .wouldBlock:
            session.receiveNothing(now: loop.now)
            return false
        case .closed:
            noteClosing()
            finish()
            return false
        }
    }

    private func take(_ bytes: Span<UInt8>) {
        noteInput()
        switch session.receive(bytes, now: loop.now) {
        case .here(let start):
            let bytes = bytes.extracting(start...)
            let decoded = serve(bytes)
            if decoded < bytes.count { session.keep(bytes.extracting(decoded...)) }
        case .kept:
            serveKept()
        case .nothing:
            break
        case .violation:
            noteViolation()
        }
    }

    private func serveKept() {
        var kept = session.takeKept()
        let decoded = serve(kept.span)
        session.putBack(&kept, decoded: decoded)
    }

    /// Begins the lookups that `bytes` ask for, as many as the client may have.
    ///
    /// - Returns: how many bytes are dealt with.
    private func serve(_ bytes: Span<UInt8>) -> Int {
        let now = loop.now
        var offset = 0
        while true {
            switch session.next(in: bytes, at: &offset, sharing: share, now: now) {
            case .request(let request):
                route(request, bytes)
            case .done:
                return offset
            case .paused:
                updateInterest()
                return offset
            case .heldBack:
                services.agenda.holdBack(id, until: share.nextShare(now: now))
                updateInterest()
                return offset
            case .violation:
                noteViolation()
                return offset
            }
        }
    }

    private func noteViolation() {
        counters.noteViolation(by: clientProtocol)
        updateInterest()
        needsFlush()
    }

    /// Goes on reading, as far as it may, if the session is at a bound.
    func resume() {
        guard !isEnded, session.resume() else { return }
        serveKept()
        if session.isDraining { drain() }
        updateInterest()
    }

    /// Reads no more, and ends when the owed answers are sent.
    func finish() {
        session.finish()
        updateInterest()
        needsFlush()
    }

    /// The daemon drains: takes in what has come until now, and finishes. At a bound, it finishes when that is taken in.
    func drain() {
        session.drain()
        while session.isReading && read() {}
        if session.isReading { finish() }
    }

    // MARK: Answers

    /// Gives the outcome of a lookup.
    ///
    /// - Parameter sentAt: when the query with this outcome was sent; nil if none was.
    func deliver(_ outcome: LookupOutcome, to requester: Requester, sentAt: Instant?) {
        if requester.part == 0 {
            settle(requester.sequence, outcome, sentAt: sentAt)
            if hasReadAhead { noteReadAhead(requester.sequence, outcome) }
            return
        }
        switch clientProtocol {
        case .socketmap:
            deliver(outcome, part: requester.part, ofSearch: requester.sequence, sentAt: sentAt)
        case .proxymap:
            deliver(outcome, place: requester.part, readAheadBy: requester.sequence, sentAt: sentAt)
        }
    }

    /// Answers a request that waits for one lookup.
    @inline(__always)
    func settle(_ sequence: UInt32, _ outcome: LookupOutcome, sentAt: Instant?) {
        let lookup = session.settle(sequence, outcome, sharing: share)
        counters.note(
            lookup.outcome, map: lookup.map, by: clientProtocol, begunAt: lookup.begunAt, sentAt: sentAt,
            now: loop.now)
        needsFlush()
    }

    func needsFlush() {
        if isAwaitingFlush { return }
        isAwaitingFlush = true
        services.agenda.flush(id.number)
    }

    /// Sends what the socket takes, and goes on reading if that makes room.
    func flush() {
        isAwaitingFlush = false
        guard !isEnded else { return }
        switch session.flush(now: loop.now, { Transmission(send($0, to: descriptor.raw)) }) {
        case .none:
            updateInterest()
        case .resume:
            resume()
        case .end:
            end()
        case .closed:
            noteClosing()
            end()
        }
    }

    private func updateInterest() {
        let wanted = Readiness(session.interest)
        if wanted == interest { return }
        interest = wanted
        if let registration { loop.change(registration, to: wanted) }
    }

    // MARK: The end

    /// Closes the connection and takes back the lookups that it waited for.
    func end() {
        guard let registration else { return }
        loop.remove(registration)
        self.registration = nil
        for lookup in session.end(sharing: share) { withdraw(lookup) }
        searches = []
        dropReadAhead()
        closeRelay()
        services.hasEnded(id)
    }
}

extension Readiness {
    fileprivate init(_ interest: ClientSession.Interest) {
        self = interest.bytes ? .readable : []
        if interest.room { insert(.writable) }
    }
}

extension Transmission {
    init(_ transfer: Transfer) {
        switch transfer {
        case .bytes(let count): self = .bytes(count)
        case .wouldBlock: self = .blocked
        case .closed: self = .closed
        }
    }
}
