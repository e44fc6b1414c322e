// What a pool knows of one table.

internal import LookupValues
internal import PoolHealth

/// A table's waiting queries.
struct TableState {
    /// How many queries of a table go out one by one after an array statement has failed, at first and at
    /// most: the number doubles each time.
    private static let singleQueries = 64...65_536

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
    private var nextSingle = Self.singleQueries.lowerBound
    /// Whether its queries are known to keep nothing, so that equal lookups may share one.
    var isPure = false
    /// The number under which it is asked on a primary if a standby has nothing; nil: that is its answer.
    var confirmer: Int?
    /// Whether its answers are kept.
    var isKept = false
    /// Whether its lookups leave temporary tables in the session, so that it is given its own if possible.
    var keepsTemporaryTables = false
    /// Whether the table is in the pool's list of those with waiting queries.
    var isListed = false
    /// Whether its array statement is worth it.
    var worth = ArrayWorth()
    /// Whether it is slow.
    var slowness = TableSlowness()
    /// Whether a server has ever prepared its statement or refused to.
    var isKnown = false
    /// Slow tables are kept out of the way of the others: see `TargetPool.connectionForSlow`.
    var isSlow: Bool { slowness.isSlow }

    mutating func add(_ query: Int, _ links: inout LinkTable) {
        links.append(query, to: &fresh)
        waiting += 1
    }

    mutating func addAgain(_ query: Int, _ links: inout LinkTable) {
        links.append(query, to: &again)
        waiting += 1
    }

    /// Takes out a query from the list that it is in: `again` if it was sent before, or else `fresh`.
    mutating func remove(_ query: Int, wasSent: Bool, _ links: inout LinkTable) {
        if wasSent { links.remove(query, from: &again) } else { links.remove(query, from: &fresh) }
        waiting -= 1
    }

    /// Takes out the first queries of both lists, up to the given one of each; nil: that list stays as it is.
    mutating func removeFirst(
        _ count: Int, lastAgain: Int?, lastFresh: Int?, _ links: inout LinkTable
    ) {
        if let lastAgain { links.removeFirst(through: lastAgain, from: &again) }
        if let lastFresh { links.removeFirst(through: lastFresh, from: &fresh) }
        waiting -= count
    }

    /// Notes that an array statement has failed: one of its keys may fail often, and the other keys with it.
    mutating func noteFailedArray() {
        single = nextSingle
        nextSingle = min(2 * nextSingle, Self.singleQueries.upperBound)
    }

    mutating func noteSingle() {
        sentSingly += 1
        if single > 0 { single -= 1 }
    }

    var isWaiting: Bool { !again.isEmpty || !fresh.isEmpty }
    var first: Int { again.isEmpty ? fresh.first : again.first }
}
