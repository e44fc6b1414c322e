// A chaos run from its first fault to its verdict.

import ChangesOverTime
import EventLoop
import Foundation
import Glibc
import LookupValues
import Synchronization
import TestSupport
import ThrowawayServers

final class ChaosRun {
    private static let lookupTimeout = 10
    /// Nanoseconds from the end of a fault.
    private static let recoveryLimit: Int64 = 40_000_000_000

    private let settings: Chaos
    private let site: ChaosSite
    private let daemon: DaemonKeeper
    private let load: CheckedLoad
    private let writer: Writer
    /// Who asks what the changes change.
    private let changeLoad: ChangeLoad
    private let canary = Canary()
    private var changeAnswers = 0
    private var changeFaults: [String] = []
    private var report = ChaosReport()
    private var problems: [String] = []

    init(_ settings: Chaos) throws {
        self.settings = settings
        site = try ChaosSite(seed: settings.seed)
        daemon = try DaemonKeeper(
            maps: site.maps, workers: settings.workers,
            parameters: [
                "lookup_timeout": "\(Self.lookupTimeout)s",
                "query_timeout": "2s", "connect_timeout": "2s", "drain_timeout": "5s",
            ].merging(site.parameters) { given, _ in given })
        load = CheckedLoad(
            socketmap: (.unix(daemon.socketmap.path), settings.socketmapClients),
            proxymap: (.unix(daemon.proxymap.path), settings.proxymapClients), ledger: site.ledger,
            editions: site.editions, readAhead: Int64(ChaosSite.readAhead) * 1_000_000,
            lateAfter: Int64(Self.lookupTimeout + settings.slack) * 1_000_000_000, seed: settings.seed,
            choose: site.question)
        writer = Writer(site, seed: settings.seed)
        changeLoad = ChangeLoad(
            site.changes.site, site.changes.site.changes, socketmap: daemon.socketmap.path,
            proxymap: daemon.proxymap.path, clients: 2, pause: 20_000)
    }

    var log: String { daemon.log }

    /// Injects faults until the time is over, and reports.
    ///
    /// - Returns: what should not have been.
    func run(_ schedule: FaultSchedule) throws -> [String] {
        var schedule = schedule
        say(
            """
            Seed \(settings.seed), \(settings.workers) workers, \
            \(settings.socketmapClients) + \(settings.proxymapClients) clients; the first round of faults:
            """)
        for (number, fault) in schedule.peekRound().enumerated() { say("    \(number + 1). \(fault)") }
        if recovery() == nil { problems.append("no answers before the first fault") }
        try site.install(try daemon.triggers([ChaosSite.told]))
        try daemon.waitForNotification(of: ChaosSite.told)
        let start = MonotonicClock.now().nanoseconds
        let end = start + Int64(settings.minutes * 60e9)
        while problems.isEmpty && MonotonicClock.now().nanoseconds < end {
            let seconds = (MonotonicClock.now().nanoseconds - start) / 1_000_000_000
            inject(schedule.next(), "\(seconds) s")
        }
        try conclude()
        return problems
    }

    private func inject(_ fault: Fault, _ time: String) {
        let before = load.current
        let begun = MonotonicClock.now().nanoseconds
        let logged = daemon.logged
        load.allowEnds(fault.kinds.contains(where: \.mayEndClients))
        load.mark(
            "\(time): \(fault)", expectsTemporary: !fault.kinds.allSatisfy(\.leavesADatabase))
        let hits = injectAll(fault)
        var longestWait = load.longestWait
        load.mark()
        let recovery = recovery()
        do {
            try daemon.waitForRetiring()
        } catch {
            problems.append("\(fault): \(error)")
        }
        // The clients notice their connection's end when they ask again.
        if fault.kinds.contains(where: \.mayEndClients) { usleep(200_000) }
        daemon.noteMemory()
        longestWait = max(longestWait, load.longestWait)
        load.allowEnds(false)
        let changeFaults = judgeChanges(fault, since: begun)
        self.changeFaults += changeFaults
        let after = load.current
        report.add(
            fault, from: before, to: after, longestWait: longestWait, recovery: recovery ?? Self.recoveryLimit
        )
        say(
            """
            \(time): \(fault)\(hits ? "" : " (the pool was not connected to both databases)"): \
            \(after.answered - before.answered) answers, \(after.temporary - before.temporary) temporary, \
            \(after.faulty - before.faulty) faulty
            """)
        let isNeedless = after.temporary > before.temporary && fault.kinds.allSatisfy(\.leavesADatabase)
        for fault in changeFaults { say("    \(fault)") }
        if after.faulty > before.faulty || isNeedless || !changeFaults.isEmpty {
            say("The daemon's log meanwhile:\n\(daemon.log(beyond: logged).suffix(6000))")
        }
        if !daemon.isRunning {
            problems.append("the daemon has ended by itself during: \(fault)")
        } else if recovery == nil {
            problems.append("no recovery after: \(fault)")
        }
    }

