// How connections are maintained in each dispatch, and when the next dispatch is due for that.

internal import LookupValues
internal import PoolHealth

extension TargetPool {
    /// How much longer than `connectTimeout` the pool waits for the shell to report that an attempt has
    /// failed, in nanoseconds: the attempt may be stuck in a call that can't be interrupted.
    private static let connectGrace: Int64 = 1_000_000_000

    /// Gives up on attempts that take too long and on connections that are silent or stalled, moves
    /// connections to better hosts, renews those whose time is over, closes those that have retired or are
    /// paused, prepares statements that are not prepared, and connects idle slots.
    mutating func maintainConnections(now: Instant) {
        for slot in connections.indices { giveUpOverdue(slot, now: now) }
        markShunned(now: now)
        markStale(now: now)
        if needsConnections, let slot = connectionToMove(now: now) { connections[slot].phase = .retiring }
        for slot in connections.indices {
            switch connections[slot].phase {
            case .connecting where !needsConnections || isPaused:
                cancelAttempt(slot)
            case .ready where !needsConnections, .retiring where !needsConnections:
                close(slot, now: now)
            case .ready where isPaused:
                if connections[slot].pipeline.isEmpty { close(slot, now: now) }
            case .ready where connections[slot].isShunned:
                if connections[slot].pipeline.isEmpty
                    && isConnected(elsewhereThan: connections[slot].host, now: now)
                {
                    close(slot, now: now)
                }
            case .ready where isShuttingDown && waiting == 0, .retiring:
                if connections[slot].pipeline.isEmpty { close(slot, now: now) }
            case .ready where !isOwn(slot) && isIdleErrand(slot, now: now):
                close(slot, now: now)
            case .ready:
                if isOwn(slot) { prepareUnprepared(on: slot) }
                if isCheckDue(slot, now: now) { check(slot, now: now) }
            case .idle, .connecting:
                continue
            }
        }
        // A pool that shuts down leaves its room at the server to the next pool.
        guard needsConnections, !isPaused, !isShuttingDown || waiting > 0 else { return }
        var room = limits.connections - openCount
        for slot in ownSlots where room > 0 && connections[slot].phase == .idle {
            connect(slot, now: now)
            room -= 1
        }
        renew(now: now)
    }

    /// Gives up an attempt that takes too long, or a connection that is silent or stalled.
    private mutating func giveUpOverdue(_ slot: Int, now: Instant) {
        guard needsConnections else { return }
        if connections[slot].phase == .connecting {
            if connectDeadline(of: slot) <= now {
                actions.append(.close(identifier(of: slot)))
                connectFailed(identifier(of: slot), now: now)
            } else if isOwn(slot) && isOneTooMany(slot, now: now) {
                _ = hosts[connections[slot].host].noteHang(
                    isCertain: false, now: now, longest: limits.retryInterval)
                cancelAttempt(slot)
            }
        } else if connections[slot].isEstablished {
            if isSilent(slot, now: now) {
                giveUpSilent(slot, now: now)
            } else if noteStall(of: slot, now: now) {
                abandon(slot, now: now)
            }
        }
    }

    private mutating func cancelAttempt(_ slot: Int) {
        actions.append(.close(identifier(of: slot)))
        abandonAttempt(slot)
    }

    /// When something next takes too long, a check is due, or a failing host may be tried again.
    func nextConnectionDeadline(after now: Instant) -> Instant? {
        guard needsConnections else { return nil }
        let isUrgent = !hasConnection
        var next: Instant?
        func consider(_ instant: Instant) {
            guard instant > now else { return }
            next = next.map { min($0, instant) } ?? instant
        }
        for slot in connections.indices where connections[slot].phase == .connecting {
            consider(connectDeadline(of: slot))
            if hosts.count > 1 && (isUrgent || !isOwn(slot) || hosts.contains { $0.isAvoided(at: now) }) {
                consider(patienceDeadline(of: slot))
            }
        }
        for slot in connections.indices {
            silenceDeadline(of: slot).map(consider)
            stallDeadline(of: slot, after: now).map(consider)
            checkDeadline(of: slot).map(consider)
            if waiting > 0 { connections[slot].awaitedUntil.map(consider) }
            renewalDeadline(of: slot).map(consider)
            errandDeadline(of: slot).map(consider)
        }
        if waiting > 0 && limits.freshness != nil { consider(looksAt) }
        if ownSlots.contains(where: { isDue($0, now: now) }) { consider(renewalPace.dueAt) }
        if waiting > 0 { nextTrial(after: now).map(consider) }
        for host in hosts {
            if host.isFailing { consider(host.retryTime(isUrgent: isUrgent)) }
            consider(host.avoidedUntil)
            consider(host.restsUntil)
        }
        return next
    }

    private func connectDeadline(of slot: Int) -> Instant {
        connections[slot].begunAt.advanced(byNanoseconds: limits.connectTimeout + Self.connectGrace)
    }
}
