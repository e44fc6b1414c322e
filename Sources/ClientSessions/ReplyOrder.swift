// Keeps the promise that each request of a client is answered once, in the order of the requests.

/// The order of a client session's replies, whatever protocol encodes them.
///
/// A session reserves a number for each request it accepts, and settles that number with the encoded reply when the outcome
/// is known. A reply whose turn it is stays in the session's output, where it was encoded; any other reply is put aside
/// until those before it are settled. With one request outstanding, as Postfix has it, nothing is copied or allocated; with
/// none outstanding this is three words without a heap block.
struct ReplyOrder: Sendable {
    /// The number of the reply to be sent next.
    private var next: UInt32
    /// How many numbers from `next` on are reserved, `next` included, and not sent.
    private var count: UInt32 = 0
    /// Replies put aside; the reply with number `n` is at index `n % capacity`. The capacity is 0 or a power of two; it
    /// divides 2^32, so the index stays right when the numbers wrap around.
    private var aside: [[UInt8]?] = []
    /// The length of all replies put aside, in bytes.
    private(set) var bytesAside = 0

    /// - Parameter first: the first number; a value other than 0 is of use to tests only.
    init(startingAt first: UInt32 = 0) {
        next = first
    }

    /// How many requests are without an answer in the output: those not settled, and those settled before
    /// their turn.
    ///
    /// There is no limit here. A session that stops reading at its limit bounds ``bytesAside`` too, as the length of a
    /// reply is bounded.
    var outstanding: Int {
        Int(count)
    }

    /// Takes the next place in the order, for a request that will be answered.
    ///
    /// Numbers count up by one and wrap around after 2^32.
    mutating func reserve() -> UInt32 {
        let number = next &+ count
        count += 1
        return number
    }

    /// Settles a number with the reply that was just encoded at the end of `output`, from index `start` on.
    ///
    /// Afterwards `output` ends with that reply and all that waited for it, or at `start` if it is not this reply's turn. A
    /// number that is not outstanding or is settled already, or a reply without bytes, is our own mistake and traps.
    mutating func settle(_ number: UInt32, encodedFrom start: Int, in output: inout [UInt8]) {
        let distance = number &- next
        precondition(distance < count, "the number is not outstanding")
        precondition(start >= 0 && start < output.count, "there is no encoded reply")
        if distance == 0 {
            next &+= 1
            count -= 1
            if !aside.isEmpty {
                release(into: &output)
            }
        } else {
            putAside(number, distance: Int(distance), Array(output[start...]))
            output.removeLast(output.count - start)
        }
    }

    private mutating func putAside(_ number: UInt32, distance: Int, _ reply: [UInt8]) {
        if distance >= aside.count {
            growAside(toHold: distance)
        }
        let index = asideIndex(of: number)
        precondition(aside[index] == nil, "the number is settled already")
        bytesAside += reply.count
        aside[index] = reply
    }

    private mutating func release(into output: inout [UInt8]) {
        while count > 0 {
            let index = asideIndex(of: next)
            guard let reply = aside[index].take() else { return }
            output.append(contentsOf: reply)
            bytesAside -= reply.count
            next &+= 1
            count -= 1
        }
        // Freed only when nothing is outstanding; otherwise a client that pipelines would allocate it again and again.
        aside = []
    }

    private func asideIndex(of number: UInt32) -> Int {
        Int(number) & (aside.count - 1)
    }

    private mutating func growAside(toHold distance: Int) {
        var capacity = max(8, aside.count)
        while capacity <= distance {
            capacity *= 2
        }
        var grown = [[UInt8]?](repeating: nil, count: capacity)
        for distance in aside.indices {
            let number = next &+ UInt32(distance)
            grown[Int(number) & (capacity - 1)] = aside[asideIndex(of: number)].take()
        }
        aside = grown
    }
}
