// The life of each connection: made, kept, moved, closed, and what becomes of what was in flight when it is lost.

internal import DequeModule
package import LookupValues
internal import PoolHealth

extension TargetPool {
    /// How often a lookup is sent in all if its connection is lost each time, at the same host. Without a
    /// limit, a query that crashes its server process would do so again and again.
    private static let attempts = 5

    /// - Parameters:
    ///   - pure: the tables whose queries are known to keep nothing, as asked on this connection; nil: all.
    ///   - takesArrays: the tables whose array statement has a plan that is as good for each key as the one for a single
    ///     key; nil: all.
    ///   - refusing: the tables whose queries must not be sent on this connection.
    ///   - isSerial: whether a batch may be sent only when the one before has ended.
    ///   - isStandby: whether the server follows another one.
    ///   - roundTrip: how long the server has taken to answer a trivial query, in nanoseconds.
    ///   - dependencies: a number for what the connection depends on, and when that was found out.
    ///     Connections to a host that depend on the same have the same number; a look at one of them says
    ///     whether anything has changed for all. Nil: there are no looks.
    ///   - isCurrent: whether nothing that the connection depends on has changed since it was begun;
    ///     otherwise, it is renewed at once.
    ///   - isSettled: false if more may be found out later although nothing changes: the connection is then
    ///     renewed before long.
    package mutating func connected(
        _ connection: ConnectionID, pure: Set<Int>? = nil, takesArrays: Set<Int>? = nil,
        refusing: Set<Int> = [], isSerial: Bool = false, isStandby: Bool = false,
        roundTrip: Int64 = 0,
        dependencies: (number: Int, foundAt: Instant)? = nil, isSettled: Bool = true,
        isCurrent: Bool = true, now: Instant
    ) {
        let slot = slot(of: connection)
        precondition(connections[slot].phase == .connecting)
        connections[slot].phase = .ready
        if isOwn(slot) {
            hosts[connections[slot].host].connecting -= 1
            hosts[connections[slot].host].established += 1
        }
        connections[slot].isSerial = isSerial
        hosts[connections[slot].host].isStandby = isStandby
        for table in tables.indices {
            connections[slot].statements[table].begin(
                isPure: pure?.contains(table) ?? true,
                takesArrays: !limits.choosesArrays || takesArrays?.contains(table) ?? true,
                isRefused: refusing.contains(table))
        }
        notePurity()
        if !isCurrent { noteOutdated(slot, now: now) }
        // No lookup has been sent in it.
        connections[slot].session = Session()
        connections[slot].validity.begin(dependencies: dependencies, now: now)
        connections[slot].lastUse = now
        connections[slot].connectedAt = now
        connections[slot].checkedAt = now
        connections[slot].progress.begin(roundTrip: roundTrip, now: now)
        hosts[connections[slot].host].noteAnswer()
        connections[slot].needsPreparation = true
        isDispatchDue = true
        setExpiry(of: slot, isSettled: isSettled, now: now)
        // A connection beyond the pool's own is only for tables' single queries.
        if !isOwn(slot) { return }
        noteRenewal(by: slot, now: now)
        prepareUnprepared(on: slot)
    }

    /// An attempt to connect has failed. The host does not count as down while other connections to it exist
    /// or are being made: it is full then, and this connection tries again later.
    ///
    /// - Parameter isFull: whether the server has said that there is no room for one more.
    package mutating func connectFailed(_ connection: ConnectionID, isFull: Bool = false, now: Instant) {
        let slot = slot(of: connection)
        precondition(connections[slot].phase == .connecting)
        let host = connections[slot].host
        let begunAt = connections[slot].begunAt
        abandonAttempt(slot)
        noteFailure(of: host, begunAt: begunAt, isFull: isFull, now: now)
        if isOwn(slot) { noteFailedRenewal(at: host, isFull: isFull, now: now) }
        failIfUnreachable()
    }

    /// Ends the bookkeeping of an attempt to connect.
    mutating func abandonAttempt(_ slot: Int) {
        if isOwn(slot) { hosts[connections[slot].host].connecting -= 1 }
        connections[slot].reset()
        isDispatchDue = true
    }

