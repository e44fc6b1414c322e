// The one answer to a lookup, in the terms every endpoint translates from.

/// The outcome of a lookup. There is no fifth one, and an endpoint never changes one into another.
package enum LookupOutcome: Equatable, Sendable {
    /// The table has this value for the key: never empty, always valid UTF-8.
    case found([UInt8])
    /// The table was asked, or did not need to be, and has nothing for the key.
    case notFound
    /// There is no answer now. Postfix defers the mail; the reason is for its log.
    case temporaryFailure(String)
    /// There will never be an answer: the client names a map that is not configured.
    case permanentFailure(String)
}
