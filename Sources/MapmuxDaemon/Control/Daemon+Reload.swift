// How the daemon goes over to another configuration.

internal import EventLoop
internal import Logging
internal import LookupStatistics
internal import LookupTables

/// What came of a reload.
enum ReloadResult {
    /// All that was read is served.
    case done
    /// All but tables whose files or logins can't be used.
    case partial
    /// The old configuration stays.
    case refused
}

extension Daemon {
    /// Reads the configuration again, and goes over to it unless it has an error. A table whose file has one, or whose
    /// login is refused, stays as it was, and so do the connections of a login that is refused by now. Blocks while logins
    /// are tried.
    ///
    /// - Returns: what came of it, and all that was reported of it.
    @discardableResult
    func reload() -> (result: ReloadResult, messages: [String]) {
        manager?.tell(.reloading)
        var messages: [String] = []
        let new = source.readWithTrouble { diagnostic in
            report(diagnostic)
            messages.append(diagnostic.description)
        }
        let former = configuration.maps
        var complaints: [String] = []
        var failure: String? = "the configuration has errors"
        if new.trouble == nil {
            // Before connections are made anew.
            let refusals = refusalsOfAll(of: new)
            complaints = refusals.kept
            failure = adopt(new.keepingTables(of: configuration, refusals: refusals.changed), &messages)
        }
        if let failure {
            facts.reloadsFailed += 1
            noteTrouble(new.trouble ?? failure)
            logger.error("\(refusalText)", metadata: ["error": "\(failure)"])
            manager?.tell(
                .ready,
                configuration.trouble == nil
                    ? .status("The reload has failed: the old configuration stays") : servingStatus)
            return (.refused, messages + [failure])
        }
        facts.configurationLoadedAt = WallClock.now()
        let troubles = configuration.maps.compactMap(\.troubleText)
        for complaint in complaints {
            logger.error("a login is refused", metadata: ["reason": "\(complaint)"])
        }
        let isWhole = troubles.isEmpty && complaints.isEmpty
        if isWhole {
            facts.reloadsSucceeded += 1
        } else {
            facts.reloadsPartial += 1
        }
        logger.notice("reloaded", metadata: ["maps": "\(configuration.maps.count)"])
        tellOfTables(since: former)
        warnOfFewDescriptors()
        manager?.tell(.ready, servingStatus)
        return (isWhole ? .done : .partial, messages + troubles + complaints)
    }

    /// What is left when a reload has failed.
    var refusalText: String {
        configuration.trouble == nil
            ? "reload failed: the old configuration stays"
            : "reload failed: there is no old configuration, and each lookup fails temporarily"
    }

    /// Tells why still nothing can be served, where nothing was.
    private func noteTrouble(_ trouble: String) {
        guard configuration.trouble != nil else { return }
        configuration = configuration.unusable(because: trouble)
        facts.configurationTrouble = trouble
        for (number, worker) in workers.enumerated() {
            worker.post(.adopt(share(of: number, configuration, sockets)))
        }
    }

    /// - Returns: why the configuration can't be gone over to; nil where it was.
    private func adopt(_ read: DaemonConfiguration, _ messages: inout [String]) -> String? {
        var new = read
        if new.settings.workers != workers.count && configuration.trouble == nil {
            let warning = "a new number of workers takes effect at the next start"
            logger.warning("\(warning)")
            messages.append(warning)
            new.settings.workers = workers.count
        }
        guard new.settings.poolSize >= workers.count else { return "pool_size is below the running workers" }
        do throws(StartError) {
            let newSockets = try listen(new)
            // Only now, as nothing else can go wrong any more.
            for old in sockets where newSockets.contains(where: { $0.socket === old.socket }) {
                do throws(ListenError) {
                    try old.socket.apply(new.settings.socketPermissions)
                } catch {
                    throw .socket(path: old.socket.path, error)
                }
            }
            configuration = new
            for old in sockets where !newSockets.contains(where: { $0.socket === old.socket }) {
                old.socket.removeFile()
            }
            sockets = newSockets
        } catch {
            return error.description
        }
        facts.instance = new.settings.instance
        facts.configurationTrouble = nil
        logger.logLevel = new.settings.logLevel
        style.format = new.settings.logFormat
        for (number, worker) in workers.enumerated() {
            worker.post(.adopt(share(of: number, configuration, sockets)))
        }
        do throws(SystemError) {
            // Where nothing could be served before there is one only.
            try startWorkers()
        } catch {
            logger.error("a worker can't be started", metadata: ["error": "\(error)"])
        }
        facts.workers = workers.count
        openControlSocket()
        openStatus()
        return nil
    }
}