    /// - Returns: what was not right of the answers that changes have to do with. Failures are judged where they have no other
    ///   cause; elsewhere the other clients count them.
    private func judgeChanges(_ fault: Fault, since begun: Int64) -> [String] {
        var verdicts = site.changes.verdicts(standstills: canary.standstills)
        for seen in changeLoad.take() where seen.asked >= begun {
            if fault.kinds != [.changes], seen.answer.isSame(as: .failure) { continue }
            changeAnswers += 1
            verdicts[seen.change].judge(seen)
        }
        return verdicts.flatMap(\.faults)
    }

    /// - Returns: whether all of the fault could be brought about.
    private func injectAll(_ fault: Fault) -> Bool {
        let outcomes = Mutex<[Result<Bool, any Error>]>([])
        var random = SplitMix64(seed: fault.seed)
        for kind in fault.kinds {
            let seed = random.next()
            let (site, daemon) = (site, daemon)
            Thread {
                let injection = FaultInjection(site: site, daemon: daemon, seed: seed)
                let outcome = Result { try injection.inject(kind) }
                outcomes.withLock { $0.append(outcome) }
            }.start()
        }
        while outcomes.withLock({ $0.count }) < fault.kinds.count { usleep(1000) }
        return outcomes.withLock { outcomes in
            outcomes.allSatisfy { outcome in
                switch outcome {
                case .success(let hits): return hits
                case .failure(let error):
                    problems.append("\(fault): \(error)")
                    return true
                }
            }
        }
    }

    /// Waits until every table has given a right answer on both endpoints, and nothing but answers for a while.
    ///
    /// - Returns: how long after the mark all was well, in nanoseconds; nil: it is not.
    private func recovery() -> Int64? {
        let limit = MonotonicClock.now().nanoseconds + Self.recoveryLimit
        var temporary = -1
        while MonotonicClock.now().nanoseconds < limit && daemon.isRunning {
            if let recovery = load.recovery(of: ChaosSite.placeCount), temporary == load.current.temporary {
                return recovery
            }
            temporary = load.current.temporary
            usleep(300_000)
        }
        return nil
    }

    private func conclude() throws {
        let counts = try load.stop()
        try changeLoad.stop()
        canary.stop()
        let (written, lastError) = writer.progress
        try writer.stop()
        if written.contains(0) { problems.append("nothing was written: \(lastError)") }
        say(
            """

            \(report.text)

            Needless: temporary failures while there was a database to ask. Asked again: a daemon that ended had not \
            read the request. Waits, of \(Self.lookupTimeout * 1000) at most, and recoveries are the longest, in \
            milliseconds.
            \(counts.rightTotal) right answers while each database changed \(written.min() ?? 0) times or more; \
            peak memory of the daemon \(daemon.peakMemory >> 20) MiB
            """)
        for (map, bound) in ChaosSite.bounds.sorted(by: { $0.key < $1.key }) {
            let age = (counts.largestAges[Int64(bound) * 1_000_000] ?? 0) / 1_000_000
            let hits = daemon.hits(map)
            say(
                "\(map): \(hits) lookups were answered by what is kept; the oldest answer had not been right for \(age) of "
                    + "\(bound) ms when it was asked for")
            if hits == 0 { problems.append("nothing of \(map) was answered by what is kept") }
        }
        say("\(changeAnswers) answers by what changes of schemas, functions, rights and settings allow")
        if changeAnswers == 0 { problems.append("nothing was asked of what changes: \(changeLoad.losses)") }
        if !changeFaults.isEmpty {
            problems.append("\(changeFaults.count) keys were answered otherwise than changes allow")
        }
        for example in counts.examples + counts.temporaryExamples.prefix(60) { say("    \(example)") }
        if counts.faulty > 0 {
            problems.append("\(counts.faulty) answers wrong, stale, swapped, lost, doubled or late")
        }
        if report.needless > settings.tolerate {
            problems.append("\(report.needless) temporary failures while there was a database to ask")
        }
        for word in ["Fatal error", "Program crashed"] where log.contains(word) {
            problems.append("a process of the daemon has crashed")
        }
    }
}
