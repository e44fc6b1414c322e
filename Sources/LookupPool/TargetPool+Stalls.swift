// Stalled connections, whose server takes too long to answer: noticed, and given up if lookups wait for them.

internal import DequeModule
internal import LookupValues
internal import PoolHealth

extension TargetPool {
    /// How many round trips a connection may take, beyond `stallInterval`, before it counts as stalled.
    private static let roundTripsToStall: Int64 = 4
    /// For how many times the time that it took to stall a stalled connection is waited for.
    private static let stallPatience: Int64 = 2

    /// Dates what has come from the connections, or was sent after a pause, since the last dispatch.
    mutating func noteProgress(now: Instant) {
        for slot in connections.indices {
            let measured = connections[slot].progress.note(
                now: now, fair: limits.stallInterval / 2, deepest: limits.pipelineDepth)
            guard let (sample, taken) = measured, let (table, isArray, keys) = sample.pure else { continue }
            tables[table].worth.note(isArray: isArray, keys: keys, taken: taken, now: now)
        }
    }

    // MARK: Silence

    /// When a connection that owes results has said nothing for too long.
    func silenceDeadline(of slot: Int) -> Instant? {
        guard connections[slot].isEstablished, !connections[slot].pipeline.isEmpty else { return nil }
        return connections[slot].progress.progressAt.advanced(byNanoseconds: limits.silenceTimeout)
    }

    func isSilent(_ slot: Int, now: Instant) -> Bool {
        guard !connections[slot].progress.hasProgressed, let deadline = silenceDeadline(of: slot) else {
            return false
        }
        return deadline <= now
    }

    /// Takes a silent connection for lost, so that its queries go elsewhere.
    mutating func giveUpSilent(_ slot: Int, now: Instant) {
        let connection = identifier(of: slot)
        noteEndOfPatience(with: slot, now: now)
        actions.append(.close(connection))
        disconnected(connection, now: now)
    }

    // MARK: Stalls

    /// How long the server may go without an answer before the connection counts as stalled, in nanoseconds.
    private func stallTime(of slot: Int) -> Int64 {
        limits.stallInterval + Self.roundTripsToStall * connections[slot].progress.roundTrip
    }

    /// When a connection becomes stalled, or may next be given up for that.
    func stallDeadline(of slot: Int, after now: Instant) -> Instant? {
        guard connections[slot].isEstablished, !connections[slot].pipeline.isEmpty else { return nil }
        let time = stallTime(of: slot)
        guard let stalledAt = connections[slot].progress.stalledAt else {
            return connections[slot].progress.progressAt.advanced(byNanoseconds: time)
        }
        if connections[slot].pipeline.isTrial { return stalledAt.advanced(byNanoseconds: time / 2) }
        let first = stalledAt.advanced(byNanoseconds: time)
        return first > now ? first : stalledAt.advanced(byNanoseconds: Self.stallPatience * time)
    }

    /// Whether a stalled connection has been waited for long enough: half as long is enough if its host
    /// answers on other connections, which shows that the statement is to blame, or if no other connection is
    /// of use or will be in a moment.
    private func isPatienceOver(with slot: Int, stalledAt: Instant, now: Instant) -> Bool {
        let time = stallTime(of: slot)
        if connections[slot].pipeline.isTrial { return stalledAt.advanced(byNanoseconds: time / 2) <= now }
        if stalledAt.advanced(byNanoseconds: Self.stallPatience * time) <= now { return true }
        if stalledAt.advanced(byNanoseconds: time) > now { return false }
        let mayOpen = openCount < limits.connections
        return silence(since: slot) == .none
            || !ownSlots.contains {
                connections[$0].isUnburdened || connections[$0].phase == .connecting
                    || (connections[$0].phase == .idle && mayOpen)
            }
    }

    /// Notes that the server has not answered for too long. The tables of the batch that it executes count as
    /// slow from now on: it can't be told which of them is to blame, but the others soon prove themselves.
    /// The host's idle connections are checked.
    ///
    /// - Returns: whether the connection is to be given up. It is noted as stalled before that, so that a
    ///   pause of this process does not count against the server.
    mutating func noteStall(of slot: Int, now: Instant) -> Bool {
        if let stalledAt = connections[slot].progress.stalledAt {
            return isPatienceOver(with: slot, stalledAt: stalledAt, now: now) && isInTheWay(slot, now: now)
        }
        guard !connections[slot].progress.hasProgressed, let deadline = stallDeadline(of: slot, after: now),
            deadline <= now
        else { return false }
        connections[slot].progress.noteStall(now: now)
        noteSlowness(ofBatchOn: slot, now: now)
        askOthers(than: slot, now: now)
        return false
    }

