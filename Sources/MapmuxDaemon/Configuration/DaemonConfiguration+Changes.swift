// What is served after a configuration, or the file of one table, has been read again.

internal import LookupTables

extension DaemonConfiguration {
    /// This configuration as it is to be served after `former`: a table whose file is in trouble, or whose login is refused,
    /// stays as it was.
    ///
    /// - Parameter refusals: why the login of a file is not to be used, by file.
    func keepingTables(
        of former: DaemonConfiguration, refusals: [String: TableTrouble] = [:]
    ) -> DaemonConfiguration {
        var kept = DaemonConfiguration()
        kept.settings = settings
        kept.given = given
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
    func rereading(_ read: (String) -> Result<TableDefinition, TableTrouble>) -> DaemonConfiguration {
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
    func changedLogins(since former: DaemonConfiguration) -> [TableDefinition] {
        pools.flatMap(\.tables).filter { table in
            let last = former.map(file: table.file).flatMap { former.table(of: $0) }
            return last.map { $0.target != table.target } ?? false
        }
    }

    /// A map of this file that has a table.
    private func map(file: String) -> ConfiguredMap? {
        maps.first { $0.file == file && $0.place != nil }
    }

    /// Seconds until a file in trouble is read again; nil where none is.
    var retryInterval: Int? { maps.compactMap { $0.trouble?.retryInterval }.min() }
}
