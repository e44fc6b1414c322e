// Whether a table's array statement is worth it: what a key takes in it, held against what it takes alone.

package import LookupValues

/// The quick quarter of the samples of one form is held against the median of the other, so that pauses of the server, or of
/// this process, decide nothing.
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

        /// The time that so many quarters of the samples are not above; nil while there are too few.
        func quartile(_ number: Int) -> Int64? {
            times.count < ArrayWorth.samples.lowerBound ? nil : times.sorted()[times.count * number / 4]
        }
    }

    /// How many samples of each form are needed, and kept.
    private static let samples = 5...15
    /// For how long the array statement is given up, in nanoseconds, at first and at most: it doubles each time.
    package static let pauses: ClosedRange<Int64> = 60_000_000_000...3_600_000_000_000
    /// How often a server stalls at the array statement before that is given up: once may be anything.
    private static let greatestStalls = 3
    /// One in so many turns is for single ones, so that both are measured under the same load.
    package static let turns = 64
    /// What a key may take longer in any case, in nanoseconds: how long a small batch takes is mostly chance.
    package static let tolerance: Int64 = 100_000

    private var single = Samples()
    private var many = Samples()
    private var pausedUntil = Instant(nanoseconds: .min)
    private var nextPause = pauses.lowerBound
    private var turn = 0
    /// How often a server has stalled at it since it was last as quick as it should be.
    private var stalls = 0

    package init() {}

    /// Whether the array statement may be used, as far as is known.
    package func allowsArrays(at now: Instant) -> Bool { pausedUntil <= now }

    /// Whether it is the turn of single ones though there is an array statement.
    package mutating func takesSingleTurn() -> Bool {
        turn = (turn + 1) % Self.turns
        return turn == 0
    }

    /// Notes that a server has taken so long, in nanoseconds, for these keys and nothing else.
    package mutating func note(isArray: Bool, keys: Int, taken: Int64, now: Instant) {
        let time = taken / Int64(max(1, keys))
        if !isArray { return single.add(time) }
        many.add(time)
        guard let single = single.quartile(2), allowsArrays(at: now) else { return }
        if time <= 2 * single + Self.tolerance { stalls = 0 }
        if let many = many.quartile(1), many > 2 * single + Self.tolerance { giveUp(now: now) }
    }

    /// Notes that a server is at a statement for so many keys already for so long, in nanoseconds, and not yet through.
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
