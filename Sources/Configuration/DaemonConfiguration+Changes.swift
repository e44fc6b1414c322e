// What is served after a configuration, or the file of one table, has been read again.

package import LookupTables

extension DaemonConfiguration {
    /// This configuration as it is to be served after `former`: a table whose file is in trouble, or whose login is refused,
    /// stays as it was. A new table with a login of `held` answers temporary failure.
    ///
    /// - Parameters:
    ///   - refusals: why a file is not to be used, as its login is refused, by file.
    ///   - held: logins of `former` that are refused by now.
    package func keepingTables(
        of former: DaemonConfiguration, refusals: [String: TableTrouble] = [:], held: Set<Target> = []
    ) -> DaemonConfiguration {
        var kept = DaemonConfiguration()
        kept.settings = settings
        kept.given = given
        for plan in former.pools where held.contains(plan.target) { kept.hold(plan) }
        // They need no new connections, which may not be let in any more: where a password was changed, say, and one of its
        // files has it wrong.
        for map in maps where (map.trouble ?? refusals[map.file]) != nil {
            if let place = former.map(file: map.file)?.place { kept.keep(former.pools[place.pool]) }
        }
        for map in maps {
            let table = table(of: map)
            let last = former.map(file: map.file).flatMap { former.table(of: $0) }
            if let trouble = map.trouble ?? refusals[map.file], let last {
                kept.add(last, as: map.name, trouble: trouble)
            } else if let trouble = refusals[map.file], let table, held.contains(table.target) {
                kept.add(trouble, file: map.file, as: map.name)
            } else if let table {
                kept.add(table, as: map.name, trouble: map.trouble)
            } else {
                kept.add(map.trouble!, file: map.file, as: map.name)
            }
        }
        return kept
    }

    /// This configuration with the files read again that are in trouble. A map without a table then has none yet.
    ///
    /// - Parameter read: what a file defines now.
    package func rereading(_ read: (String) -> Result<TableDefinition, TableTrouble>) -> DaemonConfiguration {
        var new = DaemonConfiguration()
        new.settings = settings
        new.given = given
        var results: [String: Result<TableDefinition, TableTrouble>] = [:]
        for map in maps {
            if map.trouble == nil, let table = table(of: map) {
                new.add(table, as: map.name)
                continue
            }
            let result = results[map.file] ?? read(map.file)
            results[map.file] = result
            switch result {
            case .success(let table): new.add(table, as: map.name)
            case .failure(let trouble): new.add(trouble, file: map.file, as: map.name)
            }
        }
        return new
    }

    /// The tables that would get in otherwise than `former` has them do, one for each file.
    package func changedLogins(since former: DaemonConfiguration) -> [TableDefinition] {
        pools.flatMap(\.tables).filter { table in
            let last = former.map(file: table.file).flatMap { former.table(of: $0) }
            return last.map { $0.target != table.target } ?? false
        }
    }

    /// The pools whose login `former` has, too.
    ///
    /// - Parameter isWhole: those as well in which nothing else has changed.
    package func keptLogins(since former: DaemonConfiguration, isWhole: Bool) -> [PoolPlan] {
        pools.filter { plan in
            former.pools.contains { $0.target == plan.target && (isWhole || $0.tables != plan.tables) }
        }
    }

    /// The tables of a pool that `former` does not have so.
    package func changedTables(in plan: PoolPlan, since former: DaemonConfiguration) -> [TableDefinition] {
        plan.tables.filter { table in
            former.map(file: table.file).flatMap { former.table(of: $0) } != table
        }
    }

    /// A map of this file that has a table.
    private func map(file: String) -> ConfiguredMap? {
        maps.first { $0.file == file && $0.place != nil }
    }

    /// Seconds until a file in trouble is read again; nil where none is.
    package var retryInterval: Int? { maps.compactMap { $0.trouble?.retryInterval }.min() }
}
