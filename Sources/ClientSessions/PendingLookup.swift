// A lookup that is under way for a client's request.

internal import LookupProtocols
package import LookupValues

/// A lookup that a client waits for. The only one of a request is its part 0; of several, the first is part 1.
struct PendingLookup {
    let sequence: UInt32
    let part: UInt16
    var token: LookupToken
    let form: ReplyForm
    /// The number of its map.
    let map: Int
    let begunAt: Instant
}

/// A lookup that was pending, and needs no outcome any more.
package struct WithdrawnLookup: Hashable, Sendable {
    package let token: LookupToken
    /// The request's number, and which of its lookups it was.
    package let sequence: UInt32
    package let part: UInt16

    init(_ lookup: PendingLookup) {
        token = lookup.token
        sequence = lookup.sequence
        part = lookup.part
    }
}

/// A pending lookup that has its outcome.
package struct SettledLookup {
    /// The number of its map.
    package let map: Int
    package let begunAt: Instant
    /// The outcome that the client is answered with.
    package let outcome: LookupOutcome
}
