// How long answers of a table are kept, and what they are given for.

/// What the configuration says about keeping a table's answers.
package struct CacheOptions: Hashable, Sendable {
    /// For how many nanoseconds after its query was sent an answer is given; nil: not by time.
    package var bound: Int64?
    /// Whether answers are given as long as no change of the table's rows is notified.
    package var isNotified = false
    /// How many nanoseconds old an answer may be, as it was last verified, that is given while no host of the target can be
    /// asked; nil: none is.
    package var staleBound: Int64?
    /// Whether "not found" is given then, too.
    package var givesStaleNotFound = false

    package init() {}

    /// Whether answers are given while the database can be asked.
    package var isUsed: Bool { bound != nil || isNotified }
    /// Whether answers are kept at all.
    package var isKept: Bool { isUsed || staleBound != nil }
}
