// How the daemon goes over to another configuration.

internal import EventLoop
internal import Logging
internal import LookupStatistics
internal import LookupTables

extension Daemon {
    /// Reads the configuration again, and goes over to it unless anything is wrong with it.
    ///
    /// - Returns: whether it has, and all that was reported of it.
    @discardableResult
    func reload() -> (isDone: Bool, messages: [String]) {
        manager?.tell(.reloading)
        var messages: [String] = []
        let new = source.readWithoutErrors { diagnostic in
            report(diagnostic)
            messages.append(diagnostic.description)
        }
        let failure = new.map { adopt($0, &messages) } ?? "the configuration has errors"
        guard let failure else {
            facts.reloadsSucceeded += 1
            facts.configurationLoadedAt = WallClock.now()
            logger.notice("reloaded", metadata: ["maps": "\(configuration.maps.count)"])
            warnOfFewDescriptors()
            manager?.tell(.ready, goodStatus)
            return (true, messages)
        }
        facts.reloadsFailed += 1
        logger.error("reload failed: the old configuration stays", metadata: ["error": "\(failure)"])
        manager?.tell(.ready, .status("The reload has failed: the old configuration stays"))
        return (false, messages + [failure])
    }

    /// - Returns: why the configuration can't be gone over to; nil where it was.
    private func adopt(_ read: DaemonConfiguration, _ messages: inout [String]) -> String? {
        var new = read
        if new.settings.workers != workers.count {
            let warning = "a new number of workers takes effect at the next start"
            logger.warning("\(warning)")
            messages.append(warning)
            new.settings.workers = workers.count
        }
        guard new.settings.poolSize >= workers.count else { return "pool_size is below the running workers" }
        do throws(StartError) {
            let newSockets = try listen(new.settings)
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
        logger.logLevel = new.settings.logLevel
        style.format = new.settings.logFormat
        for (number, worker) in workers.enumerated() {
            worker.post(.adopt(share(of: number, configuration, sockets)))
        }
        openControlSocket()
        openStatus()
        return nil
    }
}
