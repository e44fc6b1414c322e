// A target with its tables, as a configuration has it.

package import LookupTables

/// A target and all tables that name it, which share its connections.
package struct PoolPlan: Equatable, Sendable {
    package let target: Target
    /// The first file, where the target can't be named, or another plan of the configuration differs in nothing that is shown.
    private let distinction: String?
    package private(set) var tables: [TableDefinition] = []

    init(target: Target, distinction: String?) {
        self.target = target
        self.distinction = distinction
    }

    /// What statistics call it, without a password; no two plans of a configuration have the same.
    package var name: String { target.name + (distinction.map { " (\($0))" } ?? "") }

    /// Seconds: the shortest of its tables'.
    package var retryInterval: Int { tables.map(\.retryInterval).min() ?? .max }

    /// Seconds: the longest that any of its tables sets, nil where none does.
    package var idleInterval: Int? { tables.compactMap(\.idleInterval).max() }
    /// The tables, by index, whose queries `map_trust` says to take for pure.
    package internal(set) var trusted: Set<Int> = []
    /// Whether the login is refused by now, so that nothing but the connections that there are can answer: they stay, whatever
    /// else has changed.
    package internal(set) var isHeld = false

    /// The table's index. One that several maps name is there once, so that they share its queries.
    mutating func add(_ table: TableDefinition) -> Int {
        if let index = tables.firstIndex(where: { $0.file == table.file }) {
            tables[index] = table
            return index
        }
        tables.append(table)
        return tables.count - 1
    }
}
