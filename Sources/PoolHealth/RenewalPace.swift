// When a connection may be renewed again, so that renewals follow each other slowly, and one that fails
// causes no outage.

package import LookupValues

package struct RenewalPace {
    /// How long the next renewal waits after one, in nanoseconds. After more than `quickRenewals` in a row,
    /// each within `renewalQuiet` nanoseconds of when it was due, the time doubles with each one, up to 128
    /// times as long.
    private static let renewalInterval: Int64 = 100_000_000
    private static let quickRenewals = 10
    private static let renewalQuiet: Int64 = 2_000_000_000

    /// When a connection may be renewed again.
    package private(set) var dueAt = Instant(nanoseconds: .min)
    /// Whether room must be made for the next attempt, and whether it has been made.
    package private(set) var needsRoom = false
    private var hasMadeRoom = false
    /// How many connections in a row were renewed soon after the one before.
    private var inARow = 0

    package init() {}

    /// Renewal was asked for: the next one may begin at once.
    package mutating func noteRequest(now: Instant) { dueAt = now }

    /// A connection was closed to make room for the one that takes its place.
    package mutating func noteRoomMade() {
        needsRoom = false
        hasMadeRoom = true
    }

    /// A connection has been made.
    package mutating func noteSuccess() {
        needsRoom = false
        hasMadeRoom = false
    }

    /// Has the next renewal wait: for longer and longer if many have followed each other, so that connections
    /// are not renewed without end if something changes all the time, or seems to.
    package mutating func pause(now: Instant) {
        let isSoon = now < dueAt.advanced(byNanoseconds: Self.renewalQuiet)
        inARow = isSoon ? inARow + 1 : 0
        let doublings = Int64(min(max(0, inARow - Self.quickRenewals), 7))
        dueAt = now.advanced(byNanoseconds: Self.renewalInterval << doublings)
    }

    /// A connection could not be made.
    ///
    /// - Parameters:
    ///   - mayMakeRoom: whether one may be closed first.
    ///   - pause: how long the next attempt waits, in nanoseconds, unless room is made for it.
    /// - Returns: whether the old connections stay for now.
    package mutating func noteFailure(mayMakeRoom: Bool, pause: Int64, now: Instant) -> Bool {
        // At most one connection is closed before another one is made.
        needsRoom = mayMakeRoom && !hasMadeRoom
        dueAt = needsRoom ? now : now.advanced(byNanoseconds: pause)
        return !needsRoom
    }
}
