// What a query reads of a relation.

/// How a query uses a relation.
package struct RelationUse: Equatable, Sendable {
    /// attnums; 0 is the whole row, and the system's columns are negative.
    package private(set) var columns: Set<Int16> = []
    /// False if each use is of ONLY it.
    package private(set) var includesChildren = false
    /// For each place where it stands, what is compared with parameters there.
    package private(set) var comparisons: [Set<KeyComparison>] = []

    mutating func add(_ columns: Set<Int16>, includesChildren: Bool, compared: Set<KeyComparison>) {
        self.columns.formUnion(columns)
        if includesChildren { self.includesChildren = true }
        comparisons.append(compared)
    }

    mutating func add(column: Int16) { columns.insert(column) }
}
