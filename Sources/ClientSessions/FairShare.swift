// How much clients that ask much at once may have under way, so that those who ask one thing at a time lose little.

package import LookupValues

/// The account of one worker's clients. Everyone may begin a request in each turn, and have a lookup in the pool; what a
/// client has beyond that comes out of an allowance that all share, as long as others are there who ask nothing more
/// before they have their answer, as Postfix does. Without those, who asks much at once gets much at once.
///
/// An object, whose methods call nothing: then the compiler can tell that accesses to its properties don't overlap, and leaves
/// out the checks that a value within another object would need.
package final class FairShare {
    /// Requests that one client may begin in a turn, whoever else is there.
    private static let mostInTurn = 128
    /// What all may have beyond the first, where few are busy.
    private static let leastAllowance = 8
    /// How long those who ask one thing at a time are minded after they have asked, in nanoseconds.
    private static let mindfulness: Int64 = 1_000_000_000

    /// Counts up, and names the turn in ``Turn``.
    private var turn: UInt32 = 0
    /// Clients that have begun a request in this turn, and the requests beyond the first of each.
    private var clientsInTurn = 0
    private var extraInTurn = 0
    /// Clients with lookups in the pool, and the lookups beyond the first of each.
    private var waitingClients = 0
    private var extraWaiting = 0
    private var mindfulUntil = Instant(nanoseconds: .min)

    package init() {}

    /// What one client has begun in the last turn that it began anything in.
    struct Turn {
        fileprivate var number: UInt32 = 0
        fileprivate var begun = 0
    }

    package func beginTurn() {
        turn &+= 1
        clientsInTurn = 0
        extraInTurn = 0
    }

    /// When somebody goes on who has used up the share of the turn: in the next one, or, where others are to be minded, in
    /// a millisecond, as turns are short that wait for nothing.
    package func nextShare(now: Instant) -> Instant {
        mindfulUntil <= now ? now : now.advanced(byNanoseconds: 1_000_000)
    }

    /// Whether a client may begin one more request, of which so many lookups are in the pool.
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
    /// - Parameter isPatient: whether it has asked one thing and awaits the answer.
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

    /// A client, which has so many lookups in the pool now, has begun one of them.
    func noteLookup(waiting: Int) {
        if waiting == 1 { waitingClients += 1 } else { extraWaiting += 1 }
    }

    /// A client, which has so many lookups in the pool now, has been answered one more.
    func noteAnswer(waiting: Int) {
        if waiting == 0 { waitingClients -= 1 } else { extraWaiting -= 1 }
    }

    /// A client takes back all the lookups that it has in the pool.
    func noteEnd(waiting: Int) {
        if waiting == 0 { return }
        waitingClients -= 1
        extraWaiting -= waiting - 1
    }
}
