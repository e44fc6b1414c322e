// Whether one connection is still what a new one would be, and until when it is used.

internal import LookupValues

struct Validity {
    /// When another connection is to take this one's place.
    var expiresAt = Instant.distantFuture
    /// When something was seen to have changed that it depends on: another one is to take its place at once; nil: nothing.
    var outdatedAt: Instant?
    /// Whether so much time has gone by since it was last known that nothing has changed that lookups must wait.
    var isStale = false
    /// Which connections depend on the same as this one; nil: it is not asked for.
    private(set) var dependencies: Int?
    /// The last time for which it is known that nothing has changed that it depends on.
    private(set) var soundAt = Instant(nanoseconds: .min)
    /// When the server was last asked about that.
    private(set) var lookedAt = Instant(nanoseconds: .min)
    /// Whether its answer is still to come.
    private(set) var isLooking = false

    /// The connection is made.
    mutating func begin(dependencies: (number: Int, foundAt: Instant)?, now: Instant) {
        self.dependencies = dependencies?.number
        soundAt = dependencies?.foundAt ?? .distantFuture
        lookedAt = now
    }

    mutating func beginLook(now: Instant) {
        lookedAt = now
        isLooking = true
    }

    mutating func endLook() { isLooking = false }

    /// Nothing had changed then.
    mutating func noteSound(at now: Instant) { soundAt = max(soundAt, now) }

    /// Whether it is known that nothing had changed so many nanoseconds ago.
    func isSound(now: Instant, freshness: Int64) -> Bool {
        soundAt == .distantFuture || now <= soundAt.advanced(byNanoseconds: freshness)
    }

    /// Whether another connection is to take its place.
    func isOver(now: Instant) -> Bool { outdatedAt != nil || expiresAt <= now }
}
