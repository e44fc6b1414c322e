// The one answer to a lookup, in the terms every endpoint translates from.

/// What a lookup came to. There is no fifth possibility, and an endpoint never changes one into another.
package enum LookupOutcome: Equatable, Sendable {
    /// The table has this value for the key: never empty, always valid UTF-8.
    case found([UInt8])
    /// The table was asked, or did not need to be, and has nothing for the key.
    case notFound
    /// No answer could be had now. Postfix defers the mail; the reason is for its log.
    case temporaryFailure(String)
    /// No answer will ever be had: the client names a map that nobody configured.
    case permanentFailure(String)
}
