// How a lookup is asked if nothing is kept for it.

package import LookupValues

package struct AskTerms: Equatable {
    /// It may share a query for the same key that was sent after this instant, and is not answered yet.
    package let joinsSentAfter: Instant
    /// Whether its answer is to be kept: see `KeySampling`.
    package let wantsKeeping: Bool

    package static let unkept = AskTerms(joinsSentAfter: .distantFuture, wantsKeeping: false)
}
