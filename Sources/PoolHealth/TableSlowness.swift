// Whether a table is slow, and how it proves that it isn't.

package import LookupValues

/// A table whose query took a server too long counts as slow; so do others that were in the same batch. A
/// slow table is trusted again after a number of quick queries.
package struct TableSlowness {
    /// How many queries of a table that was slow must be quick before it is trusted again, at first and at
    /// most: the number doubles with each relapse.
    private static let probation = 32...256
    /// How long a table that has been slow by itself is not tried on the last free connection, in
    /// nanoseconds, at first and at most: the time doubles each time. Each such trial costs the other tables
    /// a connection, and the time until that is seen to stall.
    private static let trialPauses: ClosedRange<Int64> = 250_000_000...16_000_000_000
    /// After how long a slow query no longer counts as a relapse, in nanoseconds.
    private static let slownessMemory: Int64 = 60_000_000_000

    /// How many more quick queries it takes until the table is no longer slow; 0: it isn't slow.
    private var probation = 0
    /// What `probation` begins with the next time.
    private var nextProbation = Self.probation.lowerBound
    /// When the table was last found to be slow.
    private var slowAt = Instant(nanoseconds: .min)
    /// How many of its queries have been quick since, while it counted as slow.
    private var quickInRow = 0
    /// From when on it no longer counts as proven that the table is slow by itself.
    package private(set) var unprovenFrom = Instant(nanoseconds: .min)
    /// How long it counts as proven the next time that the table is found to be slow by itself, in
    /// nanoseconds.
    private var nextPause = Self.trialPauses.lowerBound
    /// When a query of the table was last answered, as of a dispatch.
    private var answeredAt = Instant(nanoseconds: .min)
    /// The number of the table's last turn among the slow ones; counts up.
    private var servedLast = 0

    package init() {}

    /// Whether its queries are to be kept out of the way of the others.
    package var isSlow: Bool { probation > 0 }

    /// Whether it may count as slow only because it was in a batch with others, or may no longer be slow.
    package func isUnproven(at now: Instant) -> Bool { isSlow && unprovenFrom <= now }

    /// How many of its queries may go out in one batch while it is slow: one if it has been found to be slow
    /// by itself; otherwise one more than have been quick, so that a table that is not to blame has proved it
    /// after a few round trips.
    package var slowBatch: Int { slowAt < unprovenFrom ? 1 : 1 + quickInRow }

    /// - Parameter isAlone: whether the server was executing nothing else.
    package mutating func noteSlowness(isAlone: Bool, now: Instant) {
        if slowAt.advanced(byNanoseconds: Self.slownessMemory) <= now {
            nextProbation = Self.probation.lowerBound
            nextPause = Self.trialPauses.lowerBound
        }
        slowAt = now
        quickInRow = 0
        if isAlone {
            unprovenFrom = now.advanced(byNanoseconds: nextPause)
            nextPause = min(2 * nextPause, Self.trialPauses.upperBound)
        }
        if !isSlow {
            probation = nextProbation
            nextProbation = min(2 * nextProbation, Self.probation.upperBound)
        } else {
            probation = max(probation, Self.probation.lowerBound)
        }
    }

    /// Of several slow tables, the one with the lowest value has its turn. Those not proven to be slow come
    /// first, of them the one that was answered last, which is the least likely to be to blame.
    package func turn(at now: Instant) -> (Int, Int64, Int) {
        isUnproven(at: now) ? (0, ~answeredAt.nanoseconds, servedLast) : (1, 0, servedLast)
    }

    /// Notes that a query was quick though the table is slow.
    package mutating func noteQuickness() {
        probation -= 1
        quickInRow += 1
    }

    /// Notes that a query of the table was answered, as of a dispatch.
    package mutating func noteAnswer(now: Instant) { answeredAt = now }

    /// Notes that it has had its turn among the slow ones.
    ///
    /// - Parameter number: counts up.
    package mutating func noteTurn(_ number: Int) { servedLast = number }
}
