// How connections are replaced: after their time, or when what they depend on has changed.

package import LookupValues
internal import PoolHealth

extension TargetPool {
    /// How long a connection is used if not everything could be found out on it, in nanoseconds: the next one
    /// may tell more.
    private static let unsettledLifetime: Int64 = 10_000_000_000
    /// By what part at most a connection's time is shortened, at random, so that not all end together.
    private static let lifetimeJitter = 0.1
    /// How long the next attempt to replace a connection waits after one has failed, in nanoseconds.
    private static let renewalRetryInterval: Int64 = 5_000_000_000
    /// How long lookups wait for a connection that replaces a stale one, in nanoseconds.
    private static let renewalPatience: Int64 = 1_000_000_000

    // MARK: Looks

    /// Asks, a few times within `freshness`, whether anything that connections depend on has changed. Of the
    /// connections that depend on the same, one is asked.
    mutating func sendLooks(now: Instant) {
        guard let freshness = limits.freshness, lookups.count > 0, looksAt <= now else { return }
        looksAt = now.advanced(byNanoseconds: freshness / 10)
        struct Group {
            let dependencies: Int
            var best: Int?
            var lookedAt = Instant(nanoseconds: .min)
            var isAsked = false
        }
        var groups: [Group] = []
        // A look resets the session, which would lose what it holds.
        func isBetter(_ slot: Int, than other: Int) -> Bool {
            let (holds, otherHolds) = (
                connections[slot].session.hasTraces, connections[other].session.hasTraces
            )
            return holds == otherHolds
                ? connections[slot].pipeline.load < connections[other].pipeline.load : otherHolds
        }
        for slot in connections.indices where connections[slot].phase == .ready {
            guard let dependencies = connections[slot].validity.dependencies,
                connections[slot].validity.outdatedAt == nil
            else {
                continue
            }
            let place = groups.firstIndex { $0.dependencies == dependencies } ?? groups.count
            if place == groups.count { groups.append(Group(dependencies: dependencies)) }
            var group = groups[place]
            group.lookedAt = max(group.lookedAt, connections[slot].validity.lookedAt)
            // A stalled connection may take long to answer.
            if connections[slot].validity.isLooking && connections[slot].progress.stalledAt == nil {
                group.isAsked = true
            }
            if connections[slot].isUnburdened && !connections[slot].validity.isLooking
                && (!connections[slot].isSerial || connections[slot].pipeline.isEmpty)
                && group.best.map({ isBetter(slot, than: $0) }) ?? true
            {
                group.best = slot
            }
            groups[place] = group
        }
        for group in groups {
            guard let best = group.best, !group.isAsked,
                group.lookedAt.advanced(byNanoseconds: freshness / 5 * 2) <= now
            else { continue }
            look(on: best, now: now)
        }
    }

    private mutating func look(on slot: Int, now: Instant) {
        connections[slot].validity.beginLook(now: now)
        resetSession(on: slot, for: nil)
        endBatch(on: slot)
        connections[slot].push(.look, isApart: true)
        actions.append(.look(identifier(of: slot)))
        endBatch(on: slot)
    }

    /// A look has come back.
    mutating func noteLook(on slot: Int, hasChanged: Bool, now: Instant) {
        connections[slot].validity.endLook()
        let (dependencies, lookedAt) = (
            connections[slot].validity.dependencies, connections[slot].validity.lookedAt
        )
        for other in connections.indices
        where connections[other].isEstablished && connections[other].validity.dependencies == dependencies
            && connections[other].validity.outdatedAt == nil
        {
            if hasChanged {
                noteOutdated(other, now: now)
            } else {
                connections[other].validity.noteSound(at: lookedAt)
            }
        }
    }

    /// Notes that something has changed that a connection depends on: until that is known anew, no table
    /// counts as pure, and lookups may have left something in the session.
    mutating func noteOutdated(_ slot: Int, now: Instant) {
        connections[slot].validity.outdatedAt = now
        if !connections[slot].isSerial { connections[slot].session.noteOutdated() }
        for table in tables.indices {
            connections[slot].statements[table].noteImpure()
            tables[table].keepsTemporaryTables = false
        }
        notePurity()
    }

    /// Notes which connections must not be used now, as too much may have changed since they were looked at.
    /// A connection that can't be replaced is used all the same after a while.
    mutating func markStale(now: Instant) {
        guard let freshness = limits.freshness else { return }
        for slot in connections.indices where connections[slot].phase == .ready {
            let isSound = connections[slot].validity.isSound(now: now, freshness: freshness)
            let isTolerated =
                patienceDeadline(ofOutdated: slot).map {
                    hosts[connections[slot].host].hasRenewalFailed || $0 <= now
                } ?? false
            connections[slot].validity.isStale = !isSound && !isTolerated
        }
    }

