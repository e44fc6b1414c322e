// A whole configuration: the parameters, the tables, and which pool each table belongs to.

internal import EventLoop
package import LookupTables

/// A map name and the pool and table that answer for it.
package struct ConfiguredMap: Equatable, Sendable {
    package let name: String
    /// An index into `DaemonConfiguration.pools`.
    package let pool: Int
    /// An index into that pool's tables.
    package let table: Int
}

/// A target and all tables that name it, which share its connections.
package struct PoolPlan: Equatable, Sendable {
    package let target: Target
    package private(set) var tables: [TableDefinition] = []
    /// Seconds: the shortest of its tables'.
    package private(set) var retryInterval = Int.max

    /// Seconds: the longest that any of its tables sets, nil where none does.
    package private(set) var idleInterval: Int?
    /// The tables, by index, whose queries `map_trust` says to take for pure.
    package fileprivate(set) var trusted: Set<Int> = []

    fileprivate init(target: Target) {
        self.target = target
    }

    /// Plans may differ in the password alone, which is no part of a target's identity.
    package static func == (one: PoolPlan, other: PoolPlan) -> Bool {
        one.target == other.target && one.target.password == other.target.password
            && one.tables == other.tables && one.trusted == other.trusted
    }

    /// The table's index. One that several maps name is there once, so that they share its queries.
    fileprivate mutating func add(_ table: TableDefinition) -> Int {
        if let index = tables.firstIndex(where: { $0.file == table.file }) { return index }
        retryInterval = min(retryInterval, table.retryInterval)
        if let interval = table.idleInterval { idleInterval = max(idleInterval ?? 0, interval) }
        tables.append(table)
        return tables.count - 1
    }
}

package struct DaemonConfiguration: Sendable {
    package internal(set) var settings = DaemonSettings()
    package private(set) var maps: [ConfiguredMap] = []
    package private(set) var pools: [PoolPlan] = []

    mutating func add(_ table: TableDefinition, as name: String) {
        let pool = pools.firstIndex { $0.target == table.target } ?? pools.count
        if pool == pools.count { pools.append(PoolPlan(target: table.target)) }
        maps.append(ConfiguredMap(name: name, pool: pool, table: pools[pool].add(table)))
    }

    /// Takes the query of a map's table for pure, whatever is found out about it, and whichever other maps have that table.
    mutating func trust(map name: String) {
        for map in maps where map.name == name { pools[map.pool].trusted.insert(map.table) }
    }
}

/// Where a configuration comes from: a file, and what the command line overrides.
package struct ConfigurationSource: Sendable {
    package let file: String
    /// `NAME=VALUE` each, as given to -o; the last of a name counts.
    package let overrides: [String]

    package init(file: String, overrides: [String]) {
        self.file = file
        self.overrides = overrides
    }

    /// Reads the file and every file that it names.
    ///
    /// - Parameter diagnostics: gets everything that is wrong. With any error among it the configuration must not be
    ///   used for more than looking at it: it holds what could be read.
    package func read(diagnostics: inout [Diagnostic]) -> DaemonConfiguration {
        var reader = ConfigurationReader()
        reader.read(self)
        diagnostics += reader.diagnostics
        return reader.configuration
    }

    /// Reads it for use: nil where anything is wrong that must be right.
    ///
    /// - Parameter report: is given every diagnostic, warnings too.
    func readWithoutErrors(_ report: (Diagnostic) -> Void) -> DaemonConfiguration? {
        var diagnostics: [Diagnostic] = []
        let configuration = read(diagnostics: &diagnostics)
        for diagnostic in diagnostics { report(diagnostic) }
        return diagnostics.contains { $0.severity == .error } ? nil : configuration
    }
}
