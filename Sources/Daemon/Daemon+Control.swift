// What the daemon reports about itself, and the commands that it obeys.

internal import ChangeListener
internal import Configuration
internal import EventLoop
internal import Logging
internal import LookupStatistics
internal import LookupValues
internal import LookupWorker

extension Daemon {
    /// Root and the daemon's own user.
    static let controlPermissions = SocketPermissions(mode: 0o600, group: nil)

    /// Listens on a new configuration's control socket; nil if the socket stays the same or there is none.
    func prepareControlSocket(_ settings: DaemonSettings) throws(ListenError) -> ListeningSocket? {
        guard let path = settings.controlSocket, path != configuration.settings.controlSocket,
            !inherited.contains(where: { $0.socket.path == path })
        else { return nil }
        return try ListeningSocket(path: path, permissions: Self.controlPermissions)
    }

    /// How often a socket is tried again that could not be listened on, in nanoseconds.
    static let placeRetryInterval: Int64 = 1_000_000_000

    /// Listens on the configuration's control socket. Mail does not wait for this: if it fails, the log says so, and it is
    /// tried again.
    ///
    /// - Parameters:
    ///   - prepared: the socket that `prepareControlSocket` has returned for this configuration.
    ///   - isRetry: whether the log has reported the failure already.
    func openControlSocket(prepared: ListeningSocket? = nil, isRetry: Bool = false) {
        controlRetryAt = nil
        let path = configuration.settings.controlSocket
        if control.socket?.path == path { return }
        control.socket?.removeFile()
        control.close()
        guard let path else { return }
        do {
            let socket =
                try prepared ?? inherited.first { $0.socket.path == path }?.socket
                ?? ListeningSocket(path: path, permissions: Self.controlPermissions)
            control.listen(on: socket)
            if isRetry { logger.notice("commands are taken again", metadata: ["path": "\(path)"]) }
        } catch {
            controlRetryAt = loop.now.advanced(byNanoseconds: Self.placeRetryInterval)
            if isRetry { return }
            logger.error(
                "the control socket can't be listened on: no commands are taken",
                metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }

    /// To be called after each turn.
    func retryControlSocket() {
        guard let due = controlRetryAt, due <= loop.now else { return }
        openControlSocket(isRetry: true)
    }

    /// Takes no more commands. Connected clients may stay.
    func closeControlSocket() {
        controlRetryAt = nil
        control.close()
    }

    func execute(_ command: ControlCommand, _ answer: @escaping (ControlAnswer) -> Void) {
        switch command {
        case .stats:
            collector.request { [unowned self] result in
                answer(ControlAnswer(.done, statistics: complete(result)))
            }
        case .reload:
            if isDraining { return answer(ControlAnswer(.failed, ["the daemon drains"])) }
            let (result, messages) = reload()
            if result == .refused { return answer(ControlAnswer(.refused, messages + [refusalText])) }
            // When the workers report, they have adopted the configuration or failed to.
            collector.request { [unowned self] report in
                let failures = report.adoptionFailures.map { "a worker can't serve it: \($0)" }
                if failures.isEmpty {
                    return answer(ControlAnswer(result == .done ? .done : .partial, messages))
                }
                answer(ControlAnswer(.refused, messages + failures + [refusalText]))
            }
        case .drain:
            answer(ControlAnswer(.done))
            beginToDrain()
        case .config:
            answer(ControlAnswer(.done, parameters: configuration.given))
        case .pause(let target):
            tell(.pause(target: target, nanoseconds: Self.pauseSeconds * 1_000_000_000), target, answer) {
                listener?.thread.pause(target, nanoseconds: Self.pauseSeconds * 1_000_000_000)
                logger.notice("paused", metadata: ["target": "\($0)", "seconds": "\(Self.pauseSeconds)"])
            }
        case .resume(let target):
            tell(.resume(target: target), target, answer) {
                listener?.thread.resume(target)
                logger.notice("resumed", metadata: ["target": "\($0)"])
            }
        case .flush(let map, let key):
            flush(map: map, key: key, answer)
        case .kept(let map, let key):
            look(map: map, key: key, answer)
        }
    }

    /// Asks each worker what it has kept for a key: each has a cache of its own.
    private func look(map: String, key: [UInt8], _ answer: @escaping (ControlAnswer) -> Void) {
        lookNumber += 1
        let number = lookNumber
        for worker in workers { worker.post(.look(map: map, key: key, number: number)) }
        collector.request { [unowned self] result in
            let found = (result.looks[number] ?? []).sorted { $0.worker < $1.worker }
            let lines = found.flatMap { worker, lines in
                (lines.isEmpty ? ["not kept"] : lines).map {
                    workers.count > 1 ? "worker \(worker + 1): \($0)" : $0
                }
            }
            answer(ControlAnswer(.done, lines))
        }
    }

    /// Has what is kept forgotten, and answers when all workers have done so. It succeeds if nothing is kept, as a script
    /// runs it after each bulk load, whatever the configuration says: the workers are told all the same, as one may still have
    /// the configuration before.
    private func flush(map: String?, key: [UInt8]?, _ answer: @escaping (ControlAnswer) -> Void) {
        let names = configuration.keptMaps
        let meant = names.filter { map == nil || $0 == map }
        if let map, meant.isEmpty {
            let known = names.isEmpty ? "one in cache or stale_while_down" : names.joined(separator: " or ")
            return answer(ControlAnswer(.refused, ["found map `\(map)`, expected \(known)"]))
        }
        logger.notice("what is kept is forgotten", metadata: ["map": "\(map ?? "all")"])
        for worker in workers { worker.post(.flush(map: map, key: key)) }
        collector.request { _ in answer(ControlAnswer(.done, meant)) }
    }

    /// How long a pause lasts unless it is ended, in seconds.
    private static let pauseSeconds: Int64 = 60

    /// Sends all workers a message about a target, or about all targets, and answers when they have received it.
    private func tell(
        _ message: WorkerMessage, _ target: String?, _ answer: @escaping (ControlAnswer) -> Void,
        log: (String) -> Void
    ) {
        if isDraining { return answer(ControlAnswer(.failed, ["the daemon drains"])) }
        let names = configuration.pools.map(\.name)
        let meant = names.filter { target == nil || $0 == target }
        if meant.isEmpty {
            let known = names.isEmpty ? "one that a map has" : names.joined(separator: " or ")
            let found = names.isEmpty ? "no target" : "target `\(target ?? "")`"
            return answer(ControlAnswer(.refused, ["found \(found), expected \(known)"]))
        }
        for name in meant { log(name) }
        for worker in workers { worker.post(message) }
        collector.request { _ in answer(ControlAnswer(.done, meant)) }
    }

    func answerForStatistics() {
        for receive in statistics.requests.take() {
            collector.request { [unowned self] result in receive(complete(result)) }
        }
        collector.take()
    }

    /// Adds the facts about the process as a whole.
    private func complete(_ result: SnapshotCollector.Result) -> StatisticsSnapshot {
        var snapshot = result.statistics
        snapshot.process = facts
        snapshot.process.takenAt = WallClock.now()
        snapshot.process.cacheSize = snapshot.cache == nil ? nil : configuration.settings.cacheSize
        snapshot.note(history)
        return snapshot
    }

    /// Adds a point to the last hour if it is due. To be called after each turn.
    func keepHistory() {
        guard let due = historyDueAt, due <= loop.now else { return }
        historyDueAt = loop.now.advanced(byNanoseconds: Int64(StatisticsHistory.interval) * 1_000_000_000)
        collector.request { [unowned self] result in
            let figures = result.statistics
            history.add(maps: figures.maps, endpoints: figures.endpoints, at: WallClock.now())
        }
    }
}
