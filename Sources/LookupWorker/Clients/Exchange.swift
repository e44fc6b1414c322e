// What a client has asked and is owed, apart from its socket.

internal import EventLoop
internal import LookupPool
package import LookupProtocols
internal import LookupValues

/// A client's requests in their order, those of them that the pool is to answer, and the answers that are not sent yet.
///
/// A value of its own, on which each step of a session is one access: accesses to an object's properties are checked at run
/// time for overlapping others, and a lookup had 32 such checks.
struct Exchange: ~Copyable {
    /// What a client has under way.
    struct Load {
        /// Requests without an answer in the output.
        let outstanding: Int
        /// Lookups that the pool is to answer.
        let pending: Int
        /// How many the client may have, from what its answers have been like.
        let allowance: Int
        /// Bytes of answers that are kept: not sent yet, or not in their turn.
        let heldBytes: Int
    }

    /// Requests that one client may have unanswered. Postfix has one; who pipelines more waits with the rest in the
    /// socket, and takes no more than its share of the pool.
    private static let maximumOutstanding = 128

    /// What a client may be owed in answers that are there, in bytes: one more is kept, and those that follow fail. It is room
    /// for the longest value.
    static let maximumHeld = ProxymapReply.maximumValueLength

    /// A session keeps so much room for its next answers, and gives back what is more.
    private static let keptCapacity = 512

    /// So long, in bytes, that a client's full number of such answers is more than it may be owed.
    private static let longAnswer = maximumHeld / maximumOutstanding

    private var order = ReplyOrder()
    private var pending: [PendingLookup] = []
    /// Encoded answers, of which the first `sent` bytes are on their way.
    private var output: [UInt8] = []
    private var sent = 0

    var load: Load {
        Load(
            outstanding: order.outstanding, pending: pending.count, allowance: allowance,
            heldBytes: heldBytes)
    }

    private var heldBytes: Int { output.count - sent + order.bytesAside }

    /// Whether the client is owed so much that it gets no more answers that may be long until it has read.
    var isOverfull: Bool { heldBytes > Self.maximumHeld }

    /// How many requests the client may have unanswered where their answers are as long as the longest one so far, so that it
    /// reads them all if it reads at all.
    private(set) var allowance = maximumOutstanding

    /// The bytes of memory that it keeps for answers, used or not.
    var capacity: Int { output.capacity + order.bytesAside }

    // MARK: Asking

    /// Takes the next place in the order of answers. Whoever takes it settles it by `begin` or `reply`.
    mutating func reserve() -> UInt32 {
        order.reserve()
    }

    /// Has a lookup wait for the pool, which will have it settled by `settle`.
    ///
    /// - Returns: how many lookups wait.
    mutating func begin(_ lookup: PendingLookup) -> Int {
        pending.append(lookup)
        return pending.count
    }

    // MARK: Answering

    /// Answers a lookup that waits for the pool.
    ///
    /// - Returns: what it was, and how many others still wait.
    mutating func settle(_ sequence: UInt32, _ outcome: LookupOutcome) -> (PendingLookup, left: Int) {
        // One waits as a rule, and never more than a session's bound.
        let index = pending.firstIndex { $0.sequence == sequence }!
        pending.swapAt(index, pending.count - 1)
        let lookup = pending.removeLast()
        reply(sequence) { lookup.encoding.append(outcome, to: &$0) }
        return (lookup, pending.count)
    }

    /// Settles a place in the order with an answer, which `append` adds to the end of the output.
    mutating func reply(_ sequence: UInt32, _ append: (inout [UInt8]) -> Void) {
        let start = output.count
        append(&output)
        let length = output.count - start
        if length > Self.longAnswer { allowance = min(allowance, max(1, Self.maximumHeld / length)) }
        order.settle(sequence, encodedFrom: start, in: &output)
    }

    /// Adds what answers no request.
    mutating func greet() {
        ProxymapGreeting.append(to: &output)
    }

    /// Takes back all lookups that wait for the pool.
    mutating func withdraw() -> [PendingLookup] {
        var withdrawn: [PendingLookup] = []
        swap(&withdrawn, &pending)
        return withdrawn
    }

    // MARK: Sending

    /// What became of the answers.
    enum Sending {
        /// All are on their way.
        case done
        /// The socket takes no more now.
        case blocked
        case closed
    }

    /// Sends what the socket takes.
    ///
    /// - Returns: what became of the answers, and whether any byte was sent.
    mutating func flush(to descriptor: Int32) -> (Sending, hasSent: Bool) {
        let before = sent
        while sent < output.count {
            switch send(output.span.extracting(sent...), to: descriptor) {
            case .bytes(let count):
                sent += count
            case .wouldBlock:
                let hasSent = sent > before
                dropSent()
                return (.blocked, hasSent)
            case .closed:
                return (.closed, sent > before)
            }
        }
        let hasSent = sent > before
        sent = 0
        output.removeAll(keepingCapacity: output.capacity <= Self.keptCapacity)
        return (.done, hasSent)
    }

    /// Frees the room of what is sent, which would otherwise grow as long as a client reads as slowly as it asks.
    /// Moves no byte more often than others have been sent.
    private mutating func dropSent() {
        guard sent >= output.count - sent else { return }
        output.removeFirst(sent)
        sent = 0
    }
}

/// A lookup that a client waits for.
struct PendingLookup {
    let sequence: UInt32
    let driver: PoolDriver
    let lookup: LookupID
    let encoding: ReplyEncoding
    /// The number of its map.
    let map: Int
    let begunAt: Instant
}

/// How a lookup's outcome becomes a client's bytes.
package enum ReplyEncoding {
    case socketmap
    /// As socketmap, with values as large as proxymap clients get: for `mapmux query`.
    case command
    case proxymap(ProxymapReply)

    /// In bytes without the netstring's frame: `OK ` and a value.
    package static let longestCommandReply = 3 + ProxymapReply.maximumValueLength

    func append(_ outcome: LookupOutcome, to output: inout [UInt8]) {
        switch self {
        case .socketmap: SocketmapReply.append(outcome, to: &output)
        case .command:
            SocketmapReply.append(outcome, longestReply: Self.longestCommandReply, to: &output)
        case .proxymap(let reply): reply.append(outcome, to: &output)
        }
    }
}
