// The life of each connection: made, kept, moved, closed, and what becomes of what was in flight when it is lost.

internal import DequeModule
package import LookupValues

extension TargetPool {
    /// - Parameters:
    ///   - refusing: the tables whose queries this connection must not be asked.
    ///   - isSerial: whether a batch may be sent only when the one before has come to its end.
    package mutating func connected(
        _ connection: ConnectionID, refusing: Set<Int> = [], isSerial: Bool = false, now: Instant
    ) {
        let slot = slot(of: connection)
        precondition(connections[slot].phase == .connecting)
        connections[slot].phase = .ready
        hosts[connections[slot].host].connecting -= 1
        hosts[connections[slot].host].established += 1
        connections[slot].isSerial = isSerial
        connections[slot].checkedAt = now
        connections[slot].answeredAt = now
        // It took some of them to connect.
        connections[slot].roundTrip = now.nanoseconds - connections[slot].begunAt.nanoseconds
        connections[slot].needsPreparation = true
        for table in refusing {
            connections[slot].statements[table] = .failed(retryAt: Instant(nanoseconds: .max))
        }
        isDispatchDue = true
        prepareUnprepared(on: slot)
    }

    /// An attempt to connect has failed. This does not bring the host down while others are connected to it, or may yet
    /// be: then it is full, and this connection tries again later.
    package mutating func connectFailed(_ connection: ConnectionID, now: Instant) {
        let slot = slot(of: connection)
        precondition(connections[slot].phase == .connecting)
        let host = connections[slot].host
        hosts[host].connecting -= 1
        noteFailure(of: host, begunAt: connections[slot].begunAt, now: now)
        connections[slot].reset()
        isDispatchDue = true
        failIfUnreachable()
    }

    /// An established connection has ended. What was in flight on it is sent again.
    package mutating func disconnected(_ connection: ConnectionID, now: Instant) {
        let slot = slot(of: connection)
        precondition(connections[slot].isEstablished)
        let host = connections[slot].host
        noteEnd(ofConnectionTo: host, now: now)
        if connections[slot].isProven {
            hosts[host].noteEnd()
        } else {
            noteFailure(of: host, begunAt: connections[slot].begunAt, now: now)
        }
        let inFlight = connections[slot].inFlight
        connections[slot].reset()
        isDispatchDue = true
        for case .query(let query) in inFlight {
            queries[query.index].lostConnections += 1
            queries[query.index].lostHost = host
            if queries[query.index].lostConnections < PoolLimits.attempts {
                requeue(query.index)
            } else {
                failAll(of: query.index, .connectionsLost)
                queries.remove(query.index)
            }
        }
        failIfUnreachable()
    }

    /// Whether this connection is still the one meant, not a later one in its slot.
    package func isCurrent(_ connection: ConnectionID) -> Bool {
        connections[connection.slot].generation == connection.generation
    }

    // MARK: Maintenance

    /// Gives up on attempts that take too long and on connections that are silent or stalled, moves connections to better
    /// hosts, closes what has retired, prepares what is not prepared, and connects what is idle.
    mutating func maintainConnections(now: Instant) {
        for slot in connections.indices { giveUpOverdue(slot, now: now) }
        markSuspects(now: now)
        if needsConnections, let slot = connectionToMove(now: now) { connections[slot].phase = .retiring }
        for slot in connections.indices {
            switch connections[slot].phase {
            case .connecting where !needsConnections:
                hosts[connections[slot].host].connecting -= 1
                actions.append(.close(identifier(of: slot)))
                connections[slot].reset()
            case .ready where !needsConnections, .retiring where !needsConnections:
                close(slot)
            case .ready where connections[slot].isSuspect, .retiring:
                if connections[slot].inFlight.isEmpty { close(slot) }
            case .ready:
                prepareUnprepared(on: slot)
                if isCheckDue(slot, now: now) { check(slot, now: now) }
            case .idle, .connecting:
                continue
            }
        }
        guard needsConnections else { return }
        for slot in connections.indices where connections[slot].phase == .idle { connect(slot, now: now) }
    }

    /// Gives up an attempt that takes too long, or a connection that is silent or stalled.
    private mutating func giveUpOverdue(_ slot: Int, now: Instant) {
        guard needsConnections else { return }
        switch connections[slot].phase {
        case .connecting where connectDeadline(of: slot) <= now:
            let connection = identifier(of: slot)
            actions.append(.close(connection))
            connectFailed(connection, now: now)
        case .ready where isSilent(slot, now: now), .retiring where isSilent(slot, now: now):
            giveUpSilent(slot, now: now)
        case .ready where noteStall(of: slot, now: now), .retiring where noteStall(of: slot, now: now):
            abandon(slot, now: now)
        case .idle, .connecting, .ready, .retiring:
            return
        }
    }

    /// When an attempt to connect has taken too long, or a host may be tried again that could not be before.
    func nextConnectionDeadline(after now: Instant) -> Instant? {
        guard needsConnections else { return nil }
        var next: Instant?
        func consider(_ instant: Instant) {
            guard instant > now else { return }
            next = next.map { min($0, instant) } ?? instant
        }
        for slot in connections.indices where connections[slot].phase == .connecting {
            consider(connectDeadline(of: slot))
        }
        for slot in connections.indices {
            silenceDeadline(of: slot).map(consider)
            stallDeadline(of: slot).map(consider)
            checkDeadline(of: slot).map(consider)
        }
        let isUrgent = !hasConnection
        for host in hosts {
            if host.isFailing { consider(host.retryTime(isUrgent: isUrgent)) }
            consider(host.avoidedUntil)
        }
        return next
    }

    private func connectDeadline(of slot: Int) -> Instant {
        connections[slot].begunAt.advanced(byNanoseconds: limits.connectTimeout + PoolLimits.connectGrace)
    }

    // MARK: Opening and closing

    private mutating func connect(_ slot: Int, now: Instant) {
        guard let host = bestHost(now: now) else { return }
        hosts[host].connecting += 1
        connections[slot].phase = .connecting
        connections[slot].host = host
        connections[slot].begunAt = now
        if !hasConnection { lastUse = now }
        actions.append(.connect(identifier(of: slot), host: host))
    }

    /// Closes a connection. What is in flight on it is wanted by nobody.
    private mutating func close(_ slot: Int) {
        for case .query(let query) in connections[slot].inFlight { queries.remove(query.index) }
        hosts[connections[slot].host].established -= 1
        hosts[connections[slot].host].noteEnd()
        actions.append(.close(identifier(of: slot)))
        connections[slot].reset()
    }

    // MARK: Names

    func identifier(of slot: Int) -> ConnectionID {
        ConnectionID(slot: slot, generation: connections[slot].generation)
    }

    /// The slot of a connection that an event is about. The shell tells no events of one that was closed.
    func slot(of connection: ConnectionID) -> Int {
        precondition(isCurrent(connection), "an event came for a connection that is gone")
        return connection.slot
    }
}
