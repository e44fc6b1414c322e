// What lookups may have left in one connection's session.

/// Through a pooler, what a lookup leaves is the pooler's business: nothing is noted then.
struct Session {
    /// Whether lookups may have left something in it since it was last reset, and which table's; nil if that can't be told.
    private(set) var hasTraces = false
    private(set) var traces: Int?
    /// The table that has the session to itself.
    var owner: Int?

    mutating func noteTraces(of table: Int) {
        hasTraces = true
        traces = table
    }

    /// Something has changed that it depends on: it does not count as one in which nothing is left.
    mutating func noteOutdated() {
        if traces == nil { hasTraces = true }
    }

    /// Whether it must be made as new before a table's statement; nil: before something that is no table's.
    func needsReset(for table: Int?) -> Bool {
        hasTraces && (traces == nil || traces != table)
    }

    mutating func noteReset() {
        hasTraces = false
        traces = nil
    }
}
