// What the daemon says of itself, and the commands that it obeys.

internal import EventLoop
internal import Logging
internal import LookupStatistics

extension Daemon {
    /// Root and the daemon's own user.
    static let controlPermissions = SocketPermissions(mode: 0o600, group: nil)

    /// Listens where a configuration that is to be gone over to takes commands; nil where it does where it does now, or
    /// nowhere.
    func prepareControlSocket(_ settings: DaemonSettings) throws(ListenError) -> ListeningSocket? {
        guard let path = settings.controlSocket, path != configuration.settings.controlSocket,
            !inherited.contains(where: { $0.socket.path == path })
        else { return nil }
        return try ListeningSocket(path: path, permissions: Self.controlPermissions)
    }

    /// Listens for commands where the configuration says. Mail does not wait for that: where it can't be, the log says
    /// so.
    ///
    /// - Parameter prepared: what `prepareControlSocket` has made for this configuration.
    func openControlSocket(prepared: ListeningSocket? = nil) {
        let path = configuration.settings.controlSocket
        if control?.socket.path == path { return }
        control?.socket.removeFile()
        control?.close()
        control = nil
        guard let path else { return }
        do {
            let socket =
                try prepared ?? inherited.first { $0.socket.path == path }?.socket
                ?? ListeningSocket(path: path, permissions: Self.controlPermissions)
            control = try ControlServer(socket: socket, loop: loop, logger: logger) {
                [unowned self] command, answer in execute(command, answer)
            }
        } catch {
            logger.error(
                "the control socket can't be listened on: no commands are taken",
                metadata: ["path": "\(path)", "error": "\(error)"])
        }
    }

    private func execute(_ command: ControlCommand, _ answer: @escaping (ControlAnswer) -> Void) {
        switch command {
        case .stats:
            collector.request { [unowned self] result in
                answer(ControlAnswer(.done, statistics: complete(result)))
            }
        case .reload:
            if isDraining { return answer(ControlAnswer(.failed, ["the daemon drains"])) }
            let (result, messages) = reload()
            if result == .refused { return answer(ControlAnswer(.refused, messages + [refusalText])) }
            // When the workers have reported they have adopted it, or have not.
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
        }
    }

    func answerForStatistics() {
        for receive in statistics.requests.take() {
            collector.request { [unowned self] result in receive(complete(result)) }
        }
        collector.take()
    }

    /// Adds what is true of the process as a whole.
    private func complete(_ result: SnapshotCollector.Result) -> StatisticsSnapshot {
        var snapshot = result.statistics
        snapshot.process = facts
        snapshot.process.takenAt = WallClock.now()
        return snapshot
    }
}
