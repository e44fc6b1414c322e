// When a few queries wait for more, so that they reach the server in one batch.

internal import LookupValues

/// A batch costs its server a wake-up, a transaction and cold caches, whatever is in it. A worker that has requests to take in
/// all the time, most of them answered without a query, would wake a server for the few others in each turn. So they wait for
/// the turns that follow at once: that costs them little beside the time that each request waits for its turn, and leaves
/// more for all. A worker that is not busy sends them at once.
struct Gathering {
    /// How long the first of them waits at most, in nanoseconds.
    private static let longest: Int64 = 3_000_000

    private var begunAt: Instant?

    /// Whether nothing is to be sent yet.
    ///
    /// - Parameters:
    ///   - waiting: how many lookups wait.
    ///   - enough: how many make a batch that need not be larger.
    ///   - isBusy: whether more requests are sure to follow at once.
    mutating func holds(waiting: Int, enough: Int, isBusy: Bool, now: Instant) -> Bool {
        if isBusy && waiting > 0 && waiting < enough {
            let begunAt = begunAt ?? now
            if now < begunAt.advanced(byNanoseconds: Self.longest) {
                self.begunAt = begunAt
                return true
            }
        }
        begunAt = nil
        return false
    }
}
