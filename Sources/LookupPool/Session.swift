// What lookups may have left in one connection's session.

/// Through a pooler, nothing is noted: what a lookup leaves is the pooler's business then.
struct Session {
    /// Whether lookups may have left something in it since it was last reset, and which table's; nil:
    /// unknown.
    private(set) var hasTraces = false
    private(set) var traces: Int?
    /// The table that has the session to itself.
    var owner: Int?

    mutating func noteTraces(of table: Int) {
        hasTraces = true
        traces = table
    }

    /// Something that the session depends on has changed: lookups may have left something in it.
    mutating func noteOutdated() {
        if traces == nil { hasTraces = true }
    }

    /// Whether the session must be reset before a table's statement; nil: before one that is no table's.
    func needsReset(for table: Int?) -> Bool {
        hasTraces && (traces == nil || traces != table)
    }

    mutating func noteReset() {
        hasTraces = false
        traces = nil
    }
}
