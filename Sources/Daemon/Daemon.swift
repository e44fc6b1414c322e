// The daemon: reads the configuration, opens the sockets, runs the workers, and obeys signals.

internal import ChangeListener
package import Configuration
package import DaemonLog
package import EventLoop
package import Logging
internal import LookupStatistics
package import LookupTables
internal import LookupValues
internal import LookupWorker
internal import StatusServer

/// `mapmux serve`. The main thread runs this: it may block on files, since no client waits for it.
package final class Daemon {
    let source: ConfigurationSource
    let report: (Diagnostic) -> Void
    var logger: Logger
    let style: LogStyle
    private let signals: SignalReceiver
    var configuration: DaemonConfiguration {
        didSet { cachePlan = cacheNumbers.adopt(configuration) }
    }
    /// What is kept of the tables' answers.
    private(set) var cachePlan = CachePlan()
    private var cacheNumbers = CacheNumbers()
    /// Who listens to databases, if anything is answered by notification, and for how many workers.
    var listener: (thread: ChangeListener, workers: Int)?
    var sockets: [ServedSocket] = []
    /// The sockets that systemd or a predecessor has handed over, used or not.
    let inherited: [InheritedSocket]
    private(set) var workers: [WorkerThread] = []
    private var runningWorkers = 0
    /// Where workers report their end and their signs of life.
    private let ended: Mailbox<Int>
    private let signs: Mailbox<Int>
    var isDraining = false
    /// The process that was started to take this one's place, and the deadline for it to serve.
    var successor: (process: Successor, registration: EventLoop.Registration, deadline: Instant)?
    /// When to stop waiting for the clients that have stayed.
    var retireDeadline: Instant?
    /// The process whose place this one is to take.
    var predecessor: Predecessor?
    /// The service manager; nil if none is to be told.
    var manager: ServiceManager?
    var watch: WorkerWatch?
    let program: String
    let loop: EventLoop
    let alarm = Alarm()
    let descriptorLimit = raiseDescriptorLimit()
    /// The source of statistics for other threads.
    package let statistics: StatisticsSource
    let collector: SnapshotCollector
    var facts = ProcessFacts()
    /// Of the latest look at what is kept.
    var lookNumber = 0
    private(set) lazy var control = ControlServer(loop: loop, logger: logger) {
        [unowned self] command, answer in execute(command, answer)
    }
    var status: StatusListener?
    /// When to try again to listen for commands, and to serve the status, after a failure.
    var controlRetryAt: Instant?
    var statusRetryAt: Instant?
    /// Whether the status waits for a predecessor to leave the address.
    var statusIsAwaited = false
    /// The last hour, and when its next point is due.
    var history = StatisticsHistory()
    var historyDueAt: Instant?
    /// When to read the files in trouble again; nil if there are none.
    var tablesRetryAt: Instant?
    /// When to look for databases without a connection, and the result of the last look.
    var targetsLookAt: Instant?
    var waitingTargets: [String] = []

    /// Reads the configuration, and listens on its sockets.
    ///
    /// - Parameter report: is called with what is wrong with the configuration, now and at each reload.
    package init(
        source: ConfigurationSource, logger: Logger, style: LogStyle,
        report: @escaping (Diagnostic) -> Void
    ) throws(StartError) {
        self.source = source
        self.report = report
        self.logger = logger
        self.style = style
        do throws(SystemError) {
            var predecessor: Predecessor?
            inherited = try takeInheritedSockets(from: &predecessor)
            manager = ServiceManager(isSuccessor: predecessor != nil)
            self.predecessor = predecessor
            program = try programPath()
            loop = try EventLoop()
            signals = try SignalReceiver()
            ended = try Mailbox()
            signs = try Mailbox()
            statistics = try StatisticsSource()
            collector = try SnapshotCollector()
        } catch {
            throw .system(error)
        }
        configuration = source.readWithTrouble(report)
        // If this process could serve less than the predecessor does, the predecessor goes on.
        if predecessor != nil && (configuration.trouble != nil || configuration.retryInterval != nil) {
            throw .configuration
        }
        try openSockets()
        cachePlan = cacheNumbers.adopt(configuration)
        self.logger.logLevel = configuration.settings.logLevel
        style.format = configuration.settings.logFormat
        facts.version = mapmuxVersion
        facts.instance = configuration.settings.instance
        facts.workers = configuration.settings.workers
        facts.startedAt = WallClock.now()
        facts.configurationLoadedAt = facts.startedAt
        facts.configurationTrouble = configuration.trouble
    }

    /// Listens. Without a usable configuration, only sockets that were handed over are served, if there are any: their
    /// clients wait for an answer, and the next start would find the same.
    private func openSockets() throws(StartError) {
        var failure = StartError.configuration
        if configuration.trouble == nil {
            do throws(StartError) {
                sockets = try listen(configuration)
                return
            } catch {
                if predecessor != nil { throw error }
                failure = error
                configuration = configuration.unusable(because: error.description)
            }
        }
        sockets = try listen(configuration)
        if sockets.isEmpty { throw failure }
    }

    /// Serves until TERM or INT has come and the workers have drained.
    package func run() throws(SystemError) {
        // All that can fail comes before the predecessor is told to go.
        _ = try loop.register(signals.descriptor, for: .readable, handler: alarm)
        _ = try loop.register(ended.descriptor, for: .readable, handler: alarm)
        _ = try loop.register(statistics.requests.descriptor, for: .readable, handler: alarm)
        _ = try loop.register(collector.reports.descriptor, for: .readable, handler: alarm)
        _ = try loop.register(signs.descriptor, for: .readable, handler: alarm)
        // While no other thread opens descriptors.
        if configuration.settings.httpListen != nil { StatusListener.prepare() }
        try startWorkers()
        listenForChanges()
        let paths = sockets.map(\.socket.path).joined(separator: " ")
        if let trouble = configuration.trouble {
            logger.error(
                "the configuration can't be used: each lookup fails temporarily until it is mended and reloaded",
                metadata: ["reason": "\(trouble)", "sockets": "\(paths)"])
        } else {
            logger.notice(
                "serving", metadata: ["maps": "\(configuration.mapCount)", "sockets": "\(paths)"])
        }
        tellOfTables(since: [])
        warnOfFewDescriptors()
        openControlSocket()
        let follows = takePlace()
        openStatus(isPatient: follows)
        if let interval = manager?.watchdogInterval {
            watch = WorkerWatch(workers: workers.count, interval: interval, now: loop.now)
        }
        manager?.tell(.ready, servingStatus)
        watchTargets()
        historyDueAt = loop.now
        while runningWorkers > 0 {
            loop.turn(
                until: [
                    successor?.deadline, retireDeadline, controlRetryAt, statusRetryAt, tablesRetryAt,
                    targetsLookAt, historyDueAt, control.deadline, watch?.deadline,
                ].compactMap { $0 }.min())
            while let signal = signals.take() { obey(signal) }
            lookAfterSuccessor()
            if let retireDeadline, retireDeadline <= loop.now { drain() }
            control.keepTime()
            keepHistory()
            answerForStatistics()
            retryControlSocket()
            retryStatus()
            retryTables()
            lookAtTargets()
            for number in ended.take() {
                collector.remove(number)
                runningWorkers -= 1
                if watch?.ended(number) == true { manager?.tell(.alive) }
            }
            for worker in signs.take() where watch?.heard(from: worker) == true { manager?.tell(.alive) }
            for worker in watch?.begin(now: loop.now) ?? [] {
                workers[worker].post(.giveSignOfLife(worker, to: signs))
            }
        }
        control.endAll()
        logger.notice("drained")
    }

    /// Starts the configured workers that do not run yet.
    func startWorkers() throws(SystemError) {
        for number in workers.count..<configuration.settings.workers {
            let worker = try WorkerThread(
                number: number, configuration: share(of: number, configuration, sockets), logger: logger,
                ended: ended)
            workers.append(worker)
            runningWorkers += 1
            collector.add(worker, number: number)
            watch?.began(number)
        }
    }

    private func obey(_ signal: Signal) {
        switch signal {
        case .hangup:
            if !isDraining { reload() }
        case .terminate, .interrupt:
            beginToDrain()
        case .upgrade:
            if isDraining || successor != nil {
                logger.warning("an upgrade is under way already, or the end")
            } else {
                startSuccessor()
            }
        }
    }

    func beginToDrain() {
        if isDraining {
            // A second command does not prolong the drain.
            logger.notice("draining already")
            return
        }
        logger.notice("draining")
        if let (process, registration, _) = successor {
            loop.remove(registration)
            process.end()
            successor = nil
        }
        drain()
    }

    var drainTime: Int64 { Int64(configuration.settings.drainTimeout) * 1_000_000_000 }

    private func drain() {
        isDraining = true
        // One second more than the workers may take.
        manager?.tell(
            .stopping(microseconds: (drainTime + 1_000_000_000) / 1000),
            .status("Answering what has been asked, for \(configuration.settings.drainTimeout) s at most"))
        retireDeadline = nil
        // The files are removed now, so that a successor can listen at once; connected clients stay.
        for served in sockets { served.socket.removeFile() }
        sockets = []
        control.socket?.removeFile()
        closeControlSocket()
        closeStatus()
        endListening()
        for worker in workers { worker.post(.drain(nanoseconds: drainTime)) }
    }
}

/// Only wakes the main thread, which checks everything after each turn.
final class Alarm: EventHandler {
    func descriptorReady(_ readiness: Readiness) {}
}