    /// An established connection has ended. What was in flight on it is sent again.
    package mutating func disconnected(_ connection: ConnectionID, now: Instant) {
        let slot = slot(of: connection)
        let host = connections[slot].host
        precondition(connections[slot].isEstablished)
        let inFlight = end(slot, isLoss: true, now: now)
        // The batch that the server was executing may be the cause; what comes behind it can't be.
        var mayBeCause = true
        for statement in inFlight {
            if statement == .sync { mayBeCause = false }
            for query in statement.queries { noteLoss(of: query.index, host: host, mayBeCause: mayBeCause) }
        }
        failIfUnreachable()
    }

    /// A query's connection was lost. The query is sent again, unless that has happened too often, or at a
    /// second host.
    private mutating func noteLoss(of query: Int, host: Int, mayBeCause: Bool) {
        var isHopeless = false
        if mayBeCause {
            queries[query].lostConnections += 1
            isHopeless = queries[query].lostHost.map { $0 != host } ?? false
            queries[query].lostHost = host
        }
        if queries[query].lostConnections < Self.attempts && !isHopeless {
            requeue(query)
        } else {
            failAll(of: query, .connectionsLost)
            removeQuery(query)
        }
    }

    /// Ends the bookkeeping of an established connection that has ended or is given up.
    ///
    /// - Parameter isLoss: whether the server or the network has ended it, which may count against the host.
    /// - Returns: what was in flight.
    mutating func end(_ slot: Int, isLoss: Bool, now: Instant) -> Deque<InFlight> {
        let connection = connections[slot]
        let host = connection.host
        let inFlight = connection.pipeline.unanswered
        connections[slot].reset()
        isDispatchDue = true
        if isOwn(slot) { hosts[host].established -= 1 }
        if connection.isProven {
            hosts[host].noteEnd()
            let life = now.nanoseconds - connection.connectedAt.nanoseconds
            if isLoss { hosts[host].noteLife(life, now: now, allowed: limits.connections) }
            // If it was the last connection to any host, the others are tried at once, even failed ones.
            if !hasConnection {
                if isLoss { beginGrace(now: now) }
                for other in hosts.indices where other != host { hosts[other].noteNeed(now: now) }
            }
        } else if isLoss {
            noteFailure(of: host, begunAt: connection.begunAt, now: now)
        }
        return inFlight
    }

    /// Whether this connection still exists: there may be a later one in its slot.
    package func isCurrent(_ connection: ConnectionID) -> Bool {
        connections[connection.slot].generation == connection.generation
    }

    // MARK: Opening and closing

    mutating func connect(_ slot: Int, now: Instant) {
        guard let host = bestHost(now: now) else { return }
        hosts[host].connecting += 1
        connect(slot, to: host, now: now)
    }

    mutating func connect(_ slot: Int, to host: Int, now: Instant) {
        connections[slot].phase = .connecting
        connections[slot].host = host
        connections[slot].begunAt = now
        if !hasConnection { lastUse = now }
        actions.append(.connect(identifier(of: slot), host: host))
    }

    /// Closes a connection. No lookup waits for what is in flight on it.
    mutating func close(_ slot: Int, now: Instant) {
        actions.append(.close(identifier(of: slot)))
        for statement in end(slot, isLoss: false, now: now) {
            for query in statement.queries { removeQuery(query.index) }
        }
    }

    // MARK: Slots

    /// The slots of the pool's own connections: one more than `connections`, for a replacement.
    var ownSlots: Range<Int> { 0..<limits.connections + 1 }

    func isOwn(_ slot: Int) -> Bool { slot <= limits.connections }

    /// How many connections of its own the pool has or is making.
    var openCount: Int { ownSlots.count { connections[$0].phase != .idle } }

    // MARK: Names

    func identifier(of slot: Int) -> ConnectionID {
        ConnectionID(slot: slot, generation: connections[slot].generation)
    }

    /// The slot of a connection that an event is about. The shell reports none for a closed connection.
    func slot(of connection: ConnectionID) -> Int {
        precondition(isCurrent(connection), "an event came for a connection that is gone")
        return connection.slot
    }
}
