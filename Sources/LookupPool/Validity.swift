// Whether one connection is still what a new one would be, and until when it is used.

internal import LookupValues

struct Validity {
    /// When another connection is to take this one's place.
    var expiresAt = Instant.distantFuture
    /// When something that it depends on was seen to have changed: another connection is then to take its
    /// place at once. Nil: nothing was seen to have changed.
    var outdatedAt: Instant?
    /// Whether lookups must wait, as it was last known too long ago that nothing has changed.
    var isStale = false
    /// A number that connections share if they depend on the same; nil: there are no looks.
    private(set) var dependencies: Int?
    /// The last time at which nothing that it depends on is known to have changed.
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

    /// Nothing had changed at that time.
    mutating func noteSound(at now: Instant) { soundAt = max(soundAt, now) }

    /// Whether nothing had changed `freshness` nanoseconds ago, as far as is known.
    func isSound(now: Instant, freshness: Int64) -> Bool {
        soundAt == .distantFuture || now <= soundAt.advanced(byNanoseconds: freshness)
    }

    /// Whether another connection is to take its place.
    func isOver(now: Instant) -> Bool { outdatedAt != nil || expiresAt <= now }
}
