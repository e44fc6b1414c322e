// A whole configuration: the parameters, the tables, and which pool each table belongs to.

internal import LookupSearch
package import LookupTables

package struct DaemonConfiguration: Equatable, Sendable {
    package var settings = DaemonSettings()
    package private(set) var maps: [ConfiguredMap] = []
    package private(set) var pools: [PoolPlan] = []
    /// Why nothing can be served, with file and line; nil if the configuration can be used. If it is set, there are no
    /// maps, and each lookup fails temporarily.
    package private(set) var trouble: String?
    /// The values that were given, by parameter, as they were written. This includes `maps` and the command line.
    package internal(set) var given: [String: String] = [:]

    package init() {}

    /// How many maps there are: one with several tables is one.
    package var mapCount: Int { Set(maps.map(\.name)).count }

    /// How many of them are served: all of their tables can be asked.
    package var servedMapCount: Int {
        mapCount - Set(maps.filter { $0.place == nil }.map(\.name)).count
    }

    /// The files of tables and the directories of sockets that lookups need, each with the file that names it.
    package var neededPaths: [(path: String, file: String)] {
        maps.map { ($0.file, $0.file) }
            + pools.flatMap { plan in
                plan.target.hosts.compactMap { host in
                    if case .unix(let directory, _) = host { (directory, plan.tables[0].file) } else { nil }
                }
            }
    }

    /// What remains of a configuration that can't be used: the parameters that could be read, and one worker.
    package func unusable(because trouble: String) -> DaemonConfiguration {
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
    ///   - names: the wanted parameters; empty: those that were given.
    ///   - isWhole: whether all parameters are wanted.
    /// - Returns: the lines, and the names that no parameter has.
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
    /// - Parameter trouble: why the table is not the one that its file defines now.
    mutating func add(_ table: TableDefinition, as name: String, trouble: TableTrouble? = nil) {
        let pool = pools.firstIndex { $0.target == table.target } ?? pools.count
        if pool == pools.count {
            // A target that can't be named is identified by its file.
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
        // The table is trusted under any of its names.
        if settings.mapTrust.contains(name) { pools[pool].trusted.insert(place.table) }
        let use = settings.use(ofMap: name)
        if settings.confirmsNotFound && use.decidesRejection && table.target.hosts.count > 1 {
            pools[pool].confirmed.insert(place.table)
            if use.rejects { pools[pool].strictlyConfirmed.insert(place.table) }
        }
        maps.append(ConfiguredMap(name: name, file: table.file, place: place, trouble: trouble))
    }

    /// Adds a map that answers temporary failure.
    mutating func add(_ trouble: TableTrouble, file: String, as name: String) {
        maps.append(ConfiguredMap(name: name, file: file, place: nil, trouble: trouble))
    }

    /// Adds a pool as it was, with tables that no map may name any more: nothing changes for its connections then.
    mutating func keep(_ plan: PoolPlan) {
        if pools.contains(where: { $0.target == plan.target }) { return }
        pools.append(plan)
        // Trust depends on the names that its tables have now.
        pools[pools.count - 1].trusted = []
        pools[pools.count - 1].confirmed = []
        pools[pools.count - 1].strictlyConfirmed = []
        pools[pools.count - 1].isHeld = false
    }

    /// Keeps the connections of a pool as it was, with all of its tables.
    mutating func hold(_ plan: PoolPlan) {
        keep(plan)
        for index in pools.indices where pools[index].target == plan.target { pools[index].isHeld = true }
    }

    /// The table that answers for a map; nil if none does.
    package func table(of map: ConfiguredMap) -> TableDefinition? {
        map.place.map { pools[$0.pool].tables[$0.table] }
    }
}
