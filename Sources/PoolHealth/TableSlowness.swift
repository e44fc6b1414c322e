// Whether a table is slow, and how it proves that it isn't.

package import LookupValues

/// A table that a server was at for too long counts as slow; so may others that were in one batch with it. It is trusted
/// again after so many quick queries.
package struct TableSlowness {
    /// How many queries of a table that was slow must be quick before it is trusted again, at first and at most: it
    /// doubles with each relapse.
    private static let probation = 32...256
    /// How long a table that has been slow by itself is not tried on the last free connection, at first and at most: it doubles
    /// each time. Each such trial costs the others as long as it takes to see a connection stall, and a connection.
    private static let trialPauses: ClosedRange<Int64> = 250_000_000...16_000_000_000
    /// After how long a relapse is no relapse any more.
    private static let slownessMemory: Int64 = 60_000_000_000

    /// How many quick queries it takes until the table is no longer slow; 0: it isn't.
    private var probation = 0
    /// What `probation` begins with the next time.
    private var nextProbation = Self.probation.lowerBound
    /// When the table was last found to be slow.
    private var slowAt = Instant(nanoseconds: .min)
    /// How many of its queries have been quick since, while it counted as slow.
    private var quickInRow = 0
    /// From when on it is not proven any more that the table is slow by itself.
    package private(set) var unprovenFrom = Instant(nanoseconds: .min)
    /// How long after it has been found to be slow by itself that is the next time, in nanoseconds.
    private var nextPause = Self.trialPauses.lowerBound
    /// When a query of the table was last answered, as of a dispatch.
    private var answeredAt = Instant(nanoseconds: .min)
    /// When the table had its turn among the slow ones; counts up.
    private var servedLast = 0

    package init() {}

    /// Whether its queries are to be kept out of the way of the others.
    package var isSlow: Bool { probation > 0 }

    /// Whether it may be slow only for having been in a batch with others, or not any more.
    package func isUnproven(at now: Instant) -> Bool { isSlow && unprovenFrom <= now }

    /// How many of its queries may go out in one batch while it is slow: one where it has been found to be slow by itself;
    /// else as many as have been quick, so that a table that is not to blame has proved it after a few round trips.
    package var slowBatch: Int { slowAt < unprovenFrom ? 1 : 1 + quickInRow }

    /// - Parameter isAlone: whether the server was at nothing else.
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

    /// Of several slow tables the one with the lowest has its turn: of those not proven to be slow the one that has answered
    /// last, which is the least likely to be to blame.
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
