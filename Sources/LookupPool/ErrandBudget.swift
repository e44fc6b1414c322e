// How many queries may still be asked at other hosts.

internal import LookupValues

/// How many queries may still be asked at other hosts whose errors are news: a tenth of a target's lookups, and some a second.
struct ErrandBudget {
    private var left = Double(PoolLimits.errandBurst)
    private var filledAt = Instant(nanoseconds: .min)

    mutating func noteLookup() {
        left = min(left + 0.1, Double(PoolLimits.errandBurst))
    }

    /// Takes one; false where none is left.
    mutating func take(now: Instant) -> Bool {
        if filledAt > Instant(nanoseconds: .min) {
            let seconds = Double(now.nanoseconds - filledAt.nanoseconds) / 1e9
            left = min(left + seconds * PoolLimits.errandsASecond, Double(PoolLimits.errandBurst))
        }
        filledAt = now
        guard left >= 1 else { return false }
        left -= 1
        return true
    }
}
