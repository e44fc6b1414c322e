// The clients of one worker.

internal import ClientSessions
internal import DaemonLog
internal import EventLoop
internal import LookupSearch
internal import LookupStatistics
internal import LookupValues

/// Owns the clients' connections, and does what concerns all of them.
final class SessionTable {
    private let services: ClientServices
    /// Counts the clients by user.
    private var users = ClientUsers(own: Account.current)
    private var connections: [ClientConnection?] = []
    private var freeNumbers: [UInt32] = []
    /// How many clients there have been. It tells clients apart that have had the same number.
    private var generation: UInt32 = 0

    init(loop: EventLoop, router: LookupRouter, pools: PoolNumbers, counters: LookupCounters, log: LimitedLog)
    {
        services = ClientServices(loop: loop, router: router, pools: pools, counters: counters, log: log)
        services.hasEnded = { [unowned self] in ended($0) }
    }

    /// Decides which pool a request goes to. Replaced as a whole when the configuration changes.
    var router: LookupRouter {
        get { services.router }
        set { services.router = newValue }
    }

    /// How long it may take to answer a request, in nanoseconds.
    var relayTimeout: Int64 {
        get { services.relays.timeout }
        set { services.relays.timeout = newValue }
    }

    var counters: LookupCounters { services.counters }

    /// Asks for keys of proxymap clients' searches ahead, or not: see `ClientServices.readAhead(upTo:)`.
    func readAhead(upTo bound: Int64) { services.readAhead(upTo: bound) }

    /// What was read ahead in the map with this number.
    func readAheadStatistics(ofMap map: Int) -> ReadAheadStatistics {
        services.readAhead.counts(ofMap: map)
    }

    /// How many clients are connected.
    var count: Int { connections.count - freeNumbers.count }

    /// The bytes of memory that the clients keep for requests and answers, used or not.
    var capacity: Int { connections.reduce(0) { $0 + ($1?.session.capacity ?? 0) } }

    /// Whether one more client of a user is let in, if there is room for `room` clients in all.
    func admission(of user: UInt32?, room: Int) -> ClientUsers.Admission {
        users.admission(of: user, room: room)
    }

    /// Takes over the allowed users of a new configuration. Clients of users that are no longer allowed get the answers
    /// that they wait for, and are closed.
    func allow(_ allowed: Set<UInt32>) {
        users.allowed = allowed
        for case let client? in connections where !users.isAllowed(client.user) && !client.session.isFinishing
        {
            counters.noteRefused(by: client.clientProtocol)
            services.log.isNoLongerAllowed(client.user, client.terms)
            client.finish()
        }
    }

    /// - Parameters:
    ///   - user: the user at the other end; nil if the kernel does not say.
    ///   - isCommand: whether the client is a command of this program, and not Postfix.
    func add(
        _ descriptor: consuming Descriptor, clientProtocol: ClientProtocol, _ terms: ClientTerms,
        of user: UInt32?, isCommand: Bool = false
    ) throws(SystemError) {
        let number = freeNumbers.popLast() ?? UInt32(connections.count)
        if number == connections.count { connections.append(nil) }
        generation &+= 1
        do {
            connections[Int(number)] = try ClientConnection(
                ClientID(number: number, generation: generation), descriptor, clientProtocol, terms, of: user,
                isCommand: isCommand, services: services)
        } catch {
            freeNumbers.append(number)
            throw error
        }
        users.begin(user)
        counters.noteBegin(by: clientProtocol)
    }

    private func ended(_ id: ClientID) {
        let client = connections[Int(id.number)].take()!
        freeNumbers.append(id.number)
        users.end(client.user)
        counters.noteEnd(by: client.clientProtocol)
    }

    /// A client that has not ended; nil if it has.
    private subscript(id: ClientID) -> ClientConnection? {
        guard let client = connections[Int(id.number)], client.id == id else { return nil }
        return client
    }

    /// Gives an outcome to the client that asked. A client that has ended has withdrawn its lookups before.
    ///
    /// - Parameter sentAt: when the query with this outcome was sent; nil if none was.
    func deliver(_ requester: Requester, _ outcome: LookupOutcome, sentAt: Instant? = nil) {
        connections[Int(requester.client)]!.deliver(outcome, to: requester, sentAt: sentAt)
    }

    // MARK: After each turn

    /// When the next client is to be greeted; nil if none is.
    var greetingDueAt: Instant? { services.agenda.greetingDueAt }
    var resumeAt: Instant? { services.agenda.resumeAt }
    var relayCheckAt: Instant? { services.relays.checkAt }

    var readAheadCheckAt: Instant? { services.readAheadCheckAt }

    /// Drops what was read ahead and is too old.
    func expireReadAhead() {
        guard services.takeReadAheadCheck() else { return }
        for client in connections { client?.expireReadAhead() }
        if services.readAhead.bytes > 0 { services.expireReadAheadLater() }
    }

    /// Greets the clients that have been silent for a while.
    func greetSilent() {
        while let id = services.agenda.takeSilent(now: services.loop.now) { self[id]?.greetIfSilent() }
    }

    /// Lets clients go on that have used up their share of an earlier turn.
    func beginTurn() {
        services.share.beginTurn()
        for id in services.agenda.takeHeldBack(now: services.loop.now) { self[id]?.resume() }
    }

    /// Gives up on requests that have waited for a relay for too long.
    func checkRelays() {
        guard let (clients, oldest) = services.relays.take(now: services.loop.now) else { return }
        let waiting = clients.filter { self[$0]?.checkRelay(oldest: oldest) ?? false }
        services.relays.putBack(waiting)
    }

    /// Sends the answers that have gathered.
    ///
    /// - Returns: false if there were none.
    func flush() -> Bool {
        var batch = services.agenda.takeFlushes()
        if batch.isEmpty { return false }
        for number in batch { connections[Int(number)]?.flush() }
        services.agenda.reuse(&batch)
        return true
    }

    // MARK: The end

    /// Has every client finish: its requests are answered, and then it is closed.
    func drain() {
        for client in connections { client?.drain() }
    }

    /// Ends every client at once.
    func endAll() {
        for client in connections { client?.end() }
        services.agenda = ClientAgenda()
    }

    /// Ends the clients that are owed no answer and have been silent since `instant`, and those that do not read their
    /// answers.
    func endIdle(since instant: Instant) {
        for case let client? in connections
        where client.session.lastActivity < instant && !client.session.isWaiting {
            client.end()
        }
    }
}
