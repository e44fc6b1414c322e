// What a pool knows of one of its connections.

internal import DequeModule
internal import LookupValues

struct ConnectionState {
    enum Phase {
        /// No connection: `connecting` follows when a host may be connected to.
        case idle
        /// `ready` or `idle` follows.
        case connecting
        /// Takes queries. `retiring` or `idle` follows.
        case ready
        /// Takes no more queries, as the connection moves to another host or another one has taken its place; `idle` follows
        /// when the last one in flight has its result.
        case retiring
    }

    private let limits: PoolLimits
    var phase = Phase.idle
    var generation: UInt32 = 0
    var host = 0
    var begunAt = Instant(nanoseconds: .min)
    var connectedAt = Instant(nanoseconds: .min)
    /// Whether a batch may be sent only when the one before has come to its end. PgBouncer up to 1.20 may give the server
    /// to another client at the end of a batch though the next one has been sent, and the other one the answers.
    var isSerial = false
    /// Whether the server has answered anything yet. A host that takes connections only to drop them is failing.
    var isProven = false
    var inFlight: Deque<InFlight> = []
    /// The `InFlight.load` of all those.
    private(set) var load = 0
    /// Whether the server has answered anything, or was first asked after a pause, since the last dispatch.
    var hasProgressed = false
    /// The last dispatch by which that was so.
    var progressAt = Instant(nanoseconds: .min)
    /// Whether the server has answered anything since the last dispatch.
    var hasAnswered = false
    /// The last dispatch by which it had, or when the connection was made.
    var answeredAt = Instant(nanoseconds: .min)
    /// When the server was first seen to be at one thing for too long; nil: it isn't.
    var stalledAt: Instant?
    /// Whether a statement of a slow table is in flight: nothing is sent after it.
    var holdsSlow = false
    /// Whether that is on the last connection that was free, to see whether it is slow: others may not wait for it.
    var isTrial = false
    /// Whether the server is to prepare what none has taken yet, and has not answered all that is in flight since: it may wait
    /// for a lock, and no query is sent after it.
    var isLearning = false
    /// Whether its host is avoided and another can take its place: nothing is sent any more.
    var isShunned = false
    /// How many statements may be in flight: so many that the server takes no longer than it should for them. Kept from
    /// one connection in this slot to the next.
    var depth: Int
    /// When the batch whose results are awaited first came to be that, as of a dispatch.
    private(set) var batchBegunAt = Instant(nanoseconds: .min)
    /// Whether another batch has come to be that since the last dispatch, and whether because one has ended.
    private var hasNextBatch = false
    private var hasEndedBatch = false
    /// Statements that the server has answered since `batchBegunAt`.
    private var answered = 0
    /// What those were.
    var sample = BatchSample()
    /// The least that an answer has taken, in nanoseconds.
    var roundTrip: Int64 = 0
    /// When the connection was last found fit for use, or made.
    var checkedAt = Instant(nanoseconds: .min)
    /// Whether anything was sent since the last Sync.
    private(set) var hasOpenBatch = false
    /// Whether there is something in the open batch that others could have gone with.
    private var gathers = false
    /// The complete batches in flight, and how many of them gathered statements: the others are of one that had to go alone.
    private var batches: Deque<Bool> = []
    private var gatheringBatches = 0
    /// How long a statement has taken lately, in nanoseconds, as far as that can be told.
    private var statementTime: Int64 = 0
    var statements: [StatementState]
    /// Whether a statement may be `unprepared`.
    var needsPreparation = false
    var stalePreparations: [Int]
    var arrayStatements: [ArrayStatementState]
    /// When each of them was last sent to be prepared, and each array statement to be surveyed.
    var preparedAt: [Instant]
    var arrayPreparedAt: [Instant]
    /// Whether the server has each of them by a name.
    var isNamed: [Bool]
    var isArrayNamed: [Bool]
    /// Until when each array statement may be used.
    var arrayUsableUntil: [Instant]
    /// Whether each table's queries are known to keep nothing, at this host.
    var isPure: [Bool]
    /// Whether each table's array statement is worth it there, as far as its plan tells.
    var takesArrays: [Bool]
    /// Whether lookups may have left something in the session since it was last reset, and which table's; nil where that
    /// can't be told.
    var hasTraces = false
    var traces: Int?
    /// The table that has the session to itself.
    var owner: Int?
    /// A query that has its result, while the end of its batch has not come.
    var uncommitted: Int?
    /// When another connection is to take this one's place.
    var expiresAt = Instant(nanoseconds: .max)
    /// When something was seen to have changed that it depends on: another one is to take its place at once; nil: nothing.
    var outdatedAt: Instant?
    /// Whether so much time has gone by since it was last known that nothing has changed that lookups must wait.
    var isStale = false
    /// Which connections depend on the same as this one; nil: it is not asked for.
    var dependencies: Int?
    /// The last time for which it is known that nothing has changed that it depends on.
    var soundAt = Instant(nanoseconds: .min)
    /// When the server was last asked about that.
    var lookedAt = Instant(nanoseconds: .min)
    /// Whether its answer is still to come.
    var isLooking = false
    /// When anything was last sent.
    var lastUse = Instant(nanoseconds: .min)

