// The pool of one target as a state machine: lookups come in, queries and answers go out, nothing else is touched.

package import LookupValues
internal import PoolHealth

/// Decides which query goes out on which connection and when, which lookups share one, what happens when a
/// connection or a deadline is lost, and which host is connected to.
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
    /// All lookups by deadline: most often that is the order in which they came.
    var deadlineLinks = LinkTable()
    var byDeadline = LinkedList()
    /// The queries of each table's `again` and `fresh`.
    var queryLinks = LinkTable()
    let keyHash: KeyHash
    /// The queries that were never sent, to be joined by equal lookups.
    var joinIndex = JoinIndex()
    /// The tables that have waiting queries, in any order.
    var waitingTables: [Int] = []
    /// Whether slow tables come first the next time that quick tables want the same connection.
    var slowGoesFirst = false
    /// Counts the slow tables' queries.
    var slowTurn = 0
    var isShuttingDown = false
    /// Until when nothing is sent, as was requested; nil: there is no pause.
    package internal(set) var pausedUntil: Instant?
    /// Until when lookups wait though no host can be reached, as the last connection was lost, or a pause has
    /// ended, a moment ago.
    var graceUntil: Instant?
    /// When a lookup last came or the first connection was begun, and whether all connections are closed
    /// because no lookup has come for long.
    var lastUse = Instant(nanoseconds: .min)
    var isDormant = false
    /// The errors that hosts have reported for the tables' queries, the queries that wait for a host where
    /// they have not erred, and how many more may do so.
    var errors: ErrorMemory
    var errands: [Int] = []
    var errandBudget = ErrandBudget()
    /// When the pool next decides which connections to ask whether anything that they depend on has changed.
    var looksAt = Instant(nanoseconds: .min)
    /// When a connection may be renewed again.
    var renewalPace = RenewalPace()
    /// Whether anything has happened since the last dispatch, as it may while the shell performs its actions.
    var isDispatchDue = true

    /// Lookups that wait for a connection.
    package internal(set) var waiting = 0
    /// How many lookups have joined an equal one.
    package internal(set) var joined = 0
    /// How many queries were put back to be sent again.
    package internal(set) var retried = 0
    /// How many queries were sent to a host because another host had refused them, or others of their table
    /// just before.
    package internal(set) var askedElsewhere = 0
    /// How often a session was reset, and how many connections have taken the place of older ones.
    package internal(set) var resets = 0
    package internal(set) var renewals = 0
    /// The queries that have ended: their keys may still be read.
    var finished: [Int] = []
    var gathering = Gathering()
    /// Whether the latest sending has left lookups for which it had no room.
    var hasLeftover = false
    /// The time of the latest dispatch.
    var dispatchedAt = Instant(nanoseconds: .min)
    /// What to do, in order. To be taken by `takeActions` after each event.
    package internal(set) var actions: [PoolAction] = []

    /// - Parameters:
    ///   - preferences: one number for each host, lower is better (Postfix: Unix-domain, then TCP, then
    ///     URIs).
    ///   - tableCount: tables have numbers below it.
    ///   - confirmed: the tables whose queries are asked again on a primary if a standby has nothing. The last numbers, one for
    ///     each of them in this order, are for that: connections to standbys refuse these tables.
    ///   - seed: of the random order among equal hosts, of the back-offs' jitter, and of the hash of keys.
    ///     Clients must not know it.
    package init(limits: PoolLimits, preferences: [Int], tableCount: Int, confirmed: [Int] = [], seed: UInt64)
    {
        precondition(limits.connections > 0 && !preferences.isEmpty)
        self.limits = limits
        // The numbers are other ones than those of `random`.
        var secret = SplitMix64(seed: ~seed)
        keyHash = KeyHash(using: &secret)
        random = SplitMix64(seed: seed)
        hosts = preferences.map(HostState.init)
        connections = Array(
            repeating: PooledConnection(tableCount: tableCount, limits: limits),
            count: limits.slots(hosts: preferences.count))
        errors = ErrorMemory(tables: tableCount, hosts: preferences.count)
        tables = Array(repeating: TableState(), count: tableCount)
        for (place, table) in confirmed.enumerated() {
            tables[table].confirmer = tableCount - confirmed.count + place
        }
    }

    // MARK: Lookups

    /// A lookup is not sent for the first time when only one part in this many of its time is left.
    /// Otherwise, an overloaded server would do nothing but answer lookups too late.
    private static let lastSending: Int64 = 10

    /// Takes in a lookup. It is sent by the next `dispatch` that finds room.
    ///
    /// - Parameters:
    ///   - requester: the requester to answer; nil: there is none. Then the lookup's `answer` has none
    ///     either, and its failure causes no `fail`.
    ///   - deadline: the lookup fails if it has no answer by then.
    ///   - joinsSentAfter: it may share an equal query that was sent after that and has no answer yet.
    ///   - wantsKeeping: whether its answer is kept, if those of its table are.
    /// - Throws: the reason why it must fail at once. No action follows for it then.
    package mutating func submit(
        _ requester: Requester?, table: Int, key: Span<UInt8>, deadline: Instant,
        joinsSentAfter: Instant = .distantFuture, wantsKeeping: Bool, now: Instant
    ) throws(PoolFailure) -> LookupID {
        lastUse = now
        isDormant = false
        isDispatchDue = true
        precondition(!isShuttingDown, "a pool that shuts down was asked")
        if isUnreachable { throw .unreachable }
        if waiting >= limits.waiting { throw .waitingFull }
        let query = query(table: table, key: key, joinsSentAfter: joinsSentAfter)
        let lookup = lookups.insert(
            LookupRecord(
                requester: requester, deadline: deadline,
                sendUntil: deadline.advanced(
                    byNanoseconds: -(deadline.nanoseconds - now.nanoseconds) / Self.lastSending), query: query
            ))
        queries[query].add(lookup, &lookupLinks)
        if wantsKeeping { queries[query].wantsKeeping = true }
        var earlier = byDeadline.last
        while earlier >= 0, deadline < lookups[earlier].deadline {
            earlier = deadlineLinks.previous(before: earlier)
        }
        deadlineLinks.insert(lookup, behind: earlier, in: &byDeadline)
        if queries[query].phase != .inFlight { waiting += 1 }
        errandBudget.noteLookup()
        return LookupID(index: lookup)
    }

    /// Forgets a lookup that needs no answer any more. Its query is not sent if no other lookup shares it.
    ///
    /// Nothing happens if the lookup is answered already: its answer may be among actions that have been taken and not yet
    /// performed, and another lookup may have its number by now.
    package mutating func cancel(_ lookup: LookupID, of requester: Requester?) {
        guard lookups.contains(lookup.index), lookups[lookup.index].requester == requester else { return }
        isDispatchDue = true
        remove(lookup.index)
    }

    /// Whether a table's queries are known to keep nothing, so that one may be asked for though its answer may not be needed.
    package func isPure(_ table: Int) -> Bool { tables[table].isPure }

    /// Whether queries of a table may be asked in vain: they keep nothing and are quick, and nothing waits so long that they
    /// would take the place of lookups.
    package func isFreelyAsked(_ table: Int) -> Bool {
        tables[table].isPure && !tables[table].isSlow && !isPaused && hasConnection
            && waiting < limits.waiting / 2
    }

    // MARK: Time

    /// Fails the lookups whose time is over, gives up on connections that take too long, connects if that is
    /// due, sends waiting queries, and ends each connection's batch. To be called once after each round of
    /// events, and when `nextDeadline` has come.
    ///
    /// - Parameter isBusy: whether so many events came that the next round follows at once: see `Gathering`.
    package mutating func dispatch(now: Instant, isBusy: Bool = false) {
        dispatchedAt = now
        removeFinished()
        while !byDeadline.isEmpty, lookups[byDeadline.first].deadline <= now {
            fail(byDeadline.first, .deadline)
        }
        endWaitingOut(now: now)
        maintainConnections(now: now)
        let waitsForMore = !isPaused && waitsForMore(isBusy: isBusy, now: now)
        if !isPaused && !waitsForMore {
            sendWaiting(now: now)
            hasLeftover = waiting > 0
        }
        if let idleSince, idleSince.advanced(byNanoseconds: limits.idleInterval!) <= now { isDormant = true }
        // The last lookup may have failed only now, for want of a statement.
        if !needsConnections { maintainConnections(now: now) }
        noteProgress(now: now)
        for host in hosts.indices where hosts[host].isSaidToHang {
            if hosts[host].takeReturn(now: now) { actions.append(.hostReturned(host)) }
        }
        isDispatchDue = waitsForMore
    }

    /// When `dispatch` must be called at the latest; nil: not before the next event.
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

    /// Since when no lookup has needed a connection; nil: one does, or idle connections stay open.
    private var idleSince: Instant? {
        limits.idleInterval != nil && !isDormant && lookups.count == 0 && hasConnection ? lastUse : nil
    }

    /// Whether connections are to be made and kept.
    var needsConnections: Bool {
        lookups.count > 0 || (!isShuttingDown && !isDormant)
    }

    /// Moves the actions into `buffer`, whose storage the pool fills next. Those taken before must be done.
    package mutating func takeActions(into buffer: inout [PoolAction]) {
        buffer.removeAll(keepingCapacity: true)
        swap(&buffer, &actions)
    }

    // MARK: Bookkeeping

    /// Fails a lookup that has no answer yet.
    mutating func fail(_ lookup: Int, _ reason: PoolFailure) {
        if let requester = lookups[lookup].requester { actions.append(.fail(requester, reason)) }
        remove(lookup)
    }

    /// Fails all lookups of a query, which is removed with the last of them unless it is in flight.
    mutating func failAll(of query: Int, _ reason: PoolFailure) {
        for _ in 0..<queries[query].lookupCount {
            fail(queries[query].lookups.first, reason)
        }
    }

    /// Removes a lookup, and its query too if no other lookup shares it and it is not in flight.
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

    /// Puts a query that was in flight back, to be sent again; drops it if no lookup is left.
    mutating func requeue(_ query: Int) {
        if queries[query].lookupCount == 0 { return finish(query) }
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
