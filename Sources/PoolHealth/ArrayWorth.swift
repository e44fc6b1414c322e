// Whether a table's array statement is worth it: the time of a key in it, compared with the time of a key
// alone.

package import LookupValues

/// The lower quartile of the array statement's samples is compared with the median of single queries, so that
/// pauses of the server, or of this process, decide nothing.
package struct ArrayWorth {
    /// The latest times a key of one form, in nanoseconds.
    private struct Samples {
        private var times: [Int64] = []
        private var next = 0

        mutating func add(_ time: Int64) {
            if times.count < ArrayWorth.samples.upperBound {
                times.append(time)
            } else {
                times[next] = time
                next = (next + 1) % times.count
            }
        }

        /// The quartile with this number; nil while there are too few samples.
        func quartile(_ number: Int) -> Int64? {
            times.count < ArrayWorth.samples.lowerBound ? nil : times.sorted()[times.count * number / 4]
        }
    }

    /// How many samples of each form are needed, and kept.
    private static let samples = 5...15
    /// How long the array statement is given up for, in nanoseconds, at first and at most: the time doubles
    /// each time.
    package static let pauses: ClosedRange<Int64> = 60_000_000_000...3_600_000_000_000
    /// How often a server stalls at the array statement before that is given up: one stall may have any
    /// cause.
    private static let greatestStalls = 3
    /// One in this many turns is for single queries, so that both forms are measured under the same load.
    package static let turns = 64
    /// How much longer a key may take in any case, in nanoseconds: the time of a small batch is mostly
    /// chance.
    package static let tolerance: Int64 = 100_000

    private var single = Samples()
    private var many = Samples()
    private var pausedUntil = Instant(nanoseconds: .min)
    private var nextPause = pauses.lowerBound
    private var turn = 0
    /// How often a server has stalled at the array statement since that was last as quick as it should be.
    private var stalls = 0

    package init() {}

    /// Whether the array statement may be used, as far as is known.
    package func allowsArrays(at now: Instant) -> Bool { pausedUntil <= now }

    /// Whether it is the turn of single queries although there is an array statement.
    package mutating func takesSingleTurn() -> Bool {
        turn = (turn + 1) % Self.turns
        return turn == 0
    }

    /// Notes how long a server has taken, in nanoseconds, for these keys and nothing else.
    package mutating func note(isArray: Bool, keys: Int, taken: Int64, now: Instant) {
        let time = taken / Int64(max(1, keys))
        if !isArray { return single.add(time) }
        many.add(time)
        guard let single = single.quartile(2), allowsArrays(at: now) else { return }
        if time <= 2 * single + Self.tolerance { stalls = 0 }
        if let many = many.quartile(1), many > 2 * single + Self.tolerance { giveUp(now: now) }
    }

    /// Notes how long a server has been executing an array statement for this many keys, in nanoseconds,
    /// without finishing it.
    package mutating func noteStall(keys: Int, taken: Int64, now: Instant) {
        guard let single = single.quartile(2), allowsArrays(at: now) else { return }
        if taken / Int64(max(1, keys)) > 2 * single + Self.tolerance { stalls += 1 }
        if stalls == Self.greatestStalls { giveUp(now: now) }
    }

    private mutating func giveUp(now: Instant) {
        pausedUntil = now.advanced(byNanoseconds: nextPause)
        nextPause = min(2 * nextPause, Self.pauses.upperBound)
        many = Samples()
        stalls = 0
    }
}
