// When a few queries wait for more, so that they reach the server in one batch.

internal import LookupValues

/// A batch costs its server a wake-up, a transaction and cold caches, whatever is in it: with 13 queries, 10 microseconds each
/// of PostgreSQL's CPU, with 40 less than 4. A worker that has requests to take in all the time, most of them answered
/// without a query, would wake a server for the few others in each turn. So they wait for some of the turns that follow at
/// once. A worker that is not busy sends them at once.
struct Gathering {
    /// How long the first of them waits at most, in nanoseconds: with 1,000 clients, for one or two turns.
    private static let longest: Int64 = 3_000_000

    private var begunAt: Instant?

    /// Whether nothing is to be sent yet.
    ///
    /// - Parameters:
    ///   - waiting: how many queries wait that can share a batch.
    ///   - enough: how many make a batch that need not be larger.
    mutating func holds(waiting: Int, enough: Int, now: Instant) -> Bool {
        if waiting > 0 && waiting < enough {
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
