// The answers that a client is owed: kept in the order of its requests, until the socket has taken them.

internal import LookupProtocols

/// What became of bytes that were passed to a socket.
package enum Transmission: Equatable, Sendable {
    /// So many bytes were taken, at least one.
    case bytes(Int)
    /// No bytes were taken. The socket reports when it takes more.
    case blocked
    case closed
}

/// A client's requests without an answer, and the answers that are not sent yet.
struct OwedReplies {
    /// Requests that one client may have unanswered. Postfix has one. The further requests of a client that pipelines more
    /// wait in the socket, and the client takes no more than its share of the pool.
    private static let maximumOutstanding = 128

    /// How many bytes of finished answers may be kept for a client: the answer that exceeds this is kept, and those that
    /// follow fail. It is room for the longest value.
    static let maximumHeld = ProxymapReply.maximumValueLength

    /// The bytes of memory that a session keeps for its next answers; it gives back more than that.
    private static let keptCapacity = 512

    /// The length of an answer, in bytes, above which a client's full number of answers would exceed `maximumHeld`.
    private static let longAnswer = maximumHeld / maximumOutstanding

    private var order: ReplyOrder
    /// Encoded answers. The first `sent` bytes are with the socket.
    private var output: [UInt8] = []
    private var sent = 0

    /// How many requests the client may have unanswered if their answers are as long as the longest one so far, so that it
    /// reads them all if it reads at all.
    private(set) var allowance = maximumOutstanding

    /// - Parameter first: the number of the first request.
    init(startingAt first: UInt32) {
        order = ReplyOrder(startingAt: first)
    }

    /// Requests without an answer in the output.
    var outstanding: Int { order.outstanding }

    /// Bytes of answers that are kept: not sent yet, or waiting for their turn.
    var heldBytes: Int { output.count - sent + order.bytesAside }

    /// Whether the client is owed so much that its lookups fail until it has read.
    var isOverfull: Bool { heldBytes > Self.maximumHeld }

    /// The bytes of memory kept for answers, used or not.
    var capacity: Int { output.capacity + order.bytesAside }

    // MARK: Answering

    /// Takes the next place in the order of answers. `settle` fills it.
    mutating func reserve() -> UInt32 {
        order.reserve()
    }

    /// Fills a place in the order with an answer, which `append` adds to the end of the output.
    mutating func settle(_ sequence: UInt32, _ append: (inout [UInt8]) -> Void) {
        let start = output.count
        append(&output)
        let length = output.count - start
        if length > Self.longAnswer { allowance = min(allowance, max(1, Self.maximumHeld / length)) }
        order.settle(sequence, encodedFrom: start, in: &output)
    }

    /// Adds the greeting, which answers no request.
    mutating func greet() {
        ProxymapGreeting.append(to: &output)
    }

    // MARK: Sending

    /// Sends what the socket takes.
    ///
    /// - Returns: what became of the last bytes, `blocked` or `closed`; nil if all were taken. Also whether any byte was
    ///   taken.
    mutating func send(_ transmit: (Span<UInt8>) -> Transmission) -> (stop: Transmission?, hasSent: Bool) {
        let before = sent
        while sent < output.count {
            switch transmit(output.span.extracting(sent...)) {
            case .bytes(let count):
                sent += count
            case .blocked:
                let hasSent = sent > before
                dropSent()
                return (.blocked, hasSent)
            case .closed:
                return (.closed, sent > before)
            }
        }
        let hasSent = sent > before
        sent = 0
        if output.capacity <= Self.keptCapacity {
            output.removeLast(output.count)
        } else {
            output = []
        }
        return (nil, hasSent)
    }

    /// Frees the memory of bytes that are sent. It would otherwise grow as long as a client reads as slowly as it asks.
    /// Moves no byte more often than others have been sent.
    private mutating func dropSent() {
        guard sent >= output.count - sent else { return }
        output.removeFirst(sent)
        sent = 0
    }
}
