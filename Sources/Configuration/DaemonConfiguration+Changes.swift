// What is served after a configuration, or the file of one table, has been read again.

package import LookupTables

extension DaemonConfiguration {
    /// This configuration as it is to be served after `former`: a table stays as it was if its file is in trouble or its
    /// login is refused. A new table with a login of `held` answers temporary failure.
    ///
    /// - Parameters:
    ///   - refusals: by file, why the file is not to be used: its login is refused.
    ///   - held: logins of `former` that are refused now.
    package func keepingTables(
        of former: DaemonConfiguration, refusals: [String: TableTrouble] = [:], held: Set<Target> = []
    ) -> DaemonConfiguration {
        var kept = DaemonConfiguration()
        kept.settings = settings
        kept.given = given
        for plan in former.pools where held.contains(plan.target) { kept.hold(plan) }
        // These tables need no new connections. A new connection may be refused: for example, a password was changed, and
        // one of its files has it wrong.
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

    /// This configuration after reading the files in trouble again. In the result, a map
    /// whose file is still in trouble has no table.
    ///
    /// - Parameter read: returns what a file defines now.
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

    /// The tables whose login differs from the one that they have in `former`, one for each file.
    package func changedLogins(since former: DaemonConfiguration) -> [TableDefinition] {
        pools.flatMap(\.tables).filter { table in
            let last = former.map(file: table.file).flatMap { former.table(of: $0) }
            return last.map { $0.target != table.target } ?? false
        }
    }

    /// The pools whose login is in `former`, too.
    ///
    /// - Parameter isWhole: whether to include pools in which nothing else has changed.
    package func keptLogins(since former: DaemonConfiguration, isWhole: Bool) -> [PoolPlan] {
        pools.filter { plan in
            former.pools.contains { $0.target == plan.target && (isWhole || $0.tables != plan.tables) }
        }
    }

    /// The tables of a pool that are not the same in `former`.
    package func changedTables(in plan: PoolPlan, since former: DaemonConfiguration) -> [TableDefinition] {
        plan.tables.filter { table in
            former.map(file: table.file).flatMap { former.table(of: $0) } != table
        }
    }

    /// A map of this file that has a table.
    private func map(file: String) -> ConfiguredMap? {
        maps.first { $0.file == file && $0.place != nil }
    }

    /// Seconds until a file in trouble is read again; nil if there is none.
    package var retryInterval: Int? { maps.compactMap { $0.trouble?.retryInterval }.min() }
}
