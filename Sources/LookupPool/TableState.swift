// What a pool knows of one table.

internal import LookupValues

/// A table's waiting queries.
struct TableState {
    var again = LinkedList()
    var fresh = LinkedList()
    /// How many queries are in both.
    var waiting = 0
    /// How many more queries get a batch of their own.
    var isolated = 0
    /// How many have gone out one by one in the present dispatch.
    var sentSingly = 0
    /// How many more must go out one by one, and how many the next time.
    private(set) var single = 0
    private var nextSingle = PoolLimits.singleQueries.lowerBound
    /// Whether its queries are known to keep nothing, so that equal lookups may share one.
    var isPure = false
    /// Whether its lookups leave temporary tables in the session, so that it is given one of its own where that is possible.
    var keepsTemporaryTables = false
    /// Whether the table is in the pool's list of those with waiting queries.
    var isListed = false
    /// How many quick queries it takes until the table is no longer slow; 0: it isn't.
    var probation = 0
    /// What `probation` begins with the next time.
    private var nextProbation = PoolLimits.probation.lowerBound
    /// When the table was last found to be slow.
    private var slowAt = Instant(nanoseconds: .min)
    /// How many of its queries have been quick since, while it counted as slow.
    private var quickInRow = 0
    /// From when on it is not proven any more that the table is slow by itself.
    private(set) var unprovenFrom = Instant(nanoseconds: .min)
    /// How long after it has been found to be slow by itself that is the next time, in nanoseconds.
    private var nextPause = PoolLimits.trialPauses.lowerBound
    /// Whether its array statement is worth it.
    var worth = ArrayWorth()
    /// When a query of the table was last answered, as of a dispatch.
    var answeredAt = Instant(nanoseconds: .min)
    /// Whether the server has ever taken its statement.
    var isKnown = false
    /// When the table had its turn among the slow ones; counts up.
    var servedLast = 0

    /// Slow tables are kept out of the way of the others: see `TargetPool.connectionForSlow`.
    var isSlow: Bool { probation > 0 }

    /// Whether it may be slow only for having been in a batch with others, or not any more.
    func isUnproven(at now: Instant) -> Bool { isSlow && unprovenFrom <= now }

    /// How many of its queries may go out in one batch while it is slow: one where it has been found to be slow by itself;
    /// else as many as have been quick, so that a table that is not to blame has proved it after a few round trips.
    var slowBatch: Int { slowAt < unprovenFrom ? 1 : 1 + quickInRow }

    mutating func add(_ query: Int, _ links: inout LinkTable) {
        links.append(query, to: &fresh)
        waiting += 1
    }

    mutating func addAgain(_ query: Int, _ links: inout LinkTable) {
        links.append(query, to: &again)
        waiting += 1
    }

    /// Takes out a query, which was sent before or never.
    mutating func remove(_ query: Int, wasSent: Bool, _ links: inout LinkTable) {
        if wasSent { links.remove(query, from: &again) } else { links.remove(query, from: &fresh) }
        waiting -= 1
    }

    /// Takes out the first queries, as many as these two lists go: the last one of each, nil where it stays as it is.
    mutating func removeFirst(
        _ count: Int, lastAgain: Int?, lastFresh: Int?, _ links: inout LinkTable
    ) {
        if let lastAgain { links.removeFirst(through: lastAgain, from: &again) }
        if let lastFresh { links.removeFirst(through: lastFresh, from: &fresh) }
        waiting -= count
    }

    /// Notes that an array statement has failed: its keys may fail often, and each time the others pay for it.
    mutating func noteFailedArray() {
        single = nextSingle
        nextSingle = min(2 * nextSingle, PoolLimits.singleQueries.upperBound)
    }

    mutating func noteSingle() {
        sentSingly += 1
        if single > 0 { single -= 1 }
    }

    /// - Parameter isAlone: whether the server was at nothing else.
    mutating func noteSlowness(isAlone: Bool, now: Instant) {
        if slowAt.advanced(byNanoseconds: PoolLimits.slownessMemory) <= now {
            nextProbation = PoolLimits.probation.lowerBound
            nextPause = PoolLimits.trialPauses.lowerBound
        }
        slowAt = now
        quickInRow = 0
        if isAlone {
            unprovenFrom = now.advanced(byNanoseconds: nextPause)
            nextPause = min(2 * nextPause, PoolLimits.trialPauses.upperBound)
        }
        if !isSlow {
            probation = nextProbation
            nextProbation = min(2 * nextProbation, PoolLimits.probation.upperBound)
        } else {
            probation = max(probation, PoolLimits.probation.lowerBound)
        }
    }

    /// Of several slow tables the one with the lowest has its turn: of those not proven to be slow the one that has answered
    /// last, which is the least likely to be to blame.
    func turn(at now: Instant) -> (Int, Int64, Int) {
        isUnproven(at: now) ? (0, ~answeredAt.nanoseconds, servedLast) : (1, 0, servedLast)
    }

    /// Notes that a query was quick though the table is slow.
    mutating func noteQuickness() {
        probation -= 1
        quickInRow += 1
    }

    var isWaiting: Bool { !again.isEmpty || !fresh.isEmpty }
    var first: Int { again.isEmpty ? fresh.first : again.first }
}
