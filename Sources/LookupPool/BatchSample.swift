// What a server was at, where the time that it took says something.

/// What a connection's server has been at since its batch began, if that was one table's queries in one form.
struct BatchSample {
    private(set) var table: Int?
    private(set) var isArray = false
    private(set) var keys = 0
    private var isMixed = false

    /// Nil where there was nothing, or different things.
    var pure: (table: Int, isArray: Bool, keys: Int)? {
        isMixed ? nil : table.map { ($0, isArray, keys) }
    }

    /// - Parameter table: nil for anything that is no table's query.
    mutating func add(table: Int?, isArray: Bool, keys: Int) {
        if table == nil || (self.table != nil && (self.table != table || self.isArray != isArray)) {
            isMixed = true
        }
        self.table = table
        self.isArray = isArray
        self.keys += keys
    }
}
