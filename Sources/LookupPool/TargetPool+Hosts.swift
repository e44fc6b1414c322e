// Which host a connection leads to: how hosts are preferred, avoided, and noted to fail.

internal import LookupValues
internal import PoolHealth

extension TargetPool {
    /// How long an attempt to connect is waited for before another host is tried, too, in nanoseconds.
    private static let connectPatience: Int64 = 1_000_000_000
    /// The longest back-off of a host that is connected to and has no room for more, in nanoseconds.
    private static let longestFullBackOff: Int64 = 2_000_000_000

    /// Whether every host is down and no connection is left, for longer than a moment: a lookup would wait in
    /// vain.
    package var isUnreachable: Bool {
        !isPaused && graceUntil == nil && hosts.allSatisfy { $0.isOut }
    }

    /// Whether a query could be sent now or soon: some connection is established.
    package var hasConnection: Bool {
        hosts.contains { $0.established > 0 }
    }

    // MARK: Choosing

    /// The host to connect to next. Of those that may be connected to, hosts that have not just hung come
    /// first, of them the most preferred, then the one with the fewest connections, then any. If no host is
    /// connected to, one attempt goes to a host that would be tried anyway, the next one to a host whose
    /// back-off is not over, and hosts that take long come last.
    mutating func bestHost(now: Instant) -> Int? {
        let isUrgent = !hasConnection
        let isTrying = hosts.contains { $0.connecting > 0 }
        func rank(_ index: Int) -> (Int, Int, Int, Int, Int) {
            let host = hosts[index]
            let resting = host.mayConnect(now: now, isUrgent: false) ? 0 : isTrying ? -1 : 1
            let tardy = isUrgent && isTardy(index, now: now) ? 1 : 0
            return (host.isAvoided(at: now) ? 1 : 0, tardy, resting, host.preference, host.connections)
        }
        var candidates: [Int] = []
        for host in hosts.indices where hosts[host].mayConnect(now: now, isUrgent: isUrgent) {
            if let best = candidates.first, rank(best) < rank(host) { continue }
            if let best = candidates.first, rank(host) < rank(best) { candidates = [] }
            candidates.append(host)
        }
        return candidates.randomElement(using: &random)
    }

    /// A connection that should move: from a worse host to a better one that can be connected to (again), or from the
    /// fullest of equal hosts to one with at least two fewer. One at a time, and never the only one.
    func connectionToMove(now: Instant) -> Int? {
        let open = ownSlots.filter { connections[$0].phase != .idle }
        guard hosts.count > 1, limits.connections > 1, open.count == limits.connections,
            open.allSatisfy({ connections[$0].phase == .ready })
        else { return nil }
        let free = hosts.filter { $0.mayConnect(now: now, isUrgent: false) && !$0.isAvoided(at: now) }
        guard let preference = free.map(\.preference).min() else { return nil }
        let fewest = free.filter { $0.preference == preference }.map(\.connections).min()!
        return open.first { slot in
            let host = hosts[connections[slot].host]
            return host.preference > preference
                || (host.preference == preference && host.connections >= fewest + 2)
        }
    }

    /// Whether another host may take this one's place: it is connected to or may be, and has not hung itself.
    func hasRefuge(from host: Int, now: Instant) -> Bool {
        hosts.indices.contains { other in
            other != host && !hosts[other].isAvoided(at: now)
                && (hosts[other].established > 0 || !hosts[other].isFailing)
        }
    }

    /// Whether another host that has not hung is connected to.
    func isConnected(elsewhereThan host: Int, now: Instant) -> Bool {
        hosts.indices.contains { $0 != host && hosts[$0].established > 0 && !hosts[$0].isAvoided(at: now) }
    }

    /// Notes which connections are not to be used now: their host is avoided, and another one is connected to
    /// or will be in a moment.
    mutating func markShunned(now: Instant) {
        guard hosts.count > 1 else { return }
        for slot in connections.indices where connections[slot].isEstablished {
            let host = connections[slot].host
            connections[slot].isShunned =
                hosts[host].isAvoided(at: now)
                && (isConnected(elsewhereThan: host, now: now)
                    || isAboutToConnect(elsewhereThan: host, now: now))
        }
    }

    private func isAboutToConnect(elsewhereThan host: Int, now: Instant) -> Bool {
        let mayOpen = openCount < limits.connections
        return ownSlots.contains { slot in
            switch connections[slot].phase {
            case .connecting: connections[slot].host != host && patienceDeadline(of: slot) > now
            case .idle:
                mayOpen
                    && hosts.indices.contains {
                        $0 != host && !hosts[$0].isAvoided(at: now)
                            && hosts[$0].mayConnect(now: now, isUrgent: !hasConnection)
                    }
            case .ready, .retiring: false
            }
        }
    }

    // MARK: Tardy hosts

    /// Until when an attempt to connect is waited for before another host is tried.
    func patienceDeadline(of slot: Int) -> Instant {
        connections[slot].begunAt.advanced(byNanoseconds: Self.connectPatience)
    }

    /// Whether an attempt to connect to a host takes long.
    private func isTardy(_ host: Int, now: Instant) -> Bool {
        ownSlots.contains { slot in
            connections[slot].phase == .connecting && connections[slot].host == host
                && patienceDeadline(of: slot) <= now
        }
    }

    /// Whether an attempt should make room for one to another host: it takes long, no host is connected to,
    /// and it is not the only one to its host, or it is the only one that this pool can make.
    func isOneTooMany(_ slot: Int, now: Instant) -> Bool {
        let host = connections[slot].host
        guard hosts.count > 1, !hasConnection, patienceDeadline(of: slot) <= now,
            hosts[host].connecting > 1 || limits.connections == 1
        else { return false }
        return hosts.indices.contains {
            $0 != host && hosts[$0].mayConnect(now: now, isUrgent: true) && !isTardy($0, now: now)
        }
    }

    // MARK: Failures

    /// - Parameter isFull: whether the host works but has no room for one more.
    mutating func noteFailure(of host: Int, begunAt start: Instant, isFull: Bool = false, now: Instant) {
        let wasDown = hosts[host].isDown
        let jitter = Double.random(in: 0...1, using: &random)
        let isAlone = !connections.contains { $0.phase != .idle && $0.host == host }
        let longest =
            isFull && !isAlone
            ? min(limits.retryInterval, Self.longestFullBackOff) : limits.retryInterval
        hosts[host].noteFailure(
            begunAt: start, isAlone: isAlone, now: now, longest: longest, jitter: jitter)
        if !wasDown && hosts[host].isDown { actions.append(.hostFailed(host)) }
    }

    mutating func noteSuccess(of host: Int) {
        if hosts[host].isDown { actions.append(.hostRecovered(host)) }
        hosts[host].noteSuccess()
    }

    mutating func failIfUnreachable() {
        guard isUnreachable else { return }
        for table in waitingTables { failWaiting(of: table, .unreachable) }
        for query in errands { failAll(of: query, .unreachable) }
    }
}