    private func patienceDeadline(ofOutdated slot: Int) -> Instant? {
        connections[slot].validity.outdatedAt?.advanced(byNanoseconds: Self.renewalPatience)
    }

    // MARK: Renewal

    /// Has each connection renewed, one at a time: none is closed before there is another one in its place.
    package mutating func renewConnections(now: Instant) {
        for slot in connections.indices where connections[slot].isEstablished {
            connections[slot].validity.expiresAt = now
        }
        renewalPace.noteRequest(now: now)
        isDispatchDue = true
    }

    /// Whether another connection is to take this one's place.
    func isDue(_ slot: Int, now: Instant) -> Bool {
        connections[slot].phase == .ready && connections[slot].validity.isOver(now: now)
    }

    /// The pool's own connections whose time is over: outdated ones first, then in the order of expiry.
    private func connectionsToRenew(now: Instant) -> [Int] {
        ownSlots.filter { isDue($0, now: now) }.sorted { one, other in
            let (isOutdated, isOtherOutdated) = (
                connections[one].validity.outdatedAt != nil, connections[other].validity.outdatedAt != nil
            )
            return isOutdated == isOtherOutdated
                ? connections[one].validity.expiresAt < connections[other].validity.expiresAt : isOutdated
        }
    }

    /// Begins to make a connection in the place of one whose time is over. If there is no room for one more,
    /// the old one is closed first, when nothing is in flight on it, unless it is the only one. A connection
    /// beyond the pool's own just retires.
    mutating func renew(now: Instant) {
        guard connections.indices.contains(where: { isDue($0, now: now) }) else { return }
        for slot in connections.indices where !isOwn(slot) && isDue(slot, now: now) {
            connections[slot].phase = .retiring
        }
        let due = connectionsToRenew(now: now)
        if due.isEmpty || now < renewalPace.dueAt || isShuttingDown { return }
        if renewalPace.needsRoom {
            guard let slot = due.first(where: { connections[$0].pipeline.isEmpty }) else { return }
            renewalPace.noteRoomMade()
            close(slot, now: now)
            connect(slot, now: now)
        } else if openCount == limits.connections,
            ownSlots.allSatisfy({ connections[$0].phase != .connecting }),
            let slot = ownSlots.first(where: { connections[$0].phase == .idle })
        {
            connect(slot, now: now)
        }
    }

    /// A connection has been made: if that is one more than there should be, the one whose time is over
    /// retires. All that are outdated retire in any case.
    mutating func noteRenewal(by slot: Int, now: Instant) {
        hosts[connections[slot].host].hasRenewalFailed = false
        renewalPace.noteSuccess()
        let due = connectionsToRenew(now: now).filter { $0 != slot }
        for old in due where connections[old].validity.outdatedAt != nil || openCount > limits.connections {
            guard connections[old].validity.outdatedAt != nil || old == due[0] else { break }
            connections[old].phase = .retiring
            renewals += 1
        }
        if !due.isEmpty { renewalPace.pause(now: now) }
    }

    /// Sets when a new connection's time is over.
    mutating func setExpiry(of slot: Int, isSettled: Bool, now: Instant) {
        guard let lifetime = isSettled ? limits.connectionLifetime : Self.unsettledLifetime else {
            return
        }
        let part = 1 - Double.random(in: 0...Self.lifetimeJitter, using: &random)
        connections[slot].validity.expiresAt = now.advanced(byNanoseconds: Int64(Double(lifetime) * part))
    }

    /// A connection could not be made while the time of others is over: they stay.
    mutating func noteFailedRenewal(at host: Int, isFull: Bool, now: Instant) {
        if connectionsToRenew(now: now).isEmpty { return }
        hosts[host].hasRenewalFailed = true
        let isOnly = ownSlots.count { connections[$0].phase == .ready } == 1
        let isOutdated = ownSlots.contains { connections[$0].validity.outdatedAt != nil }
        let pause = isOutdated ? Self.renewalPatience : Self.renewalRetryInterval
        if renewalPace.noteFailure(mayMakeRoom: isFull && !isOnly, pause: pause, now: now) {
            actions.append(.renewalFailed(host: host))
        }
    }

    /// When a connection's time is over or, if it is outdated, when lookups wait no longer for another one.
    func renewalDeadline(of slot: Int) -> Instant? {
        guard connections[slot].phase == .ready else { return nil }
        if let patience = patienceDeadline(ofOutdated: slot) { return patience }
        let expiresAt = connections[slot].validity.expiresAt
        return expiresAt < .distantFuture ? expiresAt : nil
    }
}
