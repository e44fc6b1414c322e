// Tables whose files or logins can't be used: they are told of, and tried again.

internal import EventLoop
internal import Logging
internal import LookupTables
internal import LookupValues

extension Daemon {
    /// Reads the files again that are in trouble, when that is due, and serves those that are in order.
    func retryTables() {
        guard let due = tablesRetryAt, due <= loop.now else { return }
        tablesRetryAt = nil
        if isDraining { return }
        let read = configuration.rereading { path in
            var file = TableFile(path, defaultEncoding: configuration.settings.defaultEncoding)
            file.checkPermissions(isStrict: configuration.settings.strictPermissions)
            return file.table
        }
        let new = read.keepingTables(of: configuration, refusals: refusals(of: read))
        let former = configuration.maps
        if new != configuration {
            configuration = new
            for (number, worker) in workers.enumerated() {
                worker.post(.adopt(share(of: number, configuration, sockets)))
            }
            manager?.tell(servingStatus)
        }
        tellOfTables(since: former)
    }

    /// Logs what has changed in how maps stand to their files, and sees to it that those in trouble are read again.
    func tellOfTables(since former: [ConfiguredMap]) {
        tablesRetryAt = configuration.retryInterval.map {
            loop.now.advanced(byNanoseconds: Int64($0) * 1_000_000_000)
        }
        for map in configuration.maps {
            let old = former.first { $0.name == map.name }
            let isNews =
                old?.trouble?.reason != map.trouble?.reason || (old?.place == nil) != (map.place == nil)
            guard isNews else { continue }
            if let trouble = map.trouble {
                logger.error(
                    map.place == nil
                        ? "a table can't be served: its lookups fail temporarily"
                        : "a table's file can't be used: it is served as it was before",
                    metadata: ["map": "\(map.name)", "reason": "\(trouble.reason)"])
            } else if old?.trouble != nil {
                logger.notice(
                    "a table's file can be used again",
                    metadata: ["map": "\(map.name)", "file": "\(map.file)"])
            }
        }
    }

    /// Tries the logins that a configuration would change, all at once, for `connect_timeout` at most.
    ///
    /// - Returns: why those are not to be used that are refused, by file.
    func refusals(of new: DaemonConfiguration) -> [String: TableTrouble] {
        refusals(of: new.changedLogins(since: configuration), new.settings)
    }

    /// The same, with the logins that stay, whose connections a reload renews: where one is refused by now, its connections
    /// stay.
    ///
    /// - Returns: also what there is to say of those, a line a login.
    func refusalsOfAll(of new: DaemonConfiguration) -> (changed: [String: TableTrouble], kept: [String]) {
        let changed = new.changedLogins(since: configuration)
        let kept = new.pools.filter { plan in configuration.pools.contains { $0.target == plan.target } }
            .compactMap(\.tables.first)
        let refusals = refusals(of: changed + kept, new.settings)
        let files = Set(changed.map(\.file))
        return (
            refusals.filter { files.contains($0.key) },
            kept.compactMap { table in
                files.contains(table.file)
                    ? nil : refusals[table.file].map { "the connections that there are stay: \($0.reason)" }
            }
        )
    }

    private func refusals(of tables: [TableDefinition], _ settings: DaemonSettings) -> [String: TableTrouble]
    {
        if tables.isEmpty { return [:] }
        let answers = LoginTrial.run(tables.map(\.target), settings)
        var refusals: [String: TableTrouble] = [:]
        for table in tables {
            guard let refusal = LoginAnswer.refusal(answers[table.target] ?? []) else { continue }
            refusals[table.file] = TableTrouble(
                Diagnostic(
                    severity: .error, file: table.file, line: table.hostsLine,
                    message:
                        "found a login that is refused (SQLSTATE \(refusal.sqlState), \(refusal.meaning)), expected "
                        + "one that the database lets in"),
                retryInterval: table.retryInterval)
        }
        return refusals
    }
}

extension ConfiguredMap {
    /// What a postmaster is to know of it; nil where it is served as its file says.
    var troubleText: String? {
        trouble.map {
            place == nil
                ? "\(name) fails temporarily: \($0.reason)"
                : "\(name) is served as it was before: \($0.reason)"
        }
    }
}
