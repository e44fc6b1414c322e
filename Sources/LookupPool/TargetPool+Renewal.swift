// Connections that another one takes the place of: after their time, or when what they depend on has changed.

package import LookupValues

extension TargetPool {
    // MARK: Looks

    /// Asks a few times, while what is known is fresh, whether anything has changed that connections depend on: of those that
    /// depend on the same, one.
    mutating func sendLooks(now: Instant) {
        guard let freshness = limits.freshness, lookups.count > 0, looksAt <= now else { return }
        looksAt = now.advanced(byNanoseconds: freshness / 10)
        struct Group {
            var best: Int?
            var lookedAt = Instant(nanoseconds: .min)
            var isAsked = false
        }
        var groups: [Int: Group] = [:]
        for slot in connections.indices where connections[slot].phase == .ready {
            guard let dependencies = connections[slot].dependencies, connections[slot].outdatedAt == nil
            else {
                continue
            }
            var group = groups[dependencies] ?? Group()
            group.lookedAt = max(group.lookedAt, connections[slot].lookedAt)
            // One that has stalled may be long about it.
            if connections[slot].isLooking && connections[slot].stalledAt == nil { group.isAsked = true }
            if connections[slot].isUnburdened && !connections[slot].isLooking
                && (!connections[slot].isSerial || connections[slot].inFlight.isEmpty)
                && group.best.map({ connections[slot].load < connections[$0].load }) ?? true
            {
                group.best = slot
            }
            groups[dependencies] = group
        }
        for group in groups.values {
            guard let best = group.best, !group.isAsked,
                group.lookedAt.advanced(byNanoseconds: freshness / 5 * 2) <= now
            else { continue }
            look(on: best, now: now)
        }
    }

    private mutating func look(on slot: Int, now: Instant) {
        connections[slot].lookedAt = now
        connections[slot].isLooking = true
        resetSession(on: slot, for: nil)
        endBatch(on: slot)
        connections[slot].push(.look, isApart: true)
        actions.append(.look(identifier(of: slot)))
        endBatch(on: slot)
    }

    /// A look has come back.
    ///
    /// - Parameter hasChanged: whether it says something else than when the connections were made that depend on the same.
    package mutating func looked(on connection: ConnectionID, hasChanged: Bool, now: Instant) {
        let slot = slot(of: connection)
        guard popInFlight(on: slot) == .look else {
            preconditionFailure("another statement's result was reported as a look's")
        }
        connections[slot].isLooking = false
        let (dependencies, lookedAt) = (connections[slot].dependencies, connections[slot].lookedAt)
        for other in connections.indices
        where connections[other].isEstablished && connections[other].dependencies == dependencies
            && connections[other].outdatedAt == nil
        {
            if hasChanged {
                noteOutdated(other, now: now)
            } else {
                connections[other].soundAt = max(connections[other].soundAt, lookedAt)
            }
        }
    }

    /// Notes that something has changed that a connection depends on: until it is known anew, no table counts as pure.
    mutating func noteOutdated(_ slot: Int, now: Instant) {
        connections[slot].outdatedAt = now
        for table in tables.indices { connections[slot].isPure[table] = false }
        notePurity()
    }

    /// Notes which connections must not be asked now, as too much may have changed since that was looked at. One in whose
    /// place no other can be made is asked all the same after a while.
    mutating func markStale(now: Instant) {
        guard let freshness = limits.freshness else { return }
        for slot in connections.indices where connections[slot].phase == .ready {
            let isSound =
                connections[slot].soundAt == Instant(nanoseconds: .max)
                || now <= connections[slot].soundAt.advanced(byNanoseconds: freshness)
            let isTolerated =
                patienceDeadline(ofOutdated: slot).map { hasRenewalFailed || $0 <= now } ?? false
            connections[slot].isStale = !isSound && !isTolerated
        }
    }

    private func patienceDeadline(ofOutdated slot: Int) -> Instant? {
        connections[slot].outdatedAt?.advanced(byNanoseconds: PoolLimits.renewalPatience)
    }

    // MARK: Renewal

