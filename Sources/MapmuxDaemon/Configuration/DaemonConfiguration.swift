// A whole configuration: the parameters, the tables, and which pool each table belongs to.

internal import EventLoop
package import LookupTables

/// A map name, and what answers for it: a table, or the trouble that its file is in.
package struct ConfiguredMap: Equatable, Sendable {
    package let name: String
    /// The pgsql_table(5) file.
    package let file: String
    /// Nil: the map answers temporary failure.
    package let place: TablePlace?
    /// What is wrong with the file as it is now: nil where that is what is served. With a place, that is the table as it
    /// was when its file was last good.
    package let trouble: TableTrouble?
}

/// Where a configuration has a table.
package struct TablePlace: Equatable, Sendable {
    /// An index into `DaemonConfiguration.pools`.
    package let pool: Int
    /// An index into that pool's tables.
    package let table: Int
}

/// A target and all tables that name it, which share its connections.
package struct PoolPlan: Equatable, Sendable {
    package let target: Target
    /// The first file, where the target can't be named, or another plan of the configuration differs in nothing that is shown.
    private let distinction: String?
    package private(set) var tables: [TableDefinition] = []

    fileprivate init(target: Target, distinction: String?) {
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
    package fileprivate(set) var trusted: Set<Int> = []
    /// Whether the login is refused by now, so that nothing but the connections that there are can answer: they stay, whatever
    /// else has changed.
    package fileprivate(set) var isHeld = false

    /// The table's index. One that several maps name is there once, so that they share its queries.
    fileprivate mutating func add(_ table: TableDefinition) -> Int {
        if let index = tables.firstIndex(where: { $0.file == table.file }) {
            tables[index] = table
            return index
        }
        tables.append(table)
        return tables.count - 1
    }
}

package struct DaemonConfiguration: Equatable, Sendable {
    package internal(set) var settings = DaemonSettings()
    package private(set) var maps: [ConfiguredMap] = []
    package private(set) var pools: [PoolPlan] = []
    /// Why nothing can be served, with file and line; nil where the configuration is in order. With it there are no maps,
    /// and each lookup fails temporarily.
    package private(set) var trouble: String?
    /// The values that were given, by parameter: as they were written, of `maps` too, and of the command line.
    package internal(set) var given: [String: String] = [:]

    /// The files of tables and the directories of sockets that lookups can't do without, each with the file that names it.
    package var neededPaths: [(path: String, file: String)] {
        maps.map { ($0.file, $0.file) }
            + pools.flatMap { plan in
                plan.target.hosts.compactMap { host in
                    if case .unix(let directory, _) = host { (directory, plan.tables[0].file) } else { nil }
                }
            }
    }

    /// What is left of a configuration that can't be used: the parameters that could be read, and one worker.
    func unusable(because trouble: String) -> DaemonConfiguration {
        var rest = DaemonConfiguration()
        rest.settings = settings
        rest.given = given
        rest.settings.workers = 1
        rest.trouble = trouble
        return rest
    }

    /// A line `name = value` for each parameter, in the manual's order.
    ///
    /// - Parameters:
    ///   - given: the values that were given, by name.
    ///   - names: those that are wanted; empty: those that were given.
    ///   - isWhole: all that there are.
    /// - Returns: the lines, and the names that are no parameter's.
    package static func lines(
        _ given: [String: String], names: [String], isWhole: Bool
    ) -> (lines: [String], unknown: [String]) {
        let all = [("maps", "")] + DaemonParameter.all.map { ($0.name, $0.defaultValue) }
        var lines: [String] = []
        for (name, defaultValue) in all {
            guard isWhole || (names.isEmpty ? given[name] != nil : names.contains(name)) else { continue }
            let value = (given[name] ?? defaultValue).split { $0.isWhitespace }.joined(separator: " ")
            lines.append(value.isEmpty ? "\(name) =" : "\(name) = \(value)")
        }
        return (lines, names.filter { name in !all.contains { $0.0 == name } })
    }

    /// Adds a map that a table answers for.
    ///
    /// - Parameter trouble: why that is not the table that its file defines now.
    mutating func add(_ table: TableDefinition, as name: String, trouble: TableTrouble? = nil) {
        let pool = pools.firstIndex { $0.target == table.target } ?? pools.count
        if pool == pools.count {
            // One that can't be named is known by its file.
            let isNamed = !table.target.name.unicodeScalars.contains("…")
            var plan = PoolPlan(target: table.target, distinction: isNamed ? nil : table.file)
            var number = 1
            while pools.contains(where: { $0.name == plan.name }) {
                let distinction = number == 1 ? table.file : "\(table.file) #\(number)"
                plan = PoolPlan(target: table.target, distinction: distinction)
                number += 1
            }
            pools.append(plan)
        }
        let place = TablePlace(pool: pool, table: pools[pool].add(table))
        // Under whichever of its names it is vouched for.
        if settings.mapTrust.contains(name) { pools[pool].trusted.insert(place.table) }
        maps.append(ConfiguredMap(name: name, file: table.file, place: place, trouble: trouble))
    }

    /// Adds a map that answers temporary failure.
    mutating func add(_ trouble: TableTrouble, file: String, as name: String) {
        maps.append(ConfiguredMap(name: name, file: file, place: nil, trouble: trouble))
    }

    /// Adds a pool as it was, with tables that no map may name any more: then nothing changes for its connections.
    mutating func keep(_ plan: PoolPlan) {
        if pools.contains(where: { $0.target == plan.target }) { return }
        pools.append(plan)
        // That goes by the names that its tables have now.
        pools[pools.count - 1].trusted = []
        pools[pools.count - 1].isHeld = false
    }

    /// Keeps the connections of a pool as it was, with all of its tables.
    mutating func hold(_ plan: PoolPlan) {
        keep(plan)
        for index in pools.indices where pools[index].target == plan.target { pools[index].isHeld = true }
    }

    /// The table that answers for a map; nil where none does.
    package func table(of map: ConfiguredMap) -> TableDefinition? {
        map.place.map { pools[$0.pool].tables[$0.table] }
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

    /// Reads it to ask one map: nil where the file itself has an error.
    ///
    /// - Parameter report: is given what is wrong with the configuration and with that map's own file.
    func readForUse(of map: String, _ report: (Diagnostic) -> Void) -> DaemonConfiguration? {
        var diagnostics: [Diagnostic] = []
        let configuration = readForUse { diagnostics.append($0) }
        let own = configuration?.maps.first { $0.name == map }?.file
        for diagnostic in diagnostics {
            // An error of a configuration that can be used is that a table's file can't be read.
            let isOfTable = configuration != nil && (diagnostic.file != file || diagnostic.severity == .error)
            if !isOfTable || diagnostic.file == own { report(diagnostic) }
        }
        return configuration
    }

    /// Reads it for use: nil where the file itself has an error. That of a table is the trouble of its maps.
    ///
    /// - Parameter report: is given every diagnostic, warnings too.
    package func readForUse(_ report: (Diagnostic) -> Void) -> DaemonConfiguration? {
        let configuration = readWithTrouble(report)
        return configuration.trouble == nil ? configuration : nil
    }

    /// The same, but a file that has an error itself is that configuration's trouble.
    func readWithTrouble(_ report: (Diagnostic) -> Void) -> DaemonConfiguration {
        var reader = ConfigurationReader()
        reader.read(self)
        for diagnostic in reader.diagnostics { report(diagnostic) }
        guard let error = reader.error else { return reader.configuration }
        return reader.configuration.unusable(because: error.description)
    }
}
