// What a server has executed, if the time that it took says something.

/// What a connection's server has executed since its batch began, if that was one table's queries in one
/// form.
package struct BatchSample {
    package private(set) var table: Int?
    package private(set) var isArray = false
    package private(set) var keys = 0
    private var isMixed = false

    package init() {}

    /// Nil if there was nothing, or a mixture.
    package var pure: (table: Int, isArray: Bool, keys: Int)? {
        isMixed ? nil : table.map { ($0, isArray, keys) }
    }

    /// - Parameter table: nil for anything that is no table's query.
    package mutating func add(table: Int?, isArray: Bool, keys: Int) {
        if table == nil || (self.table != nil && (self.table != table || self.isArray != isArray)) {
            isMixed = true
        }
        self.table = table
        self.isArray = isArray
        self.keys += keys
    }
}
