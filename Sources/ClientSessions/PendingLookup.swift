// A lookup that is under way for a client's request.

internal import LookupProtocols
package import LookupValues

/// A lookup that a client waits for. A request may have several; they are its parts.
struct PendingLookup {
    let sequence: UInt32
    let part: UInt16
    let token: LookupToken
    let form: ReplyForm
    /// The number of its map.
    let map: Int
    let begunAt: Instant
}

/// A pending lookup that has its outcome.
package struct SettledLookup {
    /// The number of its map.
    package let map: Int
    package let begunAt: Instant
    /// The outcome that the client is answered with.
    package let outcome: LookupOutcome
}