    private mutating func noteSlowness(ofBatchOn slot: Int, now: Instant) {
        let batch = connections[slot].pipeline.inFlight.prefix { $0 != .sync }
        let isAlone = batch.count == 1 && batch[0].load == 1
        for statement in batch {
            guard let table = table(of: statement) else { continue }
            tables[table].slowness.noteSlowness(isAlone: isAlone, now: now)
            if case .array(_, let queries) = statement, batch.count == 1 {
                let taken = now.nanoseconds - connections[slot].progress.progressAt.nanoseconds
                tables[table].worth.noteStall(keys: queries.count, taken: taken, now: now)
            }
        }
    }

    /// Checks the idle connections to the host of a stalled one: if the host or the network is to blame, they
    /// are of no use either.
    private mutating func askOthers(than slot: Int, now: Instant) {
        for other in connections.indices
        where other != slot && connections[other].phase == .ready && connections[other].pipeline.isEmpty
            && connections[other].host == connections[slot].host
        {
            check(other, now: now)
        }
    }

    /// Whether a stalled connection keeps lookups from an answer that they would have elsewhere: those behind
    /// the statement that the server executes; that statement's own, if the host hangs; or those that wait
    /// for any connection at all.
    private func isInTheWay(_ slot: Int, now: Instant) -> Bool {
        let statements = connections[slot].pipeline.inFlight.reduce(0) {
            $1 == .check || $1 == .look ? $0 : $0 + $1.load
        }
        if statements > 1 { return true }
        let silence = silence(since: slot)
        // A slow table's query, alone, is expected to take long.
        if silence == .certain || (silence == .alone && !connections[slot].pipeline.holdsSlow) {
            if hasRefuge(from: connections[slot].host, now: now) { return true }
        }
        if connections[slot].pipeline.holdsSlow && !connections[slot].pipeline.isTrial { return false }
        let mayOpen = openCount < limits.connections
        return ownSlots.allSatisfy { other in
            switch connections[other].phase {
            case .idle: !mayOpen || !hosts.contains { $0.mayConnect(now: now, isUrgent: !hasConnection) }
            case .connecting: patienceDeadline(of: other) <= now
            case .ready, .retiring:
                connections[other].pipeline.holdsSlow || connections[other].progress.stalledAt != nil
            }
        }
            && waitingTables.contains {
                tables[$0].isWaiting && (!tables[$0].isSlow || mayBeTried($0, now: now))
            }
    }

    private enum HostSilence {
        /// Another connection to the host has had an answer.
        case none
        /// There is no other connection to it.
        case alone
        /// Others have been asked as well, and none has had an answer.
        case certain
    }

    /// What the other connections to a stalled connection's host have shown since it stalled.
    private func silence(since slot: Int) -> HostSilence {
        let since =
            connections[slot].progress.stalledAt
            ?? connections[slot].progress.progressAt.advanced(byNanoseconds: 1)
        var silence = HostSilence.alone
        for other in connections.indices
        where other != slot && connections[other].isEstablished
            && connections[other].host == connections[slot].host
        {
            if connections[other].progress.hasAnswered || connections[other].progress.answeredAt >= since {
                return .none
            }
            silence = .certain
        }
        return silence
    }

    /// Gives up a stalled connection, so that its queries go elsewhere.
    mutating func abandon(_ slot: Int, now: Instant) {
        noteEndOfPatience(with: slot, now: now)
        actions.append(.close(identifier(of: slot)))
        connections[slot].progress.noteGivenUp()
        for statement in end(slot, isLoss: false, now: now) {
            for query in statement.queries { requeue(query.index) }
        }
        failIfUnreachable()
    }

    /// Reports that a connection is given up, and that its host hangs, if no other connection to it has had
    /// an answer and there are other hosts.
    private mutating func noteEndOfPatience(with slot: Int, now: Instant) {
        let host = connections[slot].host
        actions.append(.gaveUp(host: host))
        let silence = silence(since: slot)
        guard hosts.count > 1, silence != .none else { return }
        let isCertain = silence == .certain
        let isNew = hosts[host].noteHang(isCertain: isCertain, now: now, longest: limits.retryInterval)
        guard isNew && isCertain else { return }
        hosts[host].noteSaidToHang()
        actions.append(.hostHangs(host))
    }

    // MARK: Checks

    func checkDeadline(of slot: Int) -> Instant? {
        guard let interval = limits.checkInterval, connections[slot].phase == .ready else { return nil }
        return connections[slot].checkedAt.advanced(byNanoseconds: interval)
    }

    func isCheckDue(_ slot: Int, now: Instant) -> Bool {
        guard let due = checkDeadline(of: slot), due <= now else { return false }
        return connections[slot].takesBatch && connections[slot].pipeline.load < limits.pipelineDepth
    }

    /// Asks whether a connection is fit for use, in a batch of its own.
    mutating func check(_ slot: Int, now: Instant) {
        connections[slot].checkedAt = now
        connections[slot].push(.check, isApart: true)
        actions.append(.check(identifier(of: slot)))
        endBatch(on: slot)
    }
}
