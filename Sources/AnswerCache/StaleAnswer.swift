// An answer that is given while no host can be asked.

package import LookupValues

/// What was answered before no host of a target could be asked any more.
package struct StaleAnswer: Equatable, Sendable {
    package let outcome: LookupOutcome
    /// When it was last known to be what the database would answer.
    package let verifiedAt: Instant

    package init(outcome: LookupOutcome, verifiedAt: Instant) {
        self.outcome = outcome
        self.verifiedAt = verifiedAt
    }
}
