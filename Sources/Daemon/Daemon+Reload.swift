// Reloads: the daemon takes over another configuration.

internal import Configuration
internal import DaemonLog
internal import EventLoop
internal import Logging
internal import LookupStatistics
internal import LookupTables
internal import LookupWorker

/// The result of a reload.
enum ReloadResult {
    /// The whole new configuration is served.
    case done
    /// The new configuration is served, except for tables whose files or logins can't be used.
    case partial
    /// The old configuration stays.
    case refused
}

extension Daemon {
    /// Reads the configuration again, and takes it over unless it has an error. A table stays as it was if its file has an
    /// error or its login is refused. The connections of a login that is refused now stay as well. Blocks while logins are
    /// tried.
    ///
    /// - Returns: the result, and all messages about it.
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
            // Logins are tried before connections are renewed.
            let admitted = admitted(new, isWhole: true)
            complaints = admitted.complaints
            failure = adopt(admitted.configuration, &messages)
        }
        if let failure {
            facts.reloadsFailed += 1
            facts.reloadRefusal = new.trouble ?? failure
            noteTrouble(new.trouble ?? failure)
            logger.error("\(refusalText)", metadata: ["error": "\(failure)"])
            manager?.tell(.ready, servingStatus)
            return (.refused, messages + [failure])
        }
        facts.configurationLoadedAt = WallClock.now()
        facts.reloadRefusal = nil
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
        logger.notice("reloaded", metadata: ["maps": "\(configuration.mapCount)"])
        tellOfTables(since: former)
        warnOfFewDescriptors()
        manager?.tell(.ready, servingStatus)
        return (isWhole ? .done : .partial, messages + troubles + complaints)
    }

    /// Says what remains after a failed reload.
    var refusalText: String {
        configuration.trouble == nil
            ? "reload failed: the old configuration stays"
            : "reload failed: there is no old configuration, and each lookup fails temporarily"
    }

    /// If nothing could be served before, passes on the reason why this is still so.
    private func noteTrouble(_ trouble: String) {
        guard configuration.trouble != nil else { return }
        configuration = configuration.unusable(because: trouble)
        facts.configurationTrouble = trouble
        for (number, worker) in workers.enumerated() {
            worker.post(.adopt(share(of: number, configuration, sockets)))
        }
    }

    /// - Returns: why the configuration can't be taken over; nil if it was.
    private func adopt(_ read: DaemonConfiguration, _ messages: inout [String]) -> String? {
        var new = read
        if new.settings.workers != workers.count && configuration.trouble == nil {
            let warning = "a new number of workers takes effect at the next start"
            logger.warning("\(warning)")
            messages.append(warning)
            new.settings.workers = workers.count
        }
        guard new.settings.poolSize >= workers.count else { return "pool_size is below the running workers" }
        let places: NewPlaces
        do throws(StartError) {
            places = try listenElsewhere(for: new)
        } catch {
            return error.description
        }
        configuration = new
        for old in sockets where !places.sockets.contains(where: { $0.socket === old.socket }) {
            old.socket.removeFile()
        }
        sockets = places.sockets
        facts.instance = new.settings.instance
        facts.configurationTrouble = nil
        logger.logLevel = new.settings.logLevel
        style.format = new.settings.logFormat
        for (number, worker) in workers.enumerated() {
            worker.post(.adopt(share(of: number, configuration, sockets)))
        }
        do throws(SystemError) {
            // If nothing could be served before, there is only one worker.
            try startWorkers()
        } catch {
            logger.error("a worker can't be started", metadata: ["error": "\(error)"])
        }
        listenForChanges()
        facts.workers = workers.count
        openControlSocket(prepared: places.control)
        openStatus(prepared: places.status)
        return nil
    }

    /// The sockets of a new configuration.
    private struct NewPlaces {
        let sockets: [ServedSocket]
        /// Nil if it stays the same.
        let control: ListeningSocket?
        let status: StatusListener?
    }

    /// Listens on all sockets of `new`, and sets the permissions of those that stay. If any of this fails, nothing has
    /// changed.
    private func listenElsewhere(for new: DaemonConfiguration) throws(StartError) -> NewPlaces {
        let newSockets = try listen(new)
        let newControl: ListeningSocket?
        do throws(ListenError) {
            newControl = try prepareControlSocket(new.settings)
        } catch {
            throw .socket(path: new.settings.controlSocket ?? "", error)
        }
        let newStatus: StatusListener?
        do throws(StatusListenError) {
            newStatus = try prepareStatus(new.settings)
        } catch {
            throw .status(place: new.settings.httpListen.map { "\($0)" } ?? "", reason: error.description)
        }
        var staying = sockets.map(\.socket).filter { old in newSockets.contains { $0.socket === old } }
        if let status, status.address == new.settings.httpListen, let socket = status.socket {
            staying.append(socket)
        }
        var changed: [(ListeningSocket, FoundPermissions)] = []
        for socket in staying {
            do throws(ListenError) {
                if let found = try socket.apply(new.settings.socketPermissions) {
                    changed.append((socket, found))
                }
            } catch {
                for (socket, found) in changed.reversed() { socket.restore(found) }
                newStatus?.close()
                throw .socket(path: socket.path, error)
            }
        }
        return NewPlaces(sockets: newSockets, control: newControl, status: newStatus)
    }
}
