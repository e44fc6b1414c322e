// Reports tables whose files or logins can't be used, and tries them again.

internal import Configuration
internal import Databases
internal import EventLoop
internal import Logging
internal import LookupTables
internal import LookupValues
internal import LookupWorker

extension Daemon {
    /// Reads the files in trouble again, if that is due, and serves those that are in order.
    func retryTables() {
        guard let due = tablesRetryAt, due <= loop.now else { return }
        tablesRetryAt = nil
        if isDraining { return }
        let read = configuration.rereading { path in
            var file = TableFile(
                path, defaultEncoding: configuration.settings.defaultEncoding, system: source.system)
            file.checkPermissions(isStrict: configuration.settings.strictPermissions)
            return file.table
        }
        let new = admitted(read, isWhole: false).configuration
        let former = configuration.maps
        if new != configuration {
            configuration = new
            for (number, worker) in workers.enumerated() {
                worker.post(.adopt(share(of: number, configuration, sockets)))
            }
            listenForChanges()
            manager?.tell(servingStatus)
        }
        tellOfTables(since: former)
    }

    /// Logs what has changed in the relation of maps to their files, and has the files in trouble read again later.
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

    /// What is served of a configuration that has been read. Its logins are tried all at once, for `connect_timeout` at
    /// most. A login that is refused is not used. If a pool's present login is refused now, the pool's connections stay:
    /// there would be no others.
    ///
    /// - Parameter isWhole: whether to try unchanged logins too, as their connections are renewed.
    /// - Returns: also a line for each login that is kept and refused.
    func admitted(
        _ new: DaemonConfiguration, isWhole: Bool
    ) -> (configuration: DaemonConfiguration, complaints: [String]) {
        let changed = new.changedLogins(since: configuration)
        let kept = new.keptLogins(since: configuration, isWhole: isWhole)
        let refusals = refusals(of: changed.map(\.target) + kept.map(\.target), new.settings)
        let held = kept.filter { refusals[$0.target] != nil }
        var troubles: [String: TableTrouble] = [:]
        for table in changed + held.flatMap({ new.changedTables(in: $0, since: configuration) }) {
            troubles[table.file] = refusals[table.target].map { TableTrouble($0, to: table) }
        }
        return (
            new.keepingTables(of: configuration, refusals: troubles, held: Set(held.map(\.target))),
            held.compactMap { plan in
                refusals[plan.target].map {
                    "the connections that there are stay: \(TableTrouble($0, to: plan.tables[0]).reason)"
                }
            }
        )
    }

    private func refusals(of targets: [Target], _ settings: DaemonSettings) -> [Target: LoginRefusal] {
        if targets.isEmpty { return [:] }
        return LoginTrial.run(targets, settings).compactMapValues(LoginAnswer.refusal)
    }
}

extension TableTrouble {
    /// States that the login of a table is refused.
    fileprivate init(_ refusal: LoginRefusal, to table: TableDefinition) {
        self.init(
            Diagnostic(
                severity: .error, file: table.file, line: table.hostsLine,
                message:
                    "found a login that is refused (SQLSTATE \(refusal.sqlState), \(refusal.meaning)), expected one that "
                    + "the database lets in"),
            retryInterval: table.retryInterval)
    }
}

extension ConfiguredMap {
    /// What a postmaster should know about it; nil if it is served as its file says.
    var troubleText: String? {
        trouble.map {
            place == nil
                ? "\(name) fails temporarily: \($0.reason)"
                : "\(name) is served as it was before: \($0.reason)"
        }
    }
}
