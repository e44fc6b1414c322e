// What a cache says to a lookup.

package import LookupValues

package enum Finding {
    /// Found or not found.
    case kept(LookupOutcome)
    case asked(AskTerms)
}

/// How a lookup is asked.
package struct AskTerms: Equatable {
    /// It may share a query for the same key that was sent after this instant, and is not answered yet.
    package let joinsSentAfter: Instant
    /// Whether its answer is to be kept: see `KeySampling`.
    package let isKept: Bool

    package static let unkept = AskTerms(joinsSentAfter: .distantFuture, isKept: false)
}
