// What is to be done for a worker's clients later: at the end of the turn, with their next share, or after a while.

internal import DequeModule
internal import LookupValues

struct ClientAgenda {
    /// How long a client may be silent until it is greeted, in nanoseconds, if clients need no greeting as a rule: one that
    /// asks without has asked by then, as Postfix connects when it has something to ask.
    private static let silence: Int64 = 1_000_000_000

    /// The numbers of those to be flushed. If one has ended and its number is another's now, that one is flushed for
    /// nothing.
    private var awaitingFlush: [UInt32] = []
    /// Those who have more to ask than was their share of the turn.
    private var heldBack: [ClientID] = []
    /// When they go on; nil if there are none.
    private(set) var resumeAt: Instant?
    /// Those who may wait for a greeting, and when they get it, in that order.
    private var ungreeted: Deque<(client: ClientID, dueAt: Instant)> = []

    /// When somebody is to be greeted; nil: never.
    var greetingDueAt: Instant? { ungreeted.first?.dueAt }

    // MARK: Noting

    mutating func flush(_ client: UInt32) { awaitingFlush.append(client) }

    mutating func holdBack(_ client: ClientID, until instant: Instant) {
        heldBack.append(client)
        if resumeAt == nil { resumeAt = instant }
    }

    /// Has a client greeted that goes on being silent.
    mutating func greetLater(_ client: ClientID, now: Instant) {
        ungreeted.append((client, now.advanced(byNanoseconds: Self.silence)))
    }

    // MARK: Taking

    /// Those to be flushed; empty if there are none.
    mutating func takeFlushes() -> [UInt32] {
        if awaitingFlush.isEmpty { return [] }
        var batch: [UInt32] = []
        swap(&batch, &awaitingFlush)
        return batch
    }

    /// Gives room back that `takeFlushes` has taken.
    mutating func reuse(_ batch: inout [UInt32]) {
        batch.removeAll(keepingCapacity: true)
        if awaitingFlush.isEmpty { swap(&batch, &awaitingFlush) }
    }

    /// Those whose next share has come.
    mutating func takeHeldBack(now: Instant) -> [ClientID] {
        guard let due = resumeAt, due <= now else { return [] }
        resumeAt = nil
        var batch: [ClientID] = []
        swap(&batch, &heldBack)
        return batch
    }

    /// One who has been silent for a while; nil if there is none.
    mutating func takeSilent(now: Instant) -> ClientID? {
        guard let first = ungreeted.first, first.dueAt <= now else { return nil }
        ungreeted.removeFirst()
        return first.client
    }
}
