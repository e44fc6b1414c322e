// Whether waiting queries gather.

internal import LookupValues

extension TargetPool {
    /// Whether nothing is to be sent yet, as more comes at once.
    mutating func waitsForMore(isBusy: Bool, now: Instant) -> Bool {
        let waiting = isBusy && !hasLeftover ? gatheringQueries : 0
        return gathering.holds(waiting: waiting, enough: largestBatch, now: now)
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
