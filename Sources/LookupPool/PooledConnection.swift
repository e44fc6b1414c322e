// What a pool knows of one of its connections.

internal import LookupValues
internal import PoolHealth

struct PooledConnection {
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
    let generation: UInt32
    var host = 0
    var begunAt = Instant(nanoseconds: .min)
    var connectedAt = Instant(nanoseconds: .min)
    /// Whether a batch may be sent only when the one before has come to its end. PgBouncer up to 1.20 may give the server
    /// to another client at the end of a batch though the next one has been sent, and the other one the answers.
    var isSerial = false
    /// Whether the server has answered anything yet. A host that takes connections only to drop them is failing.
    var isProven = false
    /// Whether its host is avoided and another can take its place: nothing is sent any more.
    var isShunned = false
    /// When the connection was last found fit for use, or made.
    var checkedAt = Instant(nanoseconds: .min)
    /// When anything was last sent.
    var lastUse = Instant(nanoseconds: .min)
    var pipeline = Pipeline()
    var progress: Progress
    /// By table.
    var statements: [TableStatements]
    /// Whether a statement may be `unprepared`.
    var needsPreparation = false
    var session = Session()
    var validity = Validity()

    init(tableCount: Int, limits: PoolLimits) {
        self.init(
            tableCount: tableCount, limits: limits, generation: 0,
            progress: Progress(deepest: limits.pipelineDepth))
    }

    private init(tableCount: Int, limits: PoolLimits, generation: UInt32, progress: Progress) {
        self.limits = limits
        self.generation = generation
        self.progress = progress
        statements = Array(repeating: TableStatements(), count: tableCount)
    }

    /// Forgets everything of the connection that was, but for how deep its pipeline may be; `generation` tells the next one
    /// from it.
    mutating func reset() {
        self = PooledConnection(
            tableCount: statements.count, limits: limits, generation: generation &+ 1,
            progress: Progress(depth: progress.depth, deepest: limits.pipelineDepth))
    }

    var isEstablished: Bool { phase == .ready || phase == .retiring }

    /// Whether what is sent has an answer soon: nothing slow is in the way, and nothing hangs.
    var isUnburdened: Bool {
        phase == .ready && !pipeline.holdsSlow && progress.stalledAt == nil && !isShunned
    }

    // MARK: What may be sent

    /// Whether anything may be sent now, apart from how much: through a pooler a batch only when the last one is over.
    var takesBatch: Bool {
        isUnburdened && !validity.isStale && !pipeline.isLearning
            && (!isSerial || pipeline.isEmpty || pipeline.hasOpenBatch)
    }

    /// Whether more may be sent now that can wait, apart from how much. What waits for a batch to end goes out together with
    /// what comes until then: each batch costs the server a wake-up and a transaction, whatever is in it. If a batch is long
    /// under way, more of them are.
    private var takesMore: Bool {
        takesBatch
            && (pipeline.gathers || pipeline.gatheringBatches < limits.batches + progress.batchesUnderWay)
    }

    /// How many statements more there is room for.
    var room: Int { takesMore ? max(0, progress.depth - pipeline.load) : 0 }

    /// Whether there is room for a statement that goes out in a batch of its own, which waiting would not make larger.
    var hasRoomApart: Bool { takesBatch && pipeline.load < progress.depth }

    /// How many statements keep the server at work long enough for it to be worth having woken it.
    var worthwhile: Int { progress.worthwhile(most: limits.worthwhile) }

    /// Whether the server is at work that is not worth it yet, and through with it before long, as far as can be told.
    func wantsMore(now: Instant) -> Bool {
        pipeline.load > 0 && pipeline.load < worthwhile && progress.isSoonThrough(now: now)
    }

    /// Whether what waits had better go to this server than wake another one, though it can only when a batch is over.
    func isWorthAwaiting(now: Instant) -> Bool {
        takesBatch && !takesMore && wantsMore(now: now)
    }

    /// When that is over, if no batch is before.
    var awaitedUntil: Instant? {
        takesBatch && !takesMore && pipeline.load < worthwhile ? progress.patienceEnd : nil
    }

    // MARK: Events

    /// Notes that a statement is sent.
    ///
    /// - Parameter isApart: whether it has a batch of its own.
    mutating func push(_ statement: InFlight, isApart: Bool) {
        if pipeline.isEmpty { progress.noteAsked() }
        pipeline.push(statement, isApart: isApart)
    }

    /// Notes that the statement whose result was awaited has it, and takes it out.
    mutating func pop() {
        let statement = pipeline.pop()
        progress.noteAnswer(load: statement.load)
    }

    /// Notes that the batch whose results were awaited has come to its end.
    ///
    /// - Returns: the query that is answered with that.
    mutating func endBatch() -> QueryID? {
        let query = pipeline.endBatch()
        progress.noteEndOfBatch()
        return query
    }
}
