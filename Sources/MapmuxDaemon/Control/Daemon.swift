// The daemon: reads the configuration, opens the sockets, runs the workers, and obeys signals.

package import EventLoop
package import Logging
package import LookupTables

/// Why the daemon can't start. What is wrong with the configuration has been reported already.
package enum StartError: Error, CustomStringConvertible {
    case configuration
    case socket(path: String, ListenError)
    case system(SystemError)

    package var description: String {
        switch self {
        case .configuration: "the configuration has errors"
        case .socket(let path, let error): "can't listen on \(path): \(error)"
        case .system(let error): error.description
        }
    }
}

/// `mapmux serve`. The main thread runs this: it may block on files, since no client waits for it.
package final class Daemon {
    private let source: ConfigurationSource
    private let report: (Diagnostic) -> Void
    private var logger: Logger
    private let signals: SignalReceiver
    private var configuration: DaemonConfiguration
    private var sockets: [ServedSocket] = []
    /// What systemd has handed over, used or not.
    private let inherited: [InheritedSocket]
    private var workers: [WorkerThread] = []
    private var isDraining = false
    private let descriptorLimit = raiseDescriptorLimit()

    /// Reads the configuration, and listens on its sockets.
    ///
    /// - Parameter report: is given what is wrong with the configuration, now and at each reload.
    package init(
        source: ConfigurationSource, logger: Logger, report: @escaping (Diagnostic) -> Void
    ) throws(StartError) {
        self.source = source
        self.report = report
        self.logger = logger
        do throws(SystemError) {
            inherited = try takeInheritedSockets()
            signals = try SignalReceiver()
        } catch {
            throw .system(error)
        }
        guard let configuration = source.readWithoutErrors(report) else { throw .configuration }
        self.configuration = configuration
        self.logger.logLevel = configuration.settings.logLevel
        sockets = try listen(configuration.settings)
    }

    /// Serves until TERM or INT has come and the workers have drained.
    package func run() throws(SystemError) {
        let ended = try Mailbox<WorkerThread.End>()
        for number in 0..<configuration.settings.workers {
            workers.append(
                try WorkerThread(
                    number: number, configuration: share(of: number, configuration, sockets), logger: logger,
                    ended: ended))
        }
        let paths = sockets.map(\.socket.path).joined(separator: " ")
        logger.notice("serving", metadata: ["maps": "\(configuration.maps.count)", "sockets": "\(paths)"])
        var running = workers.count
        let loop = try EventLoop()
        let alarm = Alarm()
        _ = try loop.register(signals.descriptor, for: .readable, handler: alarm)
        _ = try loop.register(ended.descriptor, for: .readable, handler: alarm)
        while running > 0 {
            loop.turn(until: nil)
            while let signal = signals.take() { obey(signal) }
            for end in ended.take() {
                try end.get()
                running -= 1
            }
        }
        logger.notice("drained")
    }

    private func obey(_ signal: Signal) {
        switch signal {
        case .hangup:
            if !isDraining { reload() }
        case .terminate, .interrupt:
            if isDraining {
                // A second one does not prolong it.
                logger.notice("draining already")
                return
            }
            logger.notice("draining")
            isDraining = true
            // The files go now, so that a successor can listen at once; connected clients stay.
            for served in sockets { served.socket.removeFile() }
            sockets = []
            let time = Int64(configuration.settings.drainTimeout) * 1_000_000_000
            for worker in workers { worker.post(.drain(nanoseconds: time)) }
        }
    }

    private func reload() {
        guard var new = source.readWithoutErrors(report) else {
            logger.error("reload failed: the old configuration stays")
            return
        }
        if new.settings.workers != workers.count {
            logger.warning("a new number of workers takes effect at the next start")
            new.settings.workers = workers.count
        }
        guard new.settings.poolSize >= workers.count else {
            logger.error(
                "reload failed: the old configuration stays, since pool_size is below the running workers")
            return
        }
        do throws(StartError) {
            let newSockets = try listen(new.settings)
            configuration = new
            for old in sockets where !newSockets.contains(where: { $0.socket === old.socket }) {
                old.socket.removeFile()
            }
            sockets = newSockets
            logger.logLevel = new.settings.logLevel
            for (number, worker) in workers.enumerated() {
                worker.post(.adopt(share(of: number, configuration, sockets)))
            }
            logger.notice("reloaded", metadata: ["maps": "\(new.maps.count)"])
        } catch {
            logger.error("reload failed: the old configuration stays", metadata: ["error": "\(error)"])
        }
    }

    /// The sockets for these settings: those there are already, those that were handed over, and new ones. One that was
    /// handed over belongs to the endpoint with its path, or else to the protocol that it is named after.
    private func listen(_ settings: DaemonSettings) throws(StartError) -> [ServedSocket] {
        var served: [ServedSocket] = []
        for endpoint in settings.endpoints {
            do throws(ListenError) {
                let known = sockets.map(\.socket) + inherited.map(\.socket)
                let socket: ListeningSocket
                if let same = known.first(where: { $0.path == endpoint.path }) {
                    try same.apply(settings.socketPermissions)
                    socket = same
                } else {
                    socket = try ListeningSocket(path: endpoint.path, permissions: settings.socketPermissions)
                }
                served.append(ServedSocket(socket: socket, service: endpoint.service))
            } catch {
                throw .socket(path: endpoint.path, error)
            }
        }
        for given in inherited where !served.contains(where: { $0.socket === given.socket }) {
            if let service = Service(rawValue: given.name) {
                served.append(ServedSocket(socket: given.socket, service: service))
            } else {
                logger.warning(
                    "a socket was handed over that no endpoint names",
                    metadata: ["path": "\(given.socket.path)", "name": "\(given.name)"])
            }
        }
        return served
    }

    /// A worker's part of what is bounded for the whole process.
    private func share(
        of number: Int, _ configuration: DaemonConfiguration, _ sockets: [ServedSocket]
    ) -> WorkerConfiguration {
        let settings = configuration.settings
        func part(of total: Int) -> Int {
            max(1, total / settings.workers + (number < total % settings.workers ? 1 : 0))
        }
        // Besides its clients' descriptors the process needs those of connections, sockets, loops and a few more.
        let reserve = 64 + settings.poolSize * configuration.pools.count + 8 * settings.workers
        // A client may need a second one, for its connection to the relay.
        let each = settings.proxymapRelay == nil ? 1 : 2
        let clients = min(settings.maxClients, max(1, (descriptorLimit - reserve) / each))
        return WorkerConfiguration(
            daemon: configuration, sockets: sockets, connections: part(of: settings.poolSize),
            clients: part(of: clients))
    }
}

/// Only wakes the main thread, which looks at everything after each turn.
private final class Alarm: EventHandler {
    func descriptorReady(_ readiness: Readiness) {}
}
