// How one connection's server gets on: when it last said anything, how long it takes, and how much it may be sent.

internal import LookupValues
internal import PoolHealth

/// Events come without a time; `note` dates them, once in each dispatch.
struct Progress {
    /// Statements in flight before it is known how fast the server is.
    private static let firstDepth = 16
    /// For how long as many statements as are worth it keep a server at work at most: slower ones are better spread. In
    /// nanoseconds.
    static let worthwhileTime: Int64 = 2_000_000

    /// How many statements may be in flight: so many that the server takes no longer than it should for them.
    private(set) var depth: Int
    /// Whether the server has answered anything, or was first asked after a pause, since the last dispatch.
    private(set) var hasProgressed = false
    /// The last dispatch by which that was so.
    private(set) var progressAt = Instant(nanoseconds: .min)
    /// Whether the server has answered anything since the last dispatch.
    private(set) var hasAnswered = false
    /// The last dispatch by which it had, or when the connection was made.
    private(set) var answeredAt = Instant(nanoseconds: .min)
    /// When the server was first seen to be at one thing for too long; nil: it isn't.
    private(set) var stalledAt: Instant?
    /// The least that an answer has taken, in nanoseconds.
    private(set) var roundTrip: Int64 = 0
    /// When the batch whose results are awaited first came to be that, as of a dispatch.
    private var batchBegunAt = Instant(nanoseconds: .min)
    /// Whether another batch has come to be that since the last dispatch, and whether because one has ended.
    private var hasNextBatch = false
    private var hasEndedBatch = false
    /// Statements that the server has answered since `batchBegunAt`, and what those were.
    private var answered = 0
    private var sample = BatchSample()
    /// How long a statement has taken lately, in nanoseconds, as far as that can be told.
    private var statementTime: Int64 = 0

    /// - Parameter depth: how much may be in flight, as was learnt of the connection before; nil: nothing was.
    init(depth: Int? = nil, deepest: Int) {
        self.depth = depth ?? min(deepest, Self.firstDepth)
    }

    /// The connection is made.
    ///
    /// - Parameter roundTrip: how long the server has taken to answer next to nothing, in nanoseconds.
    mutating func begin(roundTrip: Int64, now: Instant) {
        answeredAt = now
        self.roundTrip = roundTrip
    }

    // MARK: Events

    /// The server is asked after a pause.
    mutating func noteAsked() {
        hasProgressed = true
        hasNextBatch = true
    }

    /// The server has answered a statement, which counts as so many.
    mutating func noteAnswer(load: Int) {
        noteSign()
        answered += load
    }

    /// What the server has answered was of a table, or of none.
    mutating func addToSample(table: Int?, isArray: Bool, keys: Int) {
        sample.add(table: table, isArray: isArray, keys: keys)
    }

    /// The batch whose results were awaited has come to its end.
    mutating func noteEndOfBatch() {
        noteSign()
        // How long one has taken that was begun since the last dispatch can't be told.
        if !hasNextBatch { hasEndedBatch = true }
        hasNextBatch = true
    }

    private mutating func noteSign() {
        hasProgressed = true
        hasAnswered = true
        stalledAt = nil
    }

    /// The server is at one thing for too long.
    mutating func noteStall(now: Instant) { stalledAt = now }

    /// The connection is given up: its server had too much.
    mutating func noteGivenUp() { depth = max(1, depth / 4) }

    /// Dates what has come, or was sent after a pause, since the last dispatch, and learns from the time that it took.
    ///
    /// - Parameters:
    ///   - fair: how long the server may take for what is in flight, beyond the round trip, in nanoseconds.
    ///   - deepest: how many statements may be in flight at most.
    /// - Returns: what the server has been at and how long that took, in nanoseconds, if that can be told.
    mutating func note(now: Instant, fair: Int64, deepest: Int) -> (sample: BatchSample, taken: Int64)? {
        guard hasProgressed else { return nil }
        var measured: (BatchSample, Int64)?
        hasProgressed = false
        progressAt = now
        if hasAnswered {
            hasAnswered = false
            answeredAt = now
        }
        if hasEndedBatch {
            let taken = now.nanoseconds - batchBegunAt.nanoseconds
            roundTrip = min(taken, roundTrip)
            if answered > 0 { statementTime = max(0, taken - roundTrip) / Int64(answered) }
            measured = (sample, max(0, taken - roundTrip))
            if taken <= fair + 2 * roundTrip {
                // What a few have taken says nothing of many.
                if 2 * answered >= depth { depth = min(2 * depth, deepest) }
            } else if taken > 2 * (fair + 2 * roundTrip) {
                depth = max(1, depth / 2)
            }
        }
        if hasNextBatch {
            batchBegunAt = now
            answered = 0
            sample = BatchSample()
        }
        hasEndedBatch = false
        hasNextBatch = false
        return measured
    }

    // MARK: What may be sent

    /// How many statements keep the server at work long enough for it to be worth having woken it.
    ///
    /// - Parameter most: so many in any case.
    func worthwhile(most: Int) -> Int {
        min(most, max(1, Int(Self.worthwhileTime / max(1, statementTime))))
    }

    /// How many more batches a long round trip takes to keep the server at work.
    var batchesUnderWay: Int { Int(roundTrip / Self.worthwhileTime) }

    /// Whether the server is through before long with the batch whose results are awaited, as far as can be told.
    func isSoonThrough(now: Instant) -> Bool { hasNextBatch || now < patienceEnd }

    /// Until when the server may be at that batch, and count as through with it before long.
    var patienceEnd: Instant { batchBegunAt.advanced(byNanoseconds: Self.worthwhileTime + roundTrip) }
}
