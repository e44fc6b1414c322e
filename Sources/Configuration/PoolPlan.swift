// A target with its tables, as a configuration has it.

package import LookupTables

/// A target and all tables that name it, which share its connections.
package struct PoolPlan: Equatable, Sendable {
    package let target: Target
    /// The first file, if the target can't be named, or if another plan of the configuration has the same visible name.
    private let distinction: String?
    package private(set) var tables: [TableDefinition] = []

    init(target: Target, distinction: String?) {
        self.target = target
        self.distinction = distinction
    }

    /// Its name in statistics, without a password; no two plans of a configuration have the same name.
    package var name: String { target.name + (distinction.map { " (\($0))" } ?? "") }

    /// Seconds: the shortest of its tables' intervals.
    package var retryInterval: Int { tables.map(\.retryInterval).min() ?? .max }

    /// Seconds: the longest that any of its tables sets, nil if none does.
    package var idleInterval: Int? { tables.compactMap(\.idleInterval).max() }
    /// The tables, by index, whose queries are taken to be pure because of `map_trust`.
    package internal(set) var trusted: Set<Int> = []
    /// The tables, by index, whose "not found" is asked again on the primary if a standby has said so: confirm_not_found.
    package internal(set) var confirmed: Set<Int> = []
    /// Those of them by which Postfix rejects: if the primary can't be asked, nobody knows. The others are asked before these;
    /// what a standby says of them stands then.
    package internal(set) var strictlyConfirmed: Set<Int> = []
    /// Whether the login is refused now, so that only the present connections can answer: they stay, whatever else has
    /// changed.
    package internal(set) var isHeld = false

    /// Returns the table's index. A table that several maps name is there once, so that the maps share its queries.
    mutating func add(_ table: TableDefinition) -> Int {
        if let index = tables.firstIndex(where: { $0.file == table.file }) {
            tables[index] = table
            return index
        }
        tables.append(table)
        return tables.count - 1
    }
}
