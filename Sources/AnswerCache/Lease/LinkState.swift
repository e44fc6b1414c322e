// One of a lease's connections, and when it is made anew.

internal import LookupValues

struct LinkState {
    enum Phase {
        /// There is none. `connecting` follows, when its time has come.
        case down
        /// `up` or `down` follows.
        case connecting
        /// `down` follows.
        case up
    }

    /// The back-off after the first failure, in nanoseconds; each further one doubles it.
    private static let firstBackOff: Int64 = 100_000_000

    private(set) var phase = Phase.down
    /// How often it has failed since it was last of use.
    private(set) var failures = 0
    private(set) var retryAt = Instant(nanoseconds: .min)
    /// Since when an answer is waited for; nil if nothing was asked.
    var askedAt: Instant?

    /// Whether something can be asked.
    var isIdle: Bool { phase == .up && askedAt == nil }

    mutating func begin() { phase = .connecting }

    mutating func noteConnected() { phase = .up }

    mutating func noteUse() { failures = 0 }

    /// - Parameters:
    ///   - longest: the longest back-off, in nanoseconds.
    ///   - jitter: 0 to 1, spreads the attempts of many daemons.
    mutating func noteLoss(now: Instant, longest: Int64, jitter: Double) {
        failures += 1
        let doubled = min(longest, Self.firstBackOff << Int64(min(failures - 1, 20)))
        end(until: now.advanced(byNanoseconds: Int64(Double(doubled) * (0.5 + jitter / 2))))
    }

    /// It was closed on purpose.
    mutating func end(until retry: Instant) {
        phase = .down
        askedAt = nil
        retryAt = retry
    }
}
