// What becomes of a query that errs at one host: it is asked at the others, in random order, before its lookups fail.

internal import LookupValues
internal import PoolHealth

extension TargetPool {
    /// How many queries at most wait for a host other than those where they have erred.
    private static let errands = 1_000
    /// How long a connection beyond `connections` stays without anything to do, in nanoseconds.
    private static let errandIdleTime: Int64 = 10_000_000_000

    // MARK: Queries that have erred

    /// A query has erred at a host. It is asked at another one where it has not, unless the error is the
    /// key's own, or the others are known to report the same error.
    mutating func noteError(ofQuery query: Int, at host: Int, _ failure: StatementFailure, now: Instant) {
        let table = queries[query].table
        if hosts.count == 1 || failure.isOfKey { return refuse(query) }
        let isFamiliar = errors.note(table: table, at: host, failure.state, now: now)
        queries[query].noteError(at: host, failure.state)
        guard queries[query].lookupCount > 0, errands.count < Self.errands,
            let next = hostElsewhere(for: query, now: now), isFamiliar || errandBudget.take(now: now)
        else { return refuse(query) }
        queries[query].nextHost = next
        awaitErrand(query)
    }

    /// Has a query wait for `nextHost`.
    mutating func awaitErrand(_ query: Int) {
        queries[query].phase = .waitingElsewhere
        waiting += queries[query].lookupCount
        errands.append(query)
    }

    /// Fails the lookups of a query that is in flight or was.
    private mutating func refuse(_ query: Int) {
        failAll(of: query, .queryFailed(table: queries[query].table))
        finish(query)
    }

    /// One of the hosts that can be asked, where the query has not erred, nor its table with the same error.
    /// A host that takes long to connect to is waited for only if there is no other.
    private mutating func hostElsewhere(for query: Int, now: Instant) -> Int? {
        let (table, erred, state) = (queries[query].table, queries[query].erred, queries[query].errorState)
        let candidates = hosts.indices.filter { host in
            !erred.contains(host) && !errors.errs(table: table, at: host, with: state, now: now)
        }
        let near = candidates.filter { isWithinReach($0, for: table, now: now) }
        if let host = near.randomElement(using: &random) { return host }
        let awaited = candidates.filter { host in
            connections.contains { $0.phase == .connecting && $0.host == host }
        }
        return awaited.randomElement(using: &random)
    }

    /// Sends the queries that wait for a host where they have not erred; fails those with no such host left.
    mutating func sendErrands(now: Instant) {
        for query in errands {
            let table = queries[query].table
            if !isWithinReach(queries[query].nextHost, for: table, now: now) {
                guard let next = hostElsewhere(for: query, now: now) else {
                    failAll(of: query, .queryFailed(table: table))
                    continue
                }
                queries[query].nextHost = next
            }
            guard let slot = connection(to: queries[query].nextHost, for: table, now: now) else { continue }
            if tables[table].isSlow { endBatch(on: slot) }
            send(query, on: slot)
            if tables[table].isSlow {
                connections[slot].pipeline.noteSlow()
                endBatch(on: slot)
            }
        }
    }

    // MARK: Tables that err at a host

    /// Whether a table's queries have not erred at a host of late.
    func isWelcome(_ table: Int, at host: Int, now: Instant) -> Bool {
        !errors.errs(table: table, at: host, now: now)
    }

    /// Whether a table errs at some host and not at another one that can be asked: its queries go there then.
    func isWelcomeAnywhere(_ table: Int, now: Instant) -> Bool {
        guard errors.count > 0, hosts.indices.contains(where: { !isWelcome(table, at: $0, now: now) })
        else { return false }
        return hosts.indices.contains {
            isWelcome(table, at: $0, now: now) && isWithinReach($0, for: table, now: now)
        }
    }

    /// Whether a table's queries can go to a host that none of the pool's own connections leads to.
    func isWelcomeElsewhere(_ table: Int, now: Instant) -> Bool {
        hosts.count > 1 && hostForErrand(of: table, now: now) != nil
    }

    /// A connection beyond the pool's own for a table's waiting queries, if none of those takes them. If
    /// there is no such connection yet, one is made.
    mutating func errandConnection(for table: Int) -> Int? {
        guard hosts.count > 1, let host = hostForErrand(of: table, now: dispatchedAt) else { return nil }
        return connection(to: host, for: table, now: dispatchedAt)
    }

