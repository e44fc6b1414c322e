// What is to be done for a worker's clients later: at the end of the turn, with their next share, or after a while.

internal import DequeModule
internal import LookupValues

struct ClientAgenda {
    /// How long a client may be silent until it is greeted, in nanoseconds, if clients need no greeting as a rule. A client
    /// that asks without a greeting has asked by then, as Postfix connects when it has something to ask.
    private static let silence: Int64 = 1_000_000_000

    /// The numbers of the clients to be flushed. If a client has ended and another one has its number now, the other one is
    /// flushed needlessly.
    private var awaitingFlush: [UInt32] = []
    /// Clients with more requests than their share of the turn.
    private var heldBack: [ClientID] = []
    /// When these clients go on; nil if there are none.
    private(set) var resumeAt: Instant?
    /// Clients that may wait for a greeting and when they get it, in the order of these times.
    private var ungreeted: Deque<(client: ClientID, dueAt: Instant)> = []

    /// When the next client is to be greeted; nil if none is.
    var greetingDueAt: Instant? { ungreeted.first?.dueAt }

    // MARK: Noting

    mutating func flush(_ client: UInt32) { awaitingFlush.append(client) }

    mutating func holdBack(_ client: ClientID, until instant: Instant) {
        heldBack.append(client)
        if resumeAt == nil { resumeAt = instant }
    }

    /// Has a client greeted if it stays silent.
    mutating func greetLater(_ client: ClientID, now: Instant) {
        ungreeted.append((client, now.advanced(byNanoseconds: Self.silence)))
    }

    // MARK: Taking

    /// Takes the clients to be flushed; empty if there are none.
    mutating func takeFlushes() -> [UInt32] {
        if awaitingFlush.isEmpty { return [] }
        var batch: [UInt32] = []
        swap(&batch, &awaitingFlush)
        return batch
    }

    /// Takes back the array that `takeFlushes` has returned, to use its memory again.
    mutating func reuse(_ batch: inout [UInt32]) {
        batch.removeAll(keepingCapacity: true)
        if awaitingFlush.isEmpty { swap(&batch, &awaitingFlush) }
    }

    /// Takes the clients whose next share has come.
    mutating func takeHeldBack(now: Instant) -> [ClientID] {
        guard let due = resumeAt, due <= now else { return [] }
        resumeAt = nil
        var batch: [ClientID] = []
        swap(&batch, &heldBack)
        return batch
    }

    /// Takes a client that has been silent for a while; nil if there is none.
    mutating func takeSilent(now: Instant) -> ClientID? {
        guard let first = ungreeted.first, first.dueAt <= now else { return nil }
        ungreeted.removeFirst()
        return first.client
    }
}
