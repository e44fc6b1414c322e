// Connections whose server is at one thing for too long: noticed, asked about, and given up where others wait for them.

internal import DequeModule
internal import LookupValues

extension TargetPool {
    /// Dates what has come from the connections, or was sent after a pause, since the last dispatch.
    mutating func noteProgress(now: Instant) {
        for slot in connections.indices {
            connections[slot].noteProgress(
                now: now, fair: limits.stallInterval / 2, deepest: limits.pipelineDepth)
        }
    }

    // MARK: Silence

    /// When a connection that owes results has said nothing for too long.
    func silenceDeadline(of slot: Int) -> Instant? {
        guard connections[slot].isEstablished, !connections[slot].inFlight.isEmpty else { return nil }
        return connections[slot].progressAt.advanced(byNanoseconds: limits.silenceTimeout)
    }

    func isSilent(_ slot: Int, now: Instant) -> Bool {
        guard !connections[slot].hasProgressed, let deadline = silenceDeadline(of: slot) else { return false }
        return deadline <= now
    }

    /// Takes a connection that has fallen silent for lost. Nobody waits any more for what it was asked first; what it was
    /// asked since goes elsewhere.
    mutating func giveUpSilent(_ slot: Int, now: Instant) {
        let connection = identifier(of: slot)
        noteEndOfPatience(with: slot, now: now)
        actions.append(.close(connection))
        disconnected(connection, now: now)
    }

    // MARK: Stalls

    /// How long the server may be at one thing before the connection counts as stalled.
    private func stallTime(of slot: Int) -> Int64 {
        limits.stallInterval + PoolLimits.roundTripsToStall * (connections[slot].roundTrip ?? 0)
    }

    /// When a connection becomes stalled, or may be given up for that. A slow table's query, alone, is expected to take
    /// long.
    func stallDeadline(of slot: Int) -> Instant? {
        let connection = connections[slot]
        guard connection.isEstablished, !connection.inFlight.isEmpty else { return nil }
        guard let stalledAt = connection.stalledAt else {
            return connection.progressAt.advanced(byNanoseconds: stallTime(of: slot))
        }
        if connection.holdsSlow && connection.load == 1 { return nil }
        return stalledAt.advanced(byNanoseconds: PoolLimits.stallPatience * stallTime(of: slot))
    }

    /// Notes that the server is at one thing for too long. The tables of that batch count as slow from now on: which of them
    /// is to blame can't be told, but they soon prove themselves. The host's idle connections are asked for a sign of
    /// life.
    ///
    /// - Returns: whether the connection is to be given up. It is seen to be stalled first, so that no pause of this
    ///   process counts against the server.
    mutating func noteStall(of slot: Int, now: Instant) -> Bool {
        guard !connections[slot].hasProgressed, let deadline = stallDeadline(of: slot), deadline <= now else {
            return false
        }
        if connections[slot].stalledAt != nil { return isInTheWay(slot, now: now) }
        connections[slot].stalledAt = now
        noteSlowness(ofBatchOn: slot, now: now)
        if !connections[slot].holdsSlow || connections[slot].load > 1 { askOthers(than: slot, now: now) }
        return false
    }

    private mutating func noteSlowness(ofBatchOn slot: Int, now: Instant) {
        for statement in connections[slot].inFlight {
            switch statement {
            case .query(let query): tables[queries[query.index].table].noteSlowness(now: now)
            case .preparation(let table), .batchPreparation(let table):
                tables[table].noteSlowness(now: now)
            case .batch, .survey, .check: continue
            case .sync: return
            }
        }
    }

    /// Checks the idle connections to the host of a stalled one, where it matters whether that is the host's fault.
    private mutating func askOthers(than slot: Int, now: Instant) {
        guard hosts.count > 1 else { return }
        for other in connections.indices
        where other != slot && connections[other].phase == .ready && connections[other].inFlight.isEmpty
            && connections[other].host == connections[slot].host
        {
            check(other, now: now)
        }
    }

    /// Whether a connection that has stalled for long keeps lookups from an answer that they would have elsewhere: those
    /// behind what it is at, those that it is at where its host hangs, or those that wait for any connection at all.
    private func isInTheWay(_ slot: Int, now: Instant) -> Bool {
        if connections[slot].load > 1 { return true }
        if isHostSilent(since: slot) && hasRefuge(from: connections[slot].host, now: now) { return true }
        return connections.allSatisfy { $0.isEstablished && ($0.holdsSlow || $0.stalledAt != nil) }
            && waitingTables.contains { tables[$0].isWaiting && !tables[$0].isSlow }
    }

    /// Whether no other connection to a stalled one's host has had an answer since.
    private func isHostSilent(since slot: Int) -> Bool {
        let since = connections[slot].stalledAt ?? connections[slot].progressAt.advanced(byNanoseconds: 1)
        return !connections.indices.contains { other in
            other != slot && connections[other].isEstablished
                && connections[other].host == connections[slot].host
                && (connections[other].hasAnswered || connections[other].answeredAt >= since)
        }
    }

    /// Gives up a connection whose server is at one thing for too long, so that what waits behind that goes elsewhere.
    mutating func abandon(_ slot: Int, now: Instant) {
        noteEndOfPatience(with: slot, now: now)
        actions.append(.close(identifier(of: slot)))
        let host = connections[slot].host
        noteEnd(ofConnectionTo: host, now: now)
        hosts[host].noteEnd()
        connections[slot].depth = max(1, connections[slot].depth / 4)
        let inFlight = connections[slot].inFlight
        connections[slot].reset()
        for case .query(let query) in inFlight { requeue(query.index) }
        failIfUnreachable()
    }

    /// Says that a connection is given up, and notes it against the host if nothing speaks for that and there are others.
    private mutating func noteEndOfPatience(with slot: Int, now: Instant) {
        let host = connections[slot].host
        actions.append(.gaveUp(host: host))
        if hosts.count > 1 && isHostSilent(since: slot)
            && hosts[host].noteHang(now: now, longest: limits.retryInterval)
        {
            actions.append(.hostHangs(host))
        }
    }

    // MARK: Checks

    func checkDeadline(of slot: Int) -> Instant? {
        guard let interval = limits.checkInterval, connections[slot].phase == .ready else { return nil }
        return connections[slot].checkedAt.advanced(byNanoseconds: interval)
    }

    func isCheckDue(_ slot: Int, now: Instant) -> Bool {
        guard let due = checkDeadline(of: slot), due <= now else { return false }
        return connections[slot].takesMore && connections[slot].load < limits.pipelineDepth
    }

    /// Asks whether a connection is fit for use, in a batch of its own.
    mutating func check(_ slot: Int, now: Instant) {
        connections[slot].checkedAt = now
        connections[slot].push(.check)
        actions.append(.check(identifier(of: slot)))
        endBatch(on: slot)
    }
}
