// The pool of one target as a state machine: lookups come in, queries and answers go out, nothing else is touched.

package import LookupValues
internal import PoolHealth

/// Decides which query goes out on which connection and when, who shares one, what happens when a connection or a
/// deadline is lost, and which host is connected to.
///
/// Events are method calls; what must be done gathers in `actions` and is to be performed in order after each call.
/// Every lookup that `submit` takes gets exactly one `answer` or `fail`, unless it is cancelled first.
package struct TargetPool: ~Copyable {
    let limits: PoolLimits
    var random: SplitMix64
    var hosts: [HostState]
    var connections: [PooledConnection]
    var tables: [TableState]
    var lookups = Slab<LookupRecord>()
    var queries = Slab<QueryRecord>()
    var keys = KeyTable()
    /// The lookups of each query.
    var lookupLinks = LinkTable()
    /// All lookups by deadline: most often that is the order of their coming.
    var deadlineLinks = LinkTable()
    var byDeadline = LinkedList()
    /// The queries of each table's `again` and `fresh`.
    var queryLinks = LinkTable()
    let keyHash: KeyHash
    /// The queries that were never sent, to be joined by equal lookups.
    var joinIndex = JoinIndex()
    /// The tables that have waiting queries, in any order.
    var waitingTables: [Int] = []
    /// Whether the slow tables among them are the next to have a connection that quick ones want too.
    var slowGoesFirst = false
    /// Counts the slow tables' queries.
    var slowTurn = 0
    var isShuttingDown = false
    /// Until when nothing is sent, as was asked for; nil: it is.
    package internal(set) var pausedUntil: Instant?
    /// Until when lookups wait though no host can be reached, as the last connection was lost a moment ago.
    var graceUntil: Instant?
    /// When a lookup last came or the first connection was begun, and whether all are closed since nothing has come for
    /// long.
    var lastUse = Instant(nanoseconds: .min)
    var isDormant = false
    /// What the hosts have said against the tables' queries, the queries that wait for a host where they have not erred, and
    /// how many more may.
    var errors: ErrorMemory
    var errands: [Int] = []
    var errandBudget = ErrandBudget()
    /// When it is next seen to whether connections must be asked if anything has changed that they depend on.
    var looksAt = Instant(nanoseconds: .min)
    /// When a connection may be renewed again.
    var renewalPace = RenewalPace()
    /// Whether anything has happened since the last dispatch, as it may while the shell performs that one's actions.
    var isDispatchDue = true

    /// Lookups that wait for a connection.
    package internal(set) var waiting = 0
    /// How many lookups have joined an equal one.
    package internal(set) var joined = 0
    /// How many queries were put back to be sent again.
    package internal(set) var retried = 0
    /// How many queries were asked at a host as another one has refused them, or others of their table just before.
    package internal(set) var askedElsewhere = 0
    /// How often a session was made as new, and how many connections have taken the place of older ones.
    package internal(set) var resets = 0
    package internal(set) var renewals = 0
    /// The queries that have come to their end since actions were last taken, and before: their keys may be read still.
    var finished: [Int] = []
    private var finishedBefore: [Int] = []
    /// The time of the latest dispatch.
    var dispatchedAt = Instant(nanoseconds: .min)
    /// What to do, in order. To be taken by `takeActions` after each event.
    package internal(set) var actions: [PoolAction] = []

    /// - Parameters:
    ///   - preferences: one number a host, lower is better (Postfix: Unix-domain, then TCP, then URIs).
    ///   - tableCount: tables are named by numbers below it.
    ///   - seed: of the random order among equal hosts, of the back-offs' jitter, and of the hash of keys: no client must
    ///     know it.
    package init(limits: PoolLimits, preferences: [Int], tableCount: Int, seed: UInt64) {
        precondition(limits.connections > 0 && !preferences.isEmpty)
        self.limits = limits
        // Other numbers than the pool's own.
        var secret = SplitMix64(seed: ~seed)
        keyHash = KeyHash(using: &secret)
        random = SplitMix64(seed: seed)
        hosts = preferences.map(HostState.init)
        connections = Array(
            repeating: PooledConnection(tableCount: tableCount, limits: limits),
            count: limits.slots(hosts: preferences.count))
        errors = ErrorMemory(tables: tableCount, hosts: preferences.count)
        tables = Array(repeating: TableState(), count: tableCount)
    }

    // MARK: Lookups

    /// A lookup that was not sent when so much of its time is left, one part in so many, is not sent any more. Were it sent
    /// at the last moment, a server with too much to do would do it in vain, and nothing else.
    private static let lastSending: Int64 = 10

    /// Takes in a lookup. It is sent by the next `dispatch` that finds room.
    ///
    /// - Parameters:
    ///   - requester: who is answered; nil: nobody. The `answer` to such a lookup says so, and of its failure nothing is said.
    ///   - deadline: until when it has its answer, or fails.
    /// - Throws: the reason why it must fail at once; nothing more is said of it then.
    package mutating func submit(
        _ requester: Requester?, table: Int, key: Span<UInt8>, deadline: Instant, now: Instant
    ) throws(PoolFailure) -> LookupID {
        lastUse = now
        isDormant = false
        isDispatchDue = true
        precondition(!isShuttingDown, "a pool that shuts down was asked")
        if isUnreachable { throw .unreachable }
        if waiting >= limits.waiting { throw .waitingFull }
        let query = query(table: table, key: key)
        let lookup = lookups.insert(
            LookupRecord(
                requester: requester, deadline: deadline,
                sendUntil: deadline.advanced(
                    byNanoseconds: -(deadline.nanoseconds - now.nanoseconds) / Self.lastSending), query: query))
        queries[query].add(lookup, &lookupLinks)
        var earlier = byDeadline.last
        while earlier >= 0, deadline < lookups[earlier].deadline {
            earlier = deadlineLinks.previous(before: earlier)
        }
        deadlineLinks.insert(lookup, behind: earlier, in: &byDeadline)
        waiting += 1
        errandBudget.noteLookup()
        return LookupID(index: lookup)
    }

    /// Forgets a lookup whose client has gone. Its query is not sent if nobody else wants it.
    package mutating func cancel(_ lookup: LookupID) {
        isDispatchDue = true
        remove(lookup.index)
    }

    // MARK: Time

    /// Fails the lookups whose time is over, gives up on connections that take too long, connects where that is due,
    /// sends what waits, and ends each connection's batch. To be called once after each round of events, and when
    /// `nextDeadline` has come.
    package mutating func dispatch(now: Instant) {
        dispatchedAt = now
        while !byDeadline.isEmpty, lookups[byDeadline.first].deadline <= now {
            fail(byDeadline.first, .deadline)
        }
        endWaitingOut(now: now)
        maintainConnections(now: now)
        if !isPaused { sendWaiting(now: now) }
        if let idleSince, idleSince.advanced(byNanoseconds: limits.idleInterval!) <= now { isDormant = true }
        // The last lookup may have failed only now, for want of a statement.
        if !needsConnections { maintainConnections(now: now) }
        noteProgress(now: now)
        for host in hosts.indices where hosts[host].isSaidToHang {
            if hosts[host].takeReturn(now: now) { actions.append(.hostReturned(host)) }
        }
        isDispatchDue = false
    }

    /// When `dispatch` must be called at the latest; nil: when the next event comes.
    package func nextDeadline(after now: Instant) -> Instant? {
        if isDispatchDue { return now }
        var next = nextConnectionDeadline(after: now)
        if !byDeadline.isEmpty {
            let deadline = lookups[byDeadline.first].deadline
            next = next.map { min($0, deadline) } ?? deadline
        }
        if let idleSince {
            let deadline = idleSince.advanced(byNanoseconds: limits.idleInterval!)
            next = next.map { min($0, deadline) } ?? deadline
        }
        if let waitingOutEnd { next = next.map { min($0, waitingOutEnd) } ?? waitingOutEnd }
        return next
    }

    /// Since when the connections are of no use to anybody, where that counts.
    private var idleSince: Instant? {
        limits.idleInterval != nil && !isDormant && lookups.count == 0 && hasConnection ? lastUse : nil
    }

    /// Whether connections are to be made and kept.
    var needsConnections: Bool {
        lookups.count > 0 || (!isShuttingDown && !isDormant)
    }

    /// Moves the actions into `buffer`, whose storage the pool fills next. What was taken before must have been performed.
    package mutating func takeActions(into buffer: inout [PoolAction]) {
        for query in finishedBefore { removeQuery(query) }
        finishedBefore.removeAll(keepingCapacity: true)
        swap(&finished, &finishedBefore)
        buffer.removeAll(keepingCapacity: true)
        swap(&buffer, &actions)
    }

    // MARK: The end

    /// Takes no more lookups; closes each connection when nothing needs it any more.
    package mutating func shutDown() {
        isDispatchDue = true
        isShuttingDown = true
    }

    /// Whether no lookup is unanswered and no connection is left.
    package var isFinished: Bool {
        lookups.count == 0 && connections.allSatisfy { $0.phase == .idle }
    }

    /// Lookups without an answer, waiting or in flight.
    package var unanswered: Int { lookups.count }

    // MARK: Bookkeeping

    /// Fails a lookup that has no answer yet.
    mutating func fail(_ lookup: Int, _ reason: PoolFailure) {
        if let requester = lookups[lookup].requester { actions.append(.fail(requester, reason)) }
        remove(lookup)
    }

    /// Fails all lookups of a query, which goes with the last of them unless it is in flight.
    mutating func failAll(of query: Int, _ reason: PoolFailure) {
        for _ in 0..<queries[query].lookupCount {
            fail(queries[query].lookups.first, reason)
        }
    }

    /// Takes a lookup out of everything, and its query too where nobody else needs it and it is not in flight.
    private mutating func remove(_ lookup: Int) {
        let query = lookups[lookup].query
        queries[query].remove(lookup, &lookupLinks)
        deadlineLinks.remove(lookup, from: &byDeadline)
        lookups.remove(lookup)
        if queries[query].phase == .inFlight { return }
        waiting -= 1
        if queries[query].lookupCount == 0 {
            unlist(query)
            removeQuery(query)
        }
    }

    /// Forgets a query that is in no list and has no lookup.
    mutating func removeQuery(_ query: Int) {
        queries.remove(query)
        keys.remove(of: query)
    }

    /// Takes a waiting query out of the list that it is in.
    mutating func unlist(_ query: Int) {
        let phase = queries[query].phase
        if phase == .waitingElsewhere {
            errands.removeAll { $0 == query }
        } else {
            tables[queries[query].table].remove(query, wasSent: phase != .waiting, &queryLinks)
        }
    }

    /// Puts a query that was in flight back, to be sent again; drops it if nobody wants it any more.
    mutating func requeue(_ query: Int) {
        if queries[query].lookupCount == 0 { return finished.append(query) }
        retried += 1
        if !queries[query].erred.isEmpty { return awaitErrand(query) }
        let table = queries[query].table
        queries[query].phase = .waitingAgain
        tables[table].addAgain(query, &queryLinks)
        waiting += queries[query].lookupCount
        list(table)
    }

    mutating func list(_ table: Int) {
        if tables[table].isListed { return }
        tables[table].isListed = true
        waitingTables.append(table)
    }
}
