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
        /// Takes no more queries, as the connection moves to another host or another one has taken its place;
        /// `idle` follows when the last query in flight has its result.
        case retiring
    }

    private let limits: PoolLimits
    var phase = Phase.idle
    let generation: UInt32
    var host = 0
    var begunAt = Instant(nanoseconds: .min)
    var connectedAt = Instant(nanoseconds: .min)
    /// Whether a batch may be sent only when the one before has ended. At the end of a batch, PgBouncer up to
    /// 1.20 may give the server to another client although the next batch has been sent; that client then
    /// gets its answers.
    var isSerial = false
    /// Whether the server has answered anything yet. A host that takes connections only to drop them is failing.
    var isProven = false
    /// Whether its host is avoided and another one can take its place: nothing more is sent on it.
    var isShunned = false
    /// When the connection was made, or a check was last sent.
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

    /// Forgets everything about the old connection except how deep its pipeline may be. `generation` tells
    /// the next connection from the old one.
    mutating func reset() {
        self = PooledConnection(
            tableCount: statements.count, limits: limits, generation: generation &+ 1,
            progress: Progress(depth: progress.depth, deepest: limits.pipelineDepth))
    }

    var isEstablished: Bool { phase == .ready || phase == .retiring }

    /// Whether a query sent now should be answered soon: nothing slow is in flight, nothing has stalled.
    var isUnburdened: Bool {
        phase == .ready && !pipeline.holdsSlow && progress.stalledAt == nil && !isShunned
    }

    // MARK: What may be sent

    /// Whether anything may be sent now, however much is in flight. Through a pooler, a batch may be sent
    /// only when the last one has ended.
    var takesBatch: Bool {
        isUnburdened && !validity.isStale && !pipeline.isLearning
            && (!isSerial || pipeline.isEmpty || pipeline.hasOpenBatch)
    }

    /// Whether statements that can wait may be sent now, however many are in flight. Statements that wait for
    /// a batch to end go out together with those that come until then: each batch costs the server a wake-up
    /// and a transaction, whatever is in it. If the round trip is long, more batches may be in flight.
    private var takesMore: Bool {
        takesBatch
            && (pipeline.gathers || pipeline.gatheringBatches < limits.batches + progress.batchesUnderWay)
    }

    /// How many more statements there is room for.
    var room: Int { takesMore ? max(0, progress.depth - pipeline.load) : 0 }

    /// Whether there is room for a statement that goes out in a batch of its own, which waiting would not make larger.
    var hasRoomApart: Bool { takesBatch && pipeline.load < progress.depth }

    /// How many statements keep the server at work long enough to be worth waking it.
    var worthwhile: Int { progress.worthwhile(most: limits.worthwhile) }

    /// Whether the server executes fewer statements than are worth it, and should finish them soon.
    func wantsMore(now: Instant) -> Bool {
        pipeline.load > 0 && pipeline.load < worthwhile && progress.isSoonThrough(now: now)
    }

    /// Whether a waiting statement should go to this server when a batch ends, rather than wake another now.
    func isWorthAwaiting(now: Instant) -> Bool {
        takesBatch && !takesMore && wantsMore(now: now)
    }

    /// When that no longer holds, if no batch ends before.
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

    /// Notes that the batch whose results were awaited has ended.
    ///
    /// - Returns: the query that the end of the batch answers, if any.
    mutating func endBatch() -> QueryID? {
        let query = pipeline.endBatch()
        progress.noteEndOfBatch()
        return query
    }
}
