// A worker: one thread, one loop, its own clients and connections, and nothing shared with other workers.

internal import AnswerCache
internal import Configuration
internal import DaemonLog
internal import Databases
internal import EventLoop
internal import Logging
internal import LookupPool
internal import LookupStatistics
internal import LookupValues
internal import PoolDrivers

final class Worker: EventHandler {
    /// How often the worker looks for clients that have been idle too long, in nanoseconds.
    private static let idleCheckInterval: Int64 = 1_000_000_000

    private let loop: EventLoop
    private let mailbox: Mailbox<WorkerMessage>
    private let log: LimitedLog
    private let connector: Connector
    private let sessions: SessionTable
    private let counters = LookupCounters()
    private let pools = PoolNumbers()
    private let keeper = AnswerKeeper()
    /// Why the latest configuration could not be served; nil if it is.
    private var adoptionFailure: SystemError?
    private var looks: [Int: [String]] = [:]
    private var configuration: WorkerConfiguration
    private var listeners: [Listener] = []
    private var drivers: [PoolDriver] = []
    /// Drivers whose plan is no longer wanted, until their last lookup is answered.
    private var retiring: [PoolDriver] = []
    /// When to look for idle clients; nil if clients may stay idle.
    private var idleCheckAt: Instant?
    private var drainDeadline: Instant?
    private var isRetiring = false

    /// To be called on the thread that will run the worker.
    init(
        configuration: WorkerConfiguration, mailbox: Mailbox<WorkerMessage>, logger: Logger
    ) throws(SystemError) {
        loop = try EventLoop()
        self.mailbox = mailbox
        self.configuration = configuration
        log = LimitedLog(logger: logger)
        connector = try Connector(loop: loop)
        sessions = SessionTable(
            loop: loop, router: LookupRouter(counters: counters), pools: pools, counters: counters, log: log)
        do throws(SystemError) {
            _ = try loop.register(mailbox.descriptor, for: .readable, handler: self)
            try adopt(configuration)
        } catch {
            loop.removeAll()
            throw error
        }
    }

    /// Serves until it has drained.
    func run() {
        while !isDrained {
            loop.turn(until: nextDeadline)
            finishTurn()
        }
        sessions.endAll()
        log.tellRepeats(now: .distantFuture)
        for driver in drivers { driver.shutDown() }
        loop.removeAll()
        // The drivers hold the sessions, and the sessions hold the drivers through the router.
        sessions.router = LookupRouter(counters: counters)
        pools.forgetAll()
    }

    /// Sends what the turn's events have gathered: queries to the databases, answers to the clients. Answers may make
    /// room for requests that were held back, whose queries then go too.
    private func finishTurn() {
        endIdleClients()
        sessions.checkRelays()
        sessions.greetSilent()
        sessions.expireReadAhead()
        sessions.beginTurn()
        repeat {
            // Retiring drivers first: their connections make room for the others'.
            for driver in retiring { driver.dispatch() }
            for driver in drivers { driver.dispatch() }
        } while sessions.flush()
        retiring.removeAll { driver in
            if driver.isFinished {
                counters.keep(driver.statistics)
                pools.forget(driver)
            }
            return driver.isFinished
        }
        log.tellRepeats(now: loop.now)
        for listener in listeners { listener.resumeIfPossible() }
    }

    private func endIdleClients() {
        guard let due = idleCheckAt, due <= loop.now else { return }
        let timeout = Int64(configuration.daemon.settings.clientIdleTimeout) * 1_000_000_000
        sessions.endIdle(since: loop.now.advanced(byNanoseconds: -timeout))
        idleCheckAt = loop.now.advanced(byNanoseconds: Self.idleCheckInterval)
    }

    private var nextDeadline: Instant? {
        var next = idleCheckAt
        func consider(_ instant: Instant?) {
            guard let instant else { return }
            next = next.map { min($0, instant) } ?? instant
        }
        consider(drainDeadline)
        consider(sessions.relayCheckAt)
        consider(sessions.greetingDueAt)
        consider(sessions.resumeAt)
        consider(sessions.readAheadCheckAt)
        consider(log.repeatsDueAt)
        for driver in drivers { consider(driver.nextDeadline) }
        for driver in retiring { consider(driver.nextDeadline) }
        for listener in listeners { consider(listener.retryAt) }
        return next
    }

    private var isDrained: Bool {
        if isRetiring && sessions.count == 0 { return true }
        guard let drainDeadline else { return false }
        return sessions.count == 0 || drainDeadline <= loop.now
    }

    // MARK: Messages

    func descriptorReady(_ readiness: Readiness) {
        for message in mailbox.take() {
            switch message {
            case .adopt(let configuration):
                do throws(SystemError) {
                    adoptionFailure = nil
                    try adopt(configuration)
                } catch {
                    adoptionFailure = error
                    log.logger.error("the new configuration can't be served", metadata: ["error": "\(error)"])
                }
            case .serve(let client):
                do throws(SystemError) {
                    try sessions.add(
                        Descriptor(owning: client), clientProtocol: .socketmap, ClientTerms(),
                        of: Account.current,
                        isCommand: true)
                } catch {
                    log.logger.error("can't take in a client", metadata: ["error": "\(error)"])
                }
            case .report(let number, let mailbox):
                mailbox.post(
                    WorkerReport(
                        number: number, statistics: statistics, adoptionFailure: adoptionFailure,
                        looks: looks))
                looks = [:]
            case .giveSignOfLife(let number, let mailbox):
                mailbox.post(number)
            case .pause(let target, let nanoseconds):
                let end = loop.now.advanced(byNanoseconds: nanoseconds)
                for driver in drivers(of: target) { driver.pause(until: end) }
            case .resume(let target):
                for driver in drivers(of: target) { driver.resume() }
            case .news(let news):
                // The turn may have begun before they were posted.
                let now = MonotonicClock.now()
                for one in news { keeper.cache.take(one, now: now) }
            case .look(let map, let key, let number):
                looks[number] = sessions.router.look(map: map, key: key)
            case .flush(let map, let key):
                sessions.router.flush(map: map, key: key)
            case .retire:
                isRetiring = true
                for driver in drivers(of: nil) { driver.resume() }
                stopListening()
            case .drain(let nanoseconds):
                for driver in drivers(of: nil) { driver.resume() }
                drainDeadline = loop.now.advanced(byNanoseconds: nanoseconds)
                stopListening()
                sessions.drain()
            }
        }
    }

