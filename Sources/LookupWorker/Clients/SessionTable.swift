// The clients of one worker, and what they share: a read buffer, the router, and the list of those to be flushed.

internal import Configuration
internal import DaemonLog
internal import DequeModule
internal import EventLoop
internal import Logging
internal import LookupPool
internal import LookupProtocols
internal import LookupValues

final class SessionTable {
    let loop: EventLoop
    /// Where requests go. Replaced as a whole when the configuration changes.
    var router: LookupRouter
    /// Whose clients they are.
    private var users = ClientUsers(own: Account.current)
    /// How long it may take to answer a request, in nanoseconds.
    var relayTimeout: Int64 = 10_000_000_000

    /// What clients may have under way beside each other.
    let share = FairShare()
    let counters: LookupCounters

    private var sessions: [ClientSession?] = []
    private var freeNumbers: [UInt32] = []
    /// The numbers of those to be flushed. Where one has ended and its number is another's now, that one is flushed for
    /// nothing.
    private var awaitingFlush: [UInt32] = []
    /// Those who have more to ask than was their share of the turn.
    private var heldBack: [ClientSession] = []
    /// When they go on; nil where there are none.
    private(set) var resumeAt: Instant?
    private let log: LimitedLog
    /// Those who may wait for a greeting, and when they get it, in that order.
    private var ungreeted: Deque<(session: ClientSession, dueAt: Instant)> = []
    /// Those who wait for Postfix's own proxymap, or have until lately.
    private var relays: [RelayConnection] = []
    /// When to look for those who have waited too long.
    private(set) var relayCheckAt: Instant?
    private var readBuffer = [UInt8](repeating: 0, count: 16_384)

    init(loop: EventLoop, router: LookupRouter, counters: LookupCounters, log: LimitedLog) {
        self.loop = loop
        self.counters = counters
        self.log = log
        self.router = router
    }

    /// How many clients are connected.
    var count: Int { sessions.count - freeNumbers.count }

    /// The bytes of memory that they keep for requests and answers, used or not.
    var capacity: Int { sessions.reduce(0) { $0 + ($1?.capacity ?? 0) } }

    /// Whether one more client of a user is let in, where there is room for so many in all.
    func admission(of user: UInt32?, room: Int) -> ClientUsers.Admission {
        users.admission(of: user, room: room)
    }

    /// From a new configuration on. Clients of users that are no longer allowed get the answers that they wait for, and are
    /// closed.
    func allow(_ allowed: Set<UInt32>) {
        users.allowed = allowed
        for case let session? in sessions where !users.isAllowed(session.user) && !session.isFinishing {
            counters.noteRefused(by: session.clientProtocol)
            log.log(
                .warning, "a client was closed, whom allowed_users does not name any more",
                about: session.terms.path,
                ["path": "\(session.terms.path)", "user": "\(session.user.map { "\($0)" } ?? "")"])
            session.finish()
        }
    }

    /// - Parameter user: who is at the other end; nil where the kernel does not say.
    func add(
        _ descriptor: consuming Descriptor, clientProtocol: ClientProtocol, _ terms: ClientTerms,
        of user: UInt32?,
        isCommand: Bool = false
    ) throws(SystemError) {
        let number = freeNumbers.popLast() ?? UInt32(sessions.count)
        if number == sessions.count { sessions.append(nil) }
        do {
            sessions[Int(number)] = try ClientSession(
                number: number, descriptor: descriptor, clientProtocol: clientProtocol, terms: terms,
                user: user,
                isCommand: isCommand, sessions: self)
        } catch {
            freeNumbers.append(number)
            throw error
        }
        users.begin(user)
        counters.noteBegin(by: clientProtocol)
    }

    /// Gives an outcome to whoever asked. A session that has ended has taken its lookups back before.
    ///
    /// - Parameter sentAt: when the query was sent that has it.
    func deliver(_ requester: Requester, _ outcome: LookupOutcome, sentAt: Instant? = nil) {
        sessions[Int(requester.client)]!.deliver(requester.sequence, outcome, sentAt: sentAt)
    }

    // MARK: For the sessions

    /// Receives what a client has sent, and hands it to `take` before anything else is received.
    func read(from descriptor: Int32, _ take: (Span<UInt8>) -> Void) -> Transfer {
        // Moved out, as a property in use must not be touched by what `take` sets off.
        var buffer: [UInt8] = []
        swap(&buffer, &readBuffer)
        defer { swap(&buffer, &readBuffer) }
        let transfer = unsafe buffer.withUnsafeMutableBytes { unsafe receive(from: descriptor, into: $0) }
        if case .bytes(let count) = transfer { take(buffer.span.extracting(first: count)) }
        return transfer
    }

    func needsFlush(_ session: ClientSession) {
        if session.isAwaitingFlush { return }
        session.isAwaitingFlush = true
        awaitingFlush.append(session.number)
    }

    func holdBack(_ session: ClientSession) {
        heldBack.append(session)
        if resumeAt == nil { resumeAt = share.nextShare(now: loop.now) }
    }

