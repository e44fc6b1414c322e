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

extension TargetPool {
    /// Whether nothing is to be sent yet, as more comes at once.
    mutating func waitsForMore(now: Instant) -> Bool {
        gathering.holds(waiting: hasLeftover ? 0 : gatheringQueries, enough: largestBatch, now: now)
    }

    /// How many queries wait; 0 if any of them waits for something else, or has a batch of its own.
    private var gatheringQueries: Int {
        if !errands.isEmpty { return 0 }
        var sum = 0
        for table in waitingTables where tables[table].isWaiting {
            if tables[table].isSlow || !tables[table].isPure || !tables[table].again.isEmpty { return 0 }
            sum += tables[table].waiting
        }
        return sum
    }

    /// How many queries keep a server at work long enough. Half of the lookups that may wait are not held back.
    private var largestBatch: Int {
        var largest = 0
        for slot in ownSlots where connections[slot].phase == .ready {
            largest = max(largest, connections[slot].worthwhile)
        }
        return min(largest, limits.waiting / 2)
    }
}
