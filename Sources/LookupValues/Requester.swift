// Who asked a pool.

/// Who asked: a name for the pool to return with the answer, and nothing to look into.
package struct Requester: Hashable, BitwiseCopyable, Sendable {
    package let client: UInt32
    package let sequence: UInt32

    package init(client: UInt32, sequence: UInt32) {
        self.client = client
        self.sequence = sequence
    }
}