    init(tableCount: Int, limits: PoolLimits) {
        self.limits = limits
        depth = min(limits.pipelineDepth, PoolLimits.firstDepth)
        statements = Array(repeating: .unprepared, count: tableCount)
        stalePreparations = Array(repeating: 0, count: tableCount)
        arrayStatements = Array(repeating: .none, count: tableCount)
        preparedAt = Array(repeating: Instant(nanoseconds: .min), count: tableCount)
        arrayPreparedAt = preparedAt
        arrayUsableUntil = preparedAt
        isNamed = Array(repeating: false, count: tableCount)
        isArrayNamed = isNamed
        isPure = Array(repeating: false, count: tableCount)
        takesArrays = isPure
    }

    var isEstablished: Bool { phase == .ready || phase == .retiring }

    /// Whether what is sent has an answer soon: nothing slow is in the way, and nothing hangs.
    var isUnburdened: Bool {
        phase == .ready && !holdsSlow && stalledAt == nil && !isShunned
    }

    /// Whether anything may be sent now, apart from how much: through a pooler a batch only when the last one is over.
    var takesBatch: Bool {
        isUnburdened && !isStale && !isLearning && (!isSerial || inFlight.isEmpty || hasOpenBatch)
    }

    /// Whether more may be sent now that can wait, apart from how much. What waits for a batch to end goes out together with
    /// what comes until then: each batch costs the server a wake-up and a transaction, whatever is in it. Where a batch is
    /// long under way, more of them are.
    private var takesMore: Bool {
        takesBatch
            && (gathers || gatheringBatches < limits.batches + Int(roundTrip / PoolLimits.worthwhileTime))
    }

    /// How many statements more there is room for.
    var room: Int { takesMore ? max(0, depth - load) : 0 }

    /// Whether there is room for a statement that goes out in a batch of its own, which waiting would not make larger.
    var hasRoomApart: Bool { takesBatch && load < depth }

    /// Whether the server is at work that is not worth it yet, and through with it before long, as far as can be told.
    func wantsMore(now: Instant) -> Bool {
        guard load > 0 && load < worthwhile else { return false }
        return hasNextBatch || now < patienceEnd
    }

    /// Until when the server may be at the batch whose results are awaited, and count as through with it before long.
    private var patienceEnd: Instant {
        batchBegunAt.advanced(byNanoseconds: PoolLimits.worthwhileTime + roundTrip)
    }

    /// Whether what waits had better go to this server than wake another one, though it can only when a batch is over.
    func isWorthAwaiting(now: Instant) -> Bool {
        takesBatch && !takesMore && wantsMore(now: now)
    }

    /// When that is over, if no batch is before.
    var awaitedUntil: Instant? { takesBatch && !takesMore && load < worthwhile ? patienceEnd : nil }

    /// How many statements keep the server at work long enough for it to be worth having woken it.
    var worthwhile: Int {
        min(limits.worthwhile, max(1, Int(PoolLimits.worthwhileTime / max(1, statementTime))))
    }

    /// Notes that a statement is sent.
    ///
    /// - Parameter isApart: whether it has a batch of its own.
    mutating func push(_ statement: InFlight, isApart: Bool) {
        if inFlight.isEmpty {
            hasProgressed = true
            hasNextBatch = true
        }
        if !isApart { gathers = true }
        inFlight.append(statement)
        hasOpenBatch = true
        load += statement.load
    }

    /// Notes that the statement whose result was awaited has it, and takes it out.
    mutating func pop() -> InFlight {
        noteAnswer()
        let statement = inFlight.removeFirst()
        answered += statement.load
        load -= statement.load
        // What is slow is always the last.
        if load == 0 {
            holdsSlow = false
            isTrial = false
            isLearning = false
        }
        return statement
    }

    /// Notes that the batch is complete, and its Sync in flight.
    mutating func closeBatch() {
        inFlight.append(.sync)
        batches.append(gathers)
        if gathers { gatheringBatches += 1 }
        hasOpenBatch = false
        gathers = false
    }

    /// Notes that the batch whose results were awaited has come to its end.
    mutating func endBatch() {
        if batches.removeFirst() { gatheringBatches -= 1 }
        noteAnswer()
        // How long one has taken that was begun since the last dispatch can't be told.
        if !hasNextBatch { hasEndedBatch = true }
        hasNextBatch = true
    }

    private mutating func noteAnswer() {
        hasProgressed = true
        hasAnswered = true
        stalledAt = nil
    }

    /// Dates what has come, or was sent after a pause, since the last dispatch, and learns from the time that it took.
    ///
    /// - Parameters:
    ///   - fair: how long the server may take for what is in flight, beyond the round trip, in nanoseconds.
    ///   - deepest: how many statements may be in flight at most.
    /// - Returns: what the server has been at and how long that took, in nanoseconds, where that can be told.
    mutating func noteProgress(
        now: Instant, fair: Int64, deepest: Int
    ) -> (sample: BatchSample, taken: Int64)? {
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

    /// Forgets everything of the connection that was, but for how deep its pipeline may be; `generation` tells the next one
    /// from it.
    mutating func reset() {
        var next = ConnectionState(tableCount: statements.count, limits: limits)
        next.generation = generation &+ 1
        next.depth = depth
        self = next
    }
}