    /// The host to ask instead of those that the pool's own connections lead to; nil if one of these takes
    /// the table's queries, now or soon.
    private func hostForErrand(of table: Int, now: Instant) -> Int? {
        var isRefused = false
        for slot in ownSlots where connections[slot].phase == .ready || connections[slot].phase == .connecting
        {
            if connections[slot].phase == .ready, case .failed = connections[slot].statements[table].own {
                isRefused = true
            } else if isWelcome(table, at: connections[slot].host, now: now) {
                return nil
            } else {
                isRefused = true
            }
        }
        guard isRefused else { return nil }
        let candidates = hosts.indices.filter {
            isWelcome(table, at: $0, now: now) && isWithinReach($0, for: table, now: now)
        }
        func rank(_ host: Int) -> (Int, Int) { (isConnected(to: host) ? 0 : 1, hosts[host].preference) }
        return candidates.min { rank($0) < rank($1) }
    }

    // MARK: Connections for that

    /// Whether a table's query can be sent to a host: a connection takes it, or one may be made.
    private func isWithinReach(_ host: Int, for table: Int, now: Instant) -> Bool {
        if isRefusedThere(table, host, now: now) { return false }
        if isConnected(to: host) { return true }
        let slot = errandSlot(to: host)
        // An attempt that takes long is not waited for: another host may be asked.
        if connections[slot].phase == .connecting { return patienceDeadline(of: slot) > now }
        return !isShuttingDown && !hosts[host].isAvoided(at: now)
            && hosts[host].mayConnect(now: now, isUrgent: false)
    }

    func isConnected(to host: Int) -> Bool {
        connections.contains { $0.phase == .ready && $0.host == host }
    }

    /// Whether a host's server has refused to prepare a table's query, and is not to be asked again yet.
    private func isRefusedThere(_ table: Int, _ host: Int, now: Instant) -> Bool {
        connections.contains { connection in
            guard connection.phase == .ready, connection.host == host,
                case .failed(let retryAt) = connection.statements[table].own
            else { return false }
            return retryAt > now
        }
    }

    /// A connection to a host on which a table's query can be sent now. If that needs a connection or a
    /// preparation, it is begun.
    private mutating func connection(to host: Int, for table: Int, now: Instant) -> Int? {
        let slots = connections.indices.filter {
            connections[$0].host == host && connections[$0].phase == .ready
        }
        if slots.isEmpty {
            let slot = errandSlot(to: host)
            let isAwaited = ownSlots.contains {
                connections[$0].host == host && connections[$0].phase == .connecting
            }
            if connections[slot].phase == .idle && !isAwaited { connect(slot, to: host, now: now) }
            return nil
        }
        // One of the pool's own connections is kept for quick tables.
        let isLast = ownSlots.count { connections[$0].isUnburdened } == 1
        let free = slots.filter {
            hasRoomApart(on: $0, for: table) && !(tables[table].isSlow && isLast && isOwn($0))
        }
        if let slot = free.first(where: { isFit($0, for: table) }) { return slot }
        func isUnprepared(_ slot: Int) -> Bool {
            switch connections[slot].statements[table].own {
            case .unprepared: true
            case .failed(let retryAt): retryAt <= now
            case .preparing, .renewing, .prepared, .unnamed, .literal: false
            }
        }
        if let slot = free.first(where: isUnprepared),
            !connections[slot].isSerial || connections[slot].pipeline.isEmpty
        {
            prepare(table, on: slot)
        }
        return nil
    }

    /// The slot of the connection beyond the pool's own to a host.
    private func errandSlot(to host: Int) -> Int { limits.connections + 1 + host }

    /// Whether a connection beyond the pool's own has had nothing to do for so long that it is closed.
    func isIdleErrand(_ slot: Int, now: Instant) -> Bool {
        errandDeadline(of: slot).map { $0 <= now } ?? false
    }

    func errandDeadline(of slot: Int) -> Instant? {
        guard !isOwn(slot), connections[slot].phase == .ready, connections[slot].pipeline.isEmpty else {
            return nil
        }
        return connections[slot].lastUse.advanced(byNanoseconds: Self.errandIdleTime)
    }
}
