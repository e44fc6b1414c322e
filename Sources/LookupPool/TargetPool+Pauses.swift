// When lookups wait though no host can be reached: in a pause that was asked for, and for a moment after an outage began.

package import LookupValues
internal import PoolHealth

extension TargetPool {
    /// Whether the pool sends nothing and keeps no connection, as was requested.
    package var isPaused: Bool { pausedUntil != nil }

    /// Sends nothing from now on, and closes each connection when what is in flight on it is answered: lookups wait, until
    /// their deadlines. To be followed by `dispatch`.
    ///
    /// - Parameter end: when the pause ends by itself.
    package mutating func pause(until end: Instant) {
        pausedUntil = end
        isDispatchDue = true
    }

    /// Ends a pause: the hosts are tried at once, even if they have failed. To be followed by `dispatch`.
    package mutating func resume(now: Instant) {
        if pausedUntil.take() == nil { return }
        isDispatchDue = true
        for host in hosts.indices { hosts[host].noteNeed(now: now) }
        beginGrace(now: now)
    }

    /// The last connection was lost: its server may be back in a moment.
    mutating func beginGrace(now: Instant) {
        graceUntil = limits.grace > 0 ? now.advanced(byNanoseconds: limits.grace) : nil
    }

    /// Ends the pause, or the grace after an outage began, if its time is over.
    mutating func endWaitingOut(now: Instant) {
        if let end = pausedUntil, end <= now {
            resume(now: now)
            actions.append(.pauseOver)
        }
        if let end = graceUntil, end <= now {
            graceUntil = nil
            failIfUnreachable()
        }
    }

    /// When the pause is over or, if lookups wait, the grace; nil: there is neither.
    var waitingOutEnd: Instant? { pausedUntil ?? (waiting > 0 ? graceUntil : nil) }
}