    /// The drivers of a target, or all of them, including those that answer what they were asked before a reload.
    private func drivers(of target: String?) -> [PoolDriver] {
        (drivers + retiring).filter { target == nil || $0.plan.name == target }
    }

    private var statistics: StatisticsSnapshot {
        counters.snapshot(
            targets: targetStatistics,
            wrongGreetings: listeners.filter(\.isGreetingWrong).map(\.path),
            readAhead: { [sessions] in sessions.readAheadStatistics(ofMap: $0) },
            cache: { [keeper, sessions, loop] in
                sessions.router.cacheStatistics(ofMap: $0, keeper.cache, now: loop.now)
            },
            recentErrors: log.recent.errors)
    }

    private var targetStatistics: [TargetStatistics] {
        var targets = (drivers + retiring).map(\.statistics)
        for (index, number) in configuration.cache.targets.enumerated() where index < drivers.count {
            let age = keeper.cache.leaseAge(of: number, now: loop.now)
            targets[index].leaseAge = age.map { Double($0) / 1e9 }
        }
        return targets
    }

    /// Maps go on counting when a table of theirs is kept no more, or otherwise.
    private func keepCacheCounts(ofTablesBut staying: Set<Int>) {
        for map in counters.mapNumbers.map(Int?.some) + [nil] {
            let former = sessions.router.cacheStatistics(ofMap: map, keeper.cache, now: loop.now) {
                !staying.contains($0)
            }
            if let former { counters.keepCache(former, ofMap: map) }
        }
    }

    private func stopListening() {
        for listener in listeners { listener.drain() }
        listeners = []
        configuration.sockets = []
    }

    /// Takes over a configuration. A pool stays if nothing changes for it; it renews its connections one by one, as names
    /// and passwords may have changed elsewhere. Any other pool answers what it has been asked, and is closed then.
    private func adopt(_ new: WorkerConfiguration) throws(SystemError) {
        try listen(on: new.sockets, limit: new.clients)
        log.setLevel(new.daemon.settings.logLevel)
        var kept = drivers
        drivers = new.daemon.pools.map { plan in
            let limits = new.limits(of: plan)
            if let index = kept.firstIndex(where: { $0.serves(plan, limits, new.terms) }) {
                let driver = kept.remove(at: index)
                driver.renewConnections()
                return driver
            }
            let driver = PoolDriver(
                plan: plan, limits: limits, terms: new.terms, loop: loop,
                connector: connector, log: LookupLog(log: log), keeper: keeper,
                deliver: { [sessions] requester, outcome, sentAt in
                    sessions.deliver(requester, outcome, sentAt: sentAt)
                })
            // A pause belongs to the target, whatever else has changed about it.
            if let end = kept.first(where: { $0.plan.name == plan.name })?.pausedUntil {
                driver.pause(until: end)
            }
            return driver
        }
        for driver in kept { driver.shutDown() }
        retiring += kept
        keepCacheCounts(ofTablesBut: Set(new.cache.kept.map(\.number)))
        keeper.cache.adopt(
            new.cache.kept, bytes: new.cache.size / new.daemon.settings.workers,
            staleness: new.cache.staleness, now: loop.now)
        for (index, driver) in drivers.enumerated() where index < new.cache.tables.count {
            driver.keepAnswers(new.cache.tables[index], new.cache.outages[index])
        }
        sessions.router = LookupRouter(
            configuration: new.daemon, drivers: drivers, pools: pools, counters: counters)
        sessions.allow(new.daemon.settings.allowedUsers)
        sessions.readAhead(upTo: Int64(new.daemon.settings.readAhead) * 1_000_000)
        sessions.relayTimeout = Int64(new.daemon.settings.lookupTimeout) * 1_000_000_000
        configuration = new
        let endsIdleClients = new.daemon.settings.clientIdleTimeout > 0
        idleCheckAt = endsIdleClients ? loop.now.advanced(byNanoseconds: Self.idleCheckInterval) : nil
    }

    /// Listens on these sockets and no others. If that fails, nothing has changed.
    private func listen(on sockets: [ServedSocket], limit: Int) throws(SystemError) {
        // A socket that stays keeps its listener: epoll takes no descriptor twice.
        let kept = listeners.filter { listener in sockets.contains { listener.isListening(on: $0.socket) } }
        var new: [Listener] = []
        do throws(SystemError) {
            for served in sockets where !kept.contains(where: { $0.isListening(on: served.socket) }) {
                new.append(
                    try Listener(served, loop: loop, sessions: sessions, limit: limit, log: log))
            }
        } catch {
            for listener in new { listener.close() }
            throw error
        }
        for listener in listeners where !kept.contains(where: { $0 === listener }) { listener.close() }
        for listener in kept {
            let served = sockets.first { listener.isListening(on: $0.socket) }!
            listener.adopt(served.endpoint, limit: limit)
        }
        listeners = kept + new
    }
}
