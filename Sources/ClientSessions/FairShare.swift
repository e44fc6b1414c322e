// Limits what clients that ask much at once may have under way, so that clients that ask one thing at a time lose little.

package import LookupValues

/// The account of one worker's clients. Each client may begin one request in each turn, and have one lookup in the pool.
/// What a client has beyond that comes out of an allowance that all share, as long as there are clients that wait for each
/// answer before they ask again, as Postfix does. Without such clients, one that asks much at once gets much at once.
///
/// An object whose methods call nothing: the compiler can then tell that accesses to its properties don't overlap, and
/// leaves out the checks that a value within another object would need.
package final class FairShare {
    /// Requests that one client may begin in a turn, in any case.
    private static let mostInTurn = 128
    /// Requests or lookups that all clients together may have beyond the first of each, if few clients are busy.
    private static let leastAllowance = 8
    /// How long after a request of a patient client the shared allowance applies, in nanoseconds.
    private static let mindfulness: Int64 = 1_000_000_000

    /// Counts up, and identifies the turn in ``Turn``.
    private var turn: UInt32 = 0
    /// Clients that have begun a request in this turn, and the requests beyond the first of each.
    private var clientsInTurn = 0
    private var extraInTurn = 0
    /// Clients with lookups in the pool, and the lookups beyond the first of each.
    private var waitingClients = 0
    private var extraWaiting = 0
    private var mindfulUntil = Instant(nanoseconds: .min)

    package init() {}

    /// What one client has begun in the latest turn in which it began a request.
    struct Turn {
        fileprivate var number: UInt32 = 0
        fileprivate var begun = 0
    }

    package func beginTurn() {
        turn &+= 1
        clientsInTurn = 0
        extraInTurn = 0
    }

    /// When a client goes on that has used up its share of the turn: in the next turn, or in a millisecond if the shared
    /// allowance applies, as a turn that waits for no event is short.
    package func nextShare(now: Instant) -> Instant {
        mindfulUntil <= now ? now : now.advanced(byNanoseconds: 1_000_000)
    }

    /// Whether a client may begin one more request, if it has `waiting` lookups in the pool.
    func allows(_ client: Turn, waiting: Int, now: Instant) -> Bool {
        let begun = client.number == turn ? client.begun : 0
        if begun == 0 && waiting == 0 { return true }
        if begun >= Self.mostInTurn { return false }
        if mindfulUntil <= now { return true }
        if begun > 0 && extraInTurn >= max(Self.leastAllowance, clientsInTurn / 8) { return false }
        return waiting == 0 || extraWaiting < max(Self.leastAllowance, waitingClients / 8)
    }

    /// A client begins a request.
    ///
    /// - Parameter isPatient: whether the client has asked one thing and waits for the answer.
    func noteRequest(_ client: inout Turn, isPatient: Bool, now: Instant) {
        if isPatient { mindfulUntil = now.advanced(byNanoseconds: Self.mindfulness) }
        if client.number == turn && client.begun > 0 {
            client.begun += 1
            extraInTurn += 1
        } else {
            client = Turn(number: turn, begun: 1)
            clientsInTurn += 1
        }
    }

    /// A client has begun a lookup, and has `waiting` lookups in the pool now.
    func noteLookup(waiting: Int) {
        if waiting == 1 { waitingClients += 1 } else { extraWaiting += 1 }
    }

    /// A lookup of a client has been answered, and the client has `waiting` lookups in the pool now.
    func noteAnswer(waiting: Int) {
        if waiting == 0 { waitingClients -= 1 } else { extraWaiting -= 1 }
    }

    /// A client withdraws all the lookups that it has in the pool.
    func noteEnd(waiting: Int) {
        if waiting == 0 { return }
        waitingClients -= 1
        extraWaiting -= waiting - 1
    }
}
