// What is in flight on one connection, and the batches that it is in.

internal import DequeModule

/// What was sent and has no result yet, in the order of sending, which is that of the results.
struct Pipeline {
    private(set) var inFlight: Deque<InFlight> = []
    /// The `InFlight.load` of all those.
    private(set) var load = 0
    /// Whether anything was sent since the last Sync.
    private(set) var hasOpenBatch = false
    /// Whether there is something in the open batch that others could have gone with.
    private(set) var gathers = false
    /// The complete batches in flight, and how many of them gathered statements: the others are of one that had to go alone.
    private var batches: Deque<Bool> = []
    private(set) var gatheringBatches = 0
    /// Whether a statement of a slow table is in flight: nothing is sent after it.
    private(set) var holdsSlow = false
    /// Whether that is on the last connection that was free, to see whether it is slow: others may not wait for it.
    private(set) var isTrial = false
    /// Whether the server is to prepare what none has taken yet, and has not answered all that is in flight since: it may wait
    /// for a lock, and no query is sent after it.
    private(set) var isLearning = false
    /// A query that has its result, while the end of its batch has not come.
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
    ///
    /// - Returns: the query that is answered with that.
    mutating func endBatch() -> QueryID? {
        let next = inFlight.popFirst()
        precondition(next == .sync, "a statement's result was reported as a batch's end")
        if batches.removeFirst() { gatheringBatches -= 1 }
        return uncommitted.take()
    }

    /// Nothing more is sent until all that is in flight has its results.
    mutating func noteSlow() { holdsSlow = true }

    mutating func noteTrial(_ isTrial: Bool) { self.isTrial = isTrial }

    /// The server is sent what none has taken yet.
    mutating func noteLearning() { isLearning = true }

    /// Has a query that has its result wait for the end of its batch.
    mutating func awaitEnd(of query: QueryID) { uncommitted = query }

    /// Takes the query that waits for the end of its batch, which can't be committed.
    mutating func takeUncommitted() -> QueryID? { uncommitted.take() }

    /// All that has no answer, that which waits for the end of its batch first.
    var unanswered: Deque<InFlight> {
        guard let uncommitted else { return inFlight }
        var unanswered = inFlight
        unanswered.prepend(.query(uncommitted))
        return unanswered
    }
}