    func ended(_ session: ClientSession) {
        sessions[Int(session.number)] = nil
        freeNumbers.append(session.number)
        users.end(session.user)
        counters.noteEnd(by: session.clientProtocol)
    }

    // MARK: Greetings

    /// How long a client may be silent until it is greeted, in nanoseconds, where clients need no greeting as a rule: one that
    /// asks without has asked by then, as Postfix connects when it has something to ask.
    private static let silence: Int64 = 1_000_000_000

    /// Has a client greeted that goes on being silent.
    func greetLater(_ session: ClientSession) {
        ungreeted.append((session, loop.now.advanced(byNanoseconds: Self.silence)))
    }

    /// To be called after each turn.
    func greetSilent() {
        while let first = ungreeted.first, first.dueAt <= loop.now {
            ungreeted.removeFirst()
            first.session.greetIfSilent()
        }
    }

    /// When it has something to do; nil: never.
    var greetingDueAt: Instant? { ungreeted.first?.dueAt }

    /// Clients turn out to do otherwise than `proxymap_greeting` says.
    func greetingIsWrong(_ terms: ClientTerms) {
        let expected = terms.habit.isConfigured ? "no" : "yes"
        log.logAlways(
            .warning,
            terms.habit.isConfigured
                ? "clients take the greeting for an answer: they are of Postfix before 3.6"
                : "clients wait for a greeting: they are of Postfix 3.6 or later",
            about: terms.path, ["path": "\(terms.path)", "expected": "proxymap_greeting = \(expected)"])
    }

    /// A client has asked for a table that nobody serves.
    func tableIsUnknown(_ name: String, _ terms: ClientTerms) {
        log.log(
            .warning, "a table is asked for that is not in maps, and there is no proxymap_relay",
            about: terms.path, item: name.shown(upTo: 200), as: "table",
            ["path": "\(terms.path)"])
    }

    /// A client has asked for a map that nobody has configured.
    func mapIsUnknown(_ name: String, _ terms: ClientTerms) {
        log.log(
            .warning, "a map is asked for that is not in maps", about: terms.path,
            item: name.shown(upTo: 200), as: "map", ["path": "\(terms.path)"])
    }

    // MARK: Relays

    func relayFailed(_ path: String, _ error: String) {
        log.log(.warning, "proxymap_relay failed", about: path, ["path": "\(path)", "error": "\(error)"])
    }

    /// Gives up on a relay's request in time from now on.
    func watch(_ relay: RelayConnection) {
        if relay.isWatched { return }
        relay.isWatched = true
        relays.append(relay)
        if relayCheckAt == nil { relayCheckAt = loop.now.advanced(byNanoseconds: relayCheckInterval) }
    }

    /// Looks at the relays again before long, as one has to try again.
    func checkRelaysSoon() {
        let soon = loop.now.advanced(byNanoseconds: Self.relayRetryInterval)
        relayCheckAt = relayCheckAt.map { min($0, soon) } ?? soon
    }

    private static let relayRetryInterval: Int64 = 20_000_000

    /// A request that would be too late by the next check has failed at this one.
    private var relayCheckInterval: Int64 { min(1_000_000_000, relayTimeout / 4) }

    /// To be called after each turn.
    func checkRelays() {
        guard let due = relayCheckAt, due <= loop.now else { return }
        relayCheckAt = loop.now.advanced(byNanoseconds: relayCheckInterval)
        let oldest = loop.now.advanced(byNanoseconds: relayCheckInterval - relayTimeout)
        for relay in relays { relay.check(oldest: oldest) }
        relays.removeAll { relay in
            relay.isWatched = relay.isWaiting
            return !relay.isWatched
        }
        if relays.isEmpty { relayCheckAt = nil }
    }

    // MARK: For the worker

    /// Has those go on who have used up their share of an earlier turn.
    func beginTurn() {
        share.beginTurn()
        guard let due = resumeAt, due <= loop.now else { return }
        resumeAt = nil
        var batch: [ClientSession] = []
        swap(&batch, &heldBack)
        for session in batch { session.resume() }
    }

    /// Sends the answers that have gathered.
    ///
    /// - Returns: false when there were none.
    func flush() -> Bool {
        if awaitingFlush.isEmpty { return false }
        var batch: [UInt32] = []
        swap(&batch, &awaitingFlush)
        for number in batch { sessions[Int(number)]?.flush() }
        batch.removeAll(keepingCapacity: true)
        if awaitingFlush.isEmpty { swap(&batch, &awaitingFlush) }
        return true
    }

    /// Has every client finish: what it has asked is answered, and then it is closed.
    func drain() {
        for session in sessions { session?.drain() }
    }

    /// Ends every session at once.
    func endAll() {
        for session in sessions { session?.end() }
        heldBack = []
        awaitingFlush = []
        ungreeted = []
    }

    /// Ends those whom nothing is owed and who have been silent since `instant`, and those who read nothing.
    func endIdle(since instant: Instant) {
        for case let session? in sessions where session.lastActivity < instant && !session.isWaiting {
            session.end()
        }
    }
}