    /// Has each connection renewed, one at a time: none goes before there is another one in its place.
    package mutating func renewConnections(now: Instant) {
        for slot in connections.indices where connections[slot].isEstablished {
            connections[slot].expiresAt = now
        }
        renewalAt = now
        isDispatchDue = true
    }

    /// Whether another connection is to take this one's place.
    func isDue(_ slot: Int, now: Instant) -> Bool {
        connections[slot].phase == .ready
            && (connections[slot].outdatedAt != nil || connections[slot].expiresAt <= now)
    }

    /// The pool's own connections whose time is over, those first in whose place one is needed most.
    private func connectionsToRenew(now: Instant) -> [Int] {
        ownSlots.filter { isDue($0, now: now) }.sorted { one, other in
            let (isOutdated, isOtherOutdated) = (
                connections[one].outdatedAt != nil, connections[other].outdatedAt != nil
            )
            return isOutdated == isOtherOutdated
                ? connections[one].expiresAt < connections[other].expiresAt : isOutdated
        }
    }

    /// Begins to make a connection in the place of one whose time is over. Where there is no room for one more, the old one goes
    /// first when it has nothing to do, unless it is the only one. What is beyond the pool's own just goes.
    mutating func renew(now: Instant) {
        guard connections.indices.contains(where: { isDue($0, now: now) }) else { return }
        for slot in connections.indices where !isOwn(slot) && isDue(slot, now: now) {
            connections[slot].phase = .retiring
        }
        let due = connectionsToRenew(now: now)
        if due.isEmpty || now < renewalAt || isShuttingDown { return }
        if renewalNeedsRoom {
            let isOnly = ownSlots.count { connections[$0].phase == .ready } == 1
            guard !isOnly, let slot = due.first(where: { connections[$0].inFlight.isEmpty }) else { return }
            renewalNeedsRoom = false
            close(slot, now: now)
            isDispatchDue = true
        } else if openCount == limits.connections,
            ownSlots.allSatisfy({ connections[$0].phase != .connecting }),
            let slot = ownSlots.first(where: { connections[$0].phase == .idle })
        {
            connect(slot, now: now)
        }
    }

    /// A connection has been made: where that is one more than there should be, the one goes whose time is over, and all that
    /// are outdated.
    mutating func noteRenewal(by slot: Int, isSettled: Bool, now: Instant) {
        if let lifetime = isSettled ? limits.connectionLifetime : PoolLimits.unsettledLifetime {
            let part = 1 - Double.random(in: 0...PoolLimits.lifetimeJitter, using: &random)
            connections[slot].expiresAt = now.advanced(byNanoseconds: Int64(Double(lifetime) * part))
        }
        hasRenewalFailed = false
        renewalNeedsRoom = false
        if renewalAt <= now { renewalAt = now.advanced(byNanoseconds: PoolLimits.renewalInterval) }
        let due = connectionsToRenew(now: now).filter { $0 != slot }
        for old in due where connections[old].outdatedAt != nil || openCount > limits.connections {
            guard connections[old].outdatedAt != nil || old == due[0] else { break }
            connections[old].phase = .retiring
            renewals += 1
        }
    }

    /// A connection could not be made while the time of others is over: they stay.
    mutating func noteFailedRenewal(at host: Int, isFull: Bool, now: Instant) {
        if connectionsToRenew(now: now).isEmpty { return }
        hasRenewalFailed = true
        renewalAt = now.advanced(byNanoseconds: PoolLimits.renewalRetryInterval)
        if isFull {
            renewalNeedsRoom = true
            renewalAt = now
        }
        let isOnly = ownSlots.count { connections[$0].phase == .ready } == 1
        if !isFull || isOnly { actions.append(.renewalFailed(host: host)) }
    }

    /// When something is due of a connection whose time is over.
    func renewalDeadline(of slot: Int) -> Instant? {
        guard connections[slot].phase == .ready else { return nil }
        if let patience = patienceDeadline(ofOutdated: slot) { return patience }
        return connections[slot].expiresAt < Instant(nanoseconds: .max) ? connections[slot].expiresAt : nil
    }
}
