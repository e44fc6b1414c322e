// The loop of the thread that listens.

internal import AnswerCache
internal import DaemonLog
internal import Databases
internal import EventLoop
internal import Logging
internal import LookupValues

/// Listens to all targets until it is ended.
final class ListenerThread: EventHandler {
    private let loop: EventLoop
    private let mailbox: Mailbox<ListenerMessage>
    private let services: ListenerServices
    private let tell: ([CacheNews]) -> Void
    private var targets: [ListenedTarget] = []
    /// Of the targets that are not paused.
    private var drivers: [LeaseDriver] = []
    /// When pauses end, by the names of targets.
    private var pauses: [String: Instant] = [:]
    private var isEnded = false

    /// To be called on the thread that will run it.
    init(
        mailbox: Mailbox<ListenerMessage>, logger: Logger, analyse: @escaping Analysis,
        tell: @escaping ([CacheNews]) -> Void
    ) throws(SystemError) {
        loop = try EventLoop()
        self.mailbox = mailbox
        self.tell = tell
        services = ListenerServices(
            loop: loop, connector: try Connector(loop: loop), errands: try Errands(loop: loop),
            log: ListenerLog(log: LimitedLog(logger: logger)), analyse: analyse)
        _ = try loop.register(mailbox.descriptor, for: .readable, handler: self)
    }

    func run() {
        while !isEnded {
            let deadlines = drivers.map(\.deadline) + [services.log.log.repeatsDueAt, pauses.values.min()]
            loop.turn(until: deadlines.compactMap(\.self).min())
            if let end = pauses.values.min(), end <= loop.now { adopt() }
            for driver in drivers { driver.finishTurn() }
            let news = drivers.flatMap { $0.takeNews() }
            if !news.isEmpty { tell(news) }
            services.log.log.tellRepeats(now: loop.now)
        }
        for driver in drivers { driver.close() }
        loop.removeAll()
    }

    func descriptorReady(_ readiness: Readiness) {
        for message in mailbox.take() {
            switch message {
            case .adopt(let targets, let level):
                services.log.log.setLevel(level)
                self.targets = targets
                adopt()
            case .pause(let name, let nanoseconds):
                for target in targets where name == nil || target.name == name {
                    pauses[target.name] = loop.now.advanced(byNanoseconds: nanoseconds)
                }
                adopt()
            case .resume(let name):
                pauses = pauses.filter { name != nil && $0.key != name }
                adopt()
            case .end:
                isEnded = true
            }
        }
    }

    /// Listens to all targets that are not paused. What is not verified any more is soon not given by notification.
    private func adopt() {
        let names = Set(targets.map(\.name))
        pauses = pauses.filter { $0.value > loop.now && names.contains($0.key) }
        var former = drivers
        drivers = targets.filter { pauses[$0.name] == nil }.map { target in
            guard let index = former.firstIndex(where: { $0.target.isSame(as: target) }) else {
                return LeaseDriver(target, services: services)
            }
            let driver = former.remove(at: index)
            driver.adopt(target.tables)
            return driver
        }
        for driver in former { driver.close() }
        // A worker may still have their tables, and another lease may verify their hosts.
        let left = former.flatMap(\.target.tables).map { CacheNews.unproven(table: $0.number, .unheard) }
        if !left.isEmpty { tell(left) }
    }
}
