// How one connection's server gets on: when it last said anything, how long it takes, and how much it may be sent.

internal import LookupValues
internal import PoolHealth

/// Events come without a time; `note` dates them, once in each dispatch.
struct Progress {
    /// Statements in flight before it is known how fast the server is.
    private static let firstDepth = 16
    /// How long `worthwhile` statements may keep a server at work, in nanoseconds: slower ones are spread.
    static let worthwhileTime: Int64 = 2_000_000

    /// How many statements may be in flight: adjusted so that the server takes no longer than it should.
    private(set) var depth: Int
    /// Whether the server has answered anything, or was first asked after a pause, since the last dispatch.
    private(set) var hasProgressed = false
    /// The last dispatch that found this to be so.
    private(set) var progressAt = Instant(nanoseconds: .min)
    /// Whether the server has answered anything since the last dispatch.
    private(set) var hasAnswered = false
    /// The last dispatch that found this to be so, or when the connection was made.
    private(set) var answeredAt = Instant(nanoseconds: .min)
    /// When the connection was seen to have stalled; nil: it has not.
    private(set) var stalledAt: Instant?
    /// The shortest time that an answer has taken, in nanoseconds.
    private(set) var roundTrip: Int64 = 0
    /// When the oldest batch in flight became the oldest one, as of a dispatch.
    private var batchBegunAt = Instant(nanoseconds: .min)
    /// Whether another batch is the oldest since the last dispatch, and whether because one has ended.
    private var hasNextBatch = false
    private var hasEndedBatch = false
    /// How many statements the server has answered since `batchBegunAt`, and what those were.
    private var answered = 0
    private var sample = BatchSample()
    /// How long a statement has taken lately, in nanoseconds, as far as that can be told.
    private var statementTime: Int64?

    /// - Parameter depth: how many statements may be in flight, as learnt from the connection before; nil:
    ///   nothing was learnt.
    init(depth: Int? = nil, deepest: Int) {
        self.depth = depth ?? min(deepest, Self.firstDepth)
    }

    /// The connection is made.
    ///
    /// - Parameter roundTrip: how long the server has taken to answer a trivial query, in nanoseconds.
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

    /// The server has answered a statement, which counts as `load` statements.
    mutating func noteAnswer(load: Int) {
        noteSign()
        answered += load
    }

    /// Notes what the server has answered: a table's queries or, if `table` is nil, something else.
    mutating func addToSample(table: Int?, isArray: Bool, keys: Int) {
        sample.add(table: table, isArray: isArray, keys: keys)
    }

    /// The batch whose results were awaited has ended.
    mutating func noteEndOfBatch() {
        noteSign()
        // It can't be told how long a batch has taken that was begun since the last dispatch.
        if !hasNextBatch { hasEndedBatch = true }
        hasNextBatch = true
    }

    private mutating func noteSign() {
        hasProgressed = true
        hasAnswered = true
        stalledAt = nil
    }

    /// The connection has stalled: its server has not answered for too long.
    mutating func noteStall(now: Instant) { stalledAt = now }

    /// The connection is given up: its server had too much.
    mutating func noteGivenUp() { depth = max(1, depth / 4) }

    /// Dates what has come, or was sent after a pause, since the last dispatch, and learns from the time that it took.
    ///
    /// - Parameters:
    ///   - fair: how long the server may take for what is in flight, beyond the round trip, in nanoseconds.
    ///   - deepest: how many statements may be in flight at most.
    /// - Returns: what the server has executed, and how long that took in nanoseconds, if that can be told.
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
            // A check or a look says nothing of queries.
            if answered > 0 && sample.keys > 0 {
                noteStatementTime(max(0, taken - roundTrip) / Int64(answered))
            }
            measured = (sample, max(0, taken - roundTrip))
            if taken <= fair + 2 * roundTrip {
                // The time of a few statements says nothing about many.
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

    /// The time until an answer is seen is the server's and that of the turns in which its worker did other things: at
    /// most so long has a statement taken. So a shorter time counts at once, a longer one bit by bit.
    private mutating func noteStatementTime(_ time: Int64) {
        let former = statementTime ?? time
        statementTime = time < former ? time : former + (time - former) / 8
    }

    // MARK: What may be sent

    /// How many statements keep the server at work long enough to be worth waking it.
    ///
    /// - Parameter most: the largest result.
    func worthwhile(most: Int) -> Int {
        min(most, max(1, Int(Self.worthwhileTime / max(1, statementTime ?? 0))))
    }

    /// How many more batches must be in flight to keep the server at work if the round trip is long.
    var batchesUnderWay: Int { Int(roundTrip / Self.worthwhileTime) }

    /// Whether the server is expected to finish the oldest batch in flight soon.
    func isSoonThrough(now: Instant) -> Bool { hasNextBatch || now < patienceEnd }

    /// Until when the server is expected to finish that batch soon.
    var patienceEnd: Instant { batchBegunAt.advanced(byNanoseconds: Self.worthwhileTime + roundTrip) }
}
