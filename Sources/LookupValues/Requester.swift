// Who asked a pool.

/// Who asked: a name for the pool to return with the answer, and nothing to look into.
package struct Requester: Hashable, BitwiseCopyable, Sendable {
    package let client: UInt32
    package let sequence: UInt32
    /// Which of the request's lookups it is: 0 if it has one that answers it by itself.
    package let part: UInt16

    package init(client: UInt32, sequence: UInt32, part: UInt16 = 0) {
        self.client = client
        self.sequence = sequence
        self.part = part
    }
}
