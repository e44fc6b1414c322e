// Whether reading ahead in a map is worth it: how much of it is used.

package import LookupValues

/// Reading ahead costs the database the keys that no client comes to ask for. A map in which these are too many is not read
/// ahead for a while.
package struct ReadAheadWorth: Equatable, Sendable {
    /// The verdict is on this many keys.
    package static let sample = 1_000
    /// One key in this many must have been used.
    package static let leastUse = 4
    /// How long it is given up for, in nanoseconds.
    package static let pause: Int64 = 60_000_000_000

    /// Of the present sample.
    private var ended = 0
    private var used = 0
    private var pausedUntil = Instant(nanoseconds: .min)

    package init() {}

    /// Whether it may be read ahead, as far as is known.
    package func allowsReadingAhead(at now: Instant) -> Bool { pausedUntil <= now }

    /// Notes what has become of a key that was asked for ahead of its request.
    ///
    /// - Returns: whether reading ahead is given up, from now on.
    package mutating func note(isUsed: Bool, now: Instant) -> Bool {
        // What was under way when it was given up says nothing about the next trial.
        guard allowsReadingAhead(at: now) else { return false }
        ended += 1
        if isUsed { used += 1 }
        guard ended == Self.sample else { return false }
        let isGivenUp = used * Self.leastUse < ended
        if isGivenUp { pausedUntil = now.advanced(byNanoseconds: Self.pause) }
        ended = 0
        used = 0
        return isGivenUp
    }
}
