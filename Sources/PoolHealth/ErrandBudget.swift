// How many queries may still be asked at other hosts.

package import LookupValues

/// How many queries may still be asked at other hosts whose errors are news: one for ten of a target's
/// lookups, and some each second.
package struct ErrandBudget {
    /// How many queries whose errors are news may be asked at other hosts at once, and how many each second,
    /// however few lookups there are.
    private static let errandBurst = 100
    private static let errandsASecond = 10.0

    private var left = Double(Self.errandBurst)
    private var filledAt = Instant(nanoseconds: .min)

    package init() {}

    package mutating func noteLookup() {
        left = min(left + 0.1, Double(Self.errandBurst))
    }

    /// Takes one; false if none is left.
    package mutating func take(now: Instant) -> Bool {
        if filledAt > Instant(nanoseconds: .min) {
            let seconds = Double(now.nanoseconds - filledAt.nanoseconds) / 1e9
            left = min(left + seconds * Self.errandsASecond, Double(Self.errandBurst))
        }
        filledAt = now
        guard left >= 1 else { return false }
        left -= 1
        return true
    }
}
