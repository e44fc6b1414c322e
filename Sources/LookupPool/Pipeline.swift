// What is in flight on one connection, and the batches that it is in.

internal import DequeModule

/// What was sent and has no result yet, in the order of sending, which is that of the results.
struct Pipeline {
    private(set) var inFlight: Deque<InFlight> = []
    /// The sum of their `InFlight.load`.
    private(set) var load = 0
    /// Whether anything was sent since the last Sync.
    private(set) var hasOpenBatch = false
    /// Whether the open batch has a statement that others can share a batch with.
    private(set) var gathers = false
    /// For each complete batch in flight whether it gathers statements, and how many do: others went alone.
    private var batches: Deque<Bool> = []
    private(set) var gatheringBatches = 0
    /// Whether a statement of a slow table is in flight: nothing is sent after it.
    private(set) var holdsSlow = false
    /// Whether that is a trial of its table on the last free connection: other tables must not wait for it.
    private(set) var isTrial = false
    /// Whether a statement that no server has prepared or refused before was sent to be prepared, and a
    /// result is still to come. The server may wait for a lock: no query is sent after it.
    private(set) var isLearning = false
    /// A query that has its result, but whose batch has not ended yet.
    private(set) var uncommitted: QueryID?

    var isEmpty: Bool { inFlight.isEmpty }

    /// What the next result belongs to.
    var next: InFlight? { inFlight.first }

    /// Notes that a statement is sent.
    ///
    /// - Parameter isApart: whether it has a batch of its own.
    mutating func push(_ statement: InFlight, isApart: Bool) {
        if !isApart { gathers = true }
        inFlight.append(statement)
        hasOpenBatch = true
        load += statement.load
    }

    /// Takes out the statement whose result was awaited.
    mutating func pop() -> InFlight {
        let statement = inFlight.removeFirst()
        load -= statement.load
        // A slow statement is always the last one.
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

    /// Notes that the batch whose results were awaited has ended.
    ///
    /// - Returns: the query that the end of the batch answers, if any.
    mutating func endBatch() -> QueryID? {
        let next = inFlight.popFirst()
        precondition(next == .sync, "a statement's result was reported as a batch's end")
        if batches.removeFirst() { gatheringBatches -= 1 }
        return uncommitted.take()
    }

    /// Nothing more is sent until all that is in flight has its results.
    mutating func noteSlow() { holdsSlow = true }

    mutating func noteTrial(_ isTrial: Bool) { self.isTrial = isTrial }

    /// Notes that a statement is sent to be prepared that no server has prepared or refused before.
    mutating func noteLearning() { isLearning = true }

    /// Notes that a query has its result, and is answered when its batch ends.
    mutating func awaitEnd(of query: QueryID) { uncommitted = query }

    /// Takes out the query that waits for the end of its batch: the batch can't be committed.
    mutating func takeUncommitted() -> QueryID? { uncommitted.take() }

    /// All that has no answer. The query that waits for the end of its batch comes first.
    var unanswered: Deque<InFlight> {
        guard let uncommitted else { return inFlight }
        var unanswered = inFlight
        unanswered.prepend(.query(uncommitted))
        return unanswered
    }
}
