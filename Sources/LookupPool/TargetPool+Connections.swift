// Which host each connection belongs to, and what becomes of those that are lost.

internal import DequeModule
package import LookupValues

extension TargetPool {
    /// Whether every host is down and no connection is left, so that a lookup has nothing to wait for.
    package var isUnreachable: Bool {
        hosts.allSatisfy { $0.isDown && $0.established == 0 }
    }

    /// Whether a query could be sent now or soon: some connection is established.
    package var hasConnection: Bool {
        hosts.contains { $0.established > 0 }
    }

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
        hosts[host].established -= 1
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
            if queries[query.index].lostConnections < PoolLimits.attempts {
                requeue(query.index)
            } else {
                failAll(of: query.index, .connectionsLost)
                queries.remove(query.index)
            }
        }
        failIfUnreachable()
    }

    /// Gives up a connection whose server is at one thing for too long, so that what waits behind that goes elsewhere.
    private mutating func abandon(_ slot: Int, now: Instant) {
        actions.append(.close(identifier(of: slot)))
        hosts[connections[slot].host].established -= 1
        let host = connections[slot].host
        if connections[slot].isProven {
            hosts[host].avoidedUntil = now.advanced(byNanoseconds: PoolLimits.avoidance)
        } else {
            noteFailure(of: host, begunAt: connections[slot].begunAt, now: now)
        }
        connections[slot].depth = max(1, connections[slot].depth / 4)
        let inFlight = connections[slot].inFlight
        connections[slot].reset()
        for case .query(let query) in inFlight { requeue(query.index) }
        failIfUnreachable()
    }

    /// Whether this connection is still the one meant, not a later one in its slot.
    package func isCurrent(_ connection: ConnectionID) -> Bool {
        connections[connection.slot].generation == connection.generation
    }

    // MARK: Maintenance

    /// Gives up on attempts that take too long and on connections that have fallen silent, moves connections to better
    /// hosts, closes what has retired, prepares what is not prepared, and connects what is idle.
    mutating func maintainConnections(now: Instant) {
        if needsConnections, let slot = connectionToMove(now: now) { connections[slot].phase = .retiring }
        for slot in connections.indices {
            switch connections[slot].phase {
            case .connecting where !needsConnections:
                hosts[connections[slot].host].connecting -= 1
                actions.append(.close(identifier(of: slot)))
                connections[slot].reset()
            case .connecting where connectDeadline(of: slot) <= now:
                let connection = identifier(of: slot)
                actions.append(.close(connection))
                connectFailed(connection, now: now)
            case .ready where !needsConnections, .retiring where !needsConnections:
                close(slot)
            case .ready where isSilent(slot, now: now), .retiring where isSilent(slot, now: now):
                // Nobody waits any more for what it was asked first; what it was asked since goes elsewhere.
                let connection = identifier(of: slot)
                actions.append(.close(connection))
                disconnected(connection, now: now)
            case .ready where noteStall(of: slot, now: now), .retiring where noteStall(of: slot, now: now):
                abandon(slot, now: now)
            case .ready:
                prepareUnprepared(on: slot)
                if isCheckDue(slot, now: now) { check(slot, now: now) }
            case .retiring:
                if connections[slot].inFlight.isEmpty { close(slot) }
            case .idle, .connecting:
                continue
            }
        }
        guard needsConnections else { return }
        for slot in connections.indices where connections[slot].phase == .idle { connect(slot, now: now) }
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
        for host in hosts {
            if host.isFailing { consider(host.retryAt) }
            consider(host.avoidedUntil)
        }
        return next
    }

    private func connectDeadline(of slot: Int) -> Instant {
        connections[slot].begunAt.advanced(byNanoseconds: limits.connectTimeout + PoolLimits.connectGrace)
    }

    /// When a connection that owes results has said nothing for too long.
    private func silenceDeadline(of slot: Int) -> Instant? {
        guard connections[slot].isEstablished, !connections[slot].inFlight.isEmpty else { return nil }
        return connections[slot].progressAt.advanced(byNanoseconds: limits.silenceTimeout)
    }

    private func isSilent(_ slot: Int, now: Instant) -> Bool {
        guard !connections[slot].hasProgressed, let deadline = silenceDeadline(of: slot) else { return false }
        return deadline <= now
    }

    /// Dates what has come from the connections, or was sent after a pause, since the last dispatch.
    mutating func noteProgress(now: Instant) {
        for slot in connections.indices {
            connections[slot].noteProgress(
                now: now, fair: limits.stallInterval / 2, deepest: limits.pipelineDepth)
        }
    }

    // MARK: Stalls

    /// How long the server may be at one thing before the connection counts as stalled.
    private func stallTime(of slot: Int) -> Int64 {
        limits.stallInterval + PoolLimits.roundTripsToStall * (connections[slot].roundTrip ?? 0)
    }

    /// When a connection becomes stalled, or is given up since it holds up others.
    private func stallDeadline(of slot: Int) -> Instant? {
        let connection = connections[slot]
        guard connection.isEstablished, !connection.inFlight.isEmpty else { return nil }
        guard let stalledAt = connection.stalledAt else {
            return connection.progressAt.advanced(byNanoseconds: stallTime(of: slot))
        }
        guard connection.load > 1 else { return nil }
        return stalledAt.advanced(byNanoseconds: PoolLimits.stallPatience * stallTime(of: slot))
    }

    /// Notes that the server is at one batch for too long: the tables in it count as slow from now on. Which of them is to
    /// blame can't be told, but they soon prove themselves.
    ///
    /// - Returns: whether the connection is to be given up, since what it is at holds up other statements. It is seen to
    ///   be stalled first, so that no pause of this process counts against the server.
    private mutating func noteStall(of slot: Int, now: Instant) -> Bool {
        guard !connections[slot].hasProgressed, let deadline = stallDeadline(of: slot), deadline <= now else {
            return false
        }
        if connections[slot].stalledAt != nil { return true }
        connections[slot].stalledAt = now
        for statement in connections[slot].inFlight {
            switch statement {
            case .query(let query): tables[queries[query.index].table].noteSlowness()
            case .preparation(let table): tables[table].noteSlowness()
            case .check: continue
            case .sync: return false
            }
        }
        return false
    }

    // MARK: Checks

    private func checkDeadline(of slot: Int) -> Instant? {
        guard let interval = limits.checkInterval, connections[slot].phase == .ready else { return nil }
        return connections[slot].checkedAt.advanced(byNanoseconds: interval)
    }

    private func isCheckDue(_ slot: Int, now: Instant) -> Bool {
        guard let due = checkDeadline(of: slot), due <= now else { return false }
        return connections[slot].takesMore && connections[slot].load < limits.pipelineDepth
    }

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

    /// Of the hosts that may be connected to: those that have not just stalled, of them the most preferred, then the one
    /// with the fewest connections, then any.
    private mutating func bestHost(now: Instant) -> Int? {
        var candidates: [Int] = []
        for host in hosts.indices where hosts[host].mayConnect(now: now) {
            if let best = candidates.first, isBetter(best, than: host, now: now) { continue }
            if let best = candidates.first, isBetter(host, than: best, now: now) { candidates = [] }
            candidates.append(host)
        }
        return candidates.randomElement(using: &random)
    }

    private func isBetter(_ host: Int, than other: Int, now: Instant) -> Bool {
        func rank(_ host: HostState) -> (Int, Int, Int) {
            (host.avoidedUntil > now ? 1 : 0, host.preference, host.connections)
        }
        return rank(hosts[host]) < rank(hosts[other])
    }

    /// A connection that should move: from a worse host to a better one that can be connected to (again), or from the
    /// fullest of equal hosts to one with at least two fewer. One at a time, and never the only one.
    private func connectionToMove(now: Instant) -> Int? {
        guard hosts.count > 1, connections.count > 1, connections.allSatisfy({ $0.phase == .ready }) else {
            return nil
        }
        let open = hosts.filter { $0.mayConnect(now: now) && $0.avoidedUntil <= now }
        guard let preference = open.map(\.preference).min() else { return nil }
        let fewest = open.filter { $0.preference == preference }.map(\.connections).min()!
        return connections.indices.first { slot in
            let host = hosts[connections[slot].host]
            return host.preference > preference
                || (host.preference == preference && host.connections >= fewest + 2)
        }
    }

    // MARK: Hosts

    private mutating func noteFailure(of host: Int, begunAt start: Instant, now: Instant) {
        let wasDown = hosts[host].isDown
        let jitter = Double.random(in: 0...1, using: &random)
        hosts[host].noteFailure(begunAt: start, now: now, longest: limits.retryInterval, jitter: jitter)
        if !wasDown && hosts[host].isDown { actions.append(.hostFailed(host)) }
    }

    mutating func noteSuccess(of host: Int) {
        if hosts[host].isDown { actions.append(.hostRecovered(host)) }
        hosts[host].noteSuccess()
    }

    private mutating func failIfUnreachable() {
        guard isUnreachable else { return }
        for table in waitingTables { failWaiting(of: table, .unreachable) }
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
