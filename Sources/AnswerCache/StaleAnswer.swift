// An answer that is given while no host can be asked.

package import LookupValues

/// What was answered before no host of a target could be asked any more.
package struct StaleAnswer: Equatable, Sendable {
    package let outcome: LookupOutcome
    /// When it was last known to be what the database would answer.
    package let verifiedAt: Instant
    /// Whether it may be the answer to a client's question. A "not found" by which mail may be rejected may not; it only lets a
    /// search go on to a key that is found.
    package let isFinal: Bool

    package init(outcome: LookupOutcome, verifiedAt: Instant, isFinal: Bool = true) {
        self.outcome = outcome
        self.verifiedAt = verifiedAt
        self.isFinal = isFinal
    }
}
