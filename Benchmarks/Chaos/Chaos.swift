// mapmux-chaos: a daemon under load and random faults, every answer judged by what its databases held at the time.

import ArgumentParser
import EventLoop
import Foundation
import LookupValues
import TestSupport

@main
struct Chaos: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mapmux-chaos",
        abstract: "Put mapmux under load and random faults, and judge every answer.",
        discussion: """
            The databases are throwaway clusters. Exits with 1 after a wrong, stale, swapped, lost, doubled or late \
            answer, when the daemon ends by itself, and when it does not recover.
            """)

    @Option(help: "How long faults are injected.")
    var minutes = 1.0

    @Option(help: "The seed of the faults and of the load.")
    var seed: UInt64 = 1

    @Option(help: "The daemon's workers.")
    var workers = 1

    @Option(help: "Clients of the socketmap endpoint.")
    var socketmapClients = 160

    @Option(help: "Clients of the proxymap endpoint.")
    var proxymapClients = 60

    @Option(help: "Only faults whose name holds this text.")
    var only = ""

    private static let lookupTimeout = 10
    /// How much later an answer may be on a machine that does much else: seconds.
    private static let slack = 2
    private static let recoveryLimit: Int64 = 40_000_000_000

    func validate() throws {
        guard minutes > 0, workers > 0, socketmapClients > 0, proxymapClients > 0, !kinds.isEmpty else {
            throw ValidationError("Expected numbers above 0, and the name of a fault.")
        }
    }

    private var kinds: [FaultKind] {
        FaultKind.allCases.filter { only.isEmpty || $0.rawValue.contains(only) }
    }

    func run() throws {
        let site = try ChaosSite(seed: seed)
        let daemon = try DaemonKeeper(
            maps: site.maps,
            parameters: [
                "workers": "\(workers)", "lookup_timeout": "\(Self.lookupTimeout)s", "query_timeout": "2s",
                "connect_timeout": "2s", "drain_timeout": "5s",
            ])
        let ledger = VersionLedger(keyCount: ChaosSite.keyCount)
        let load = ChaosLoad(
            socketmap: (daemon.socketmap.path, socketmapClients),
            proxymap: (daemon.proxymap.path, proxymapClients), ledger: ledger,
            lateAfter: Int64(Self.lookupTimeout + Self.slack) * 1_000_000_000, seed: seed,
            choose: site.question)
        let writer = Writer(
            hosts: site.clusters.map(\.socketDirectory), ports: site.clusters.map(\.port),
            database: ChaosSite.database,
            ledger: ledger, keyCount: ChaosSite.keyCount, seed: seed)
        var problems: [String] = []
        if !recovers(load, daemon) { problems.append("no answers before the first fault") }

        let injector = FaultInjector(site: site, daemon: daemon, seed: seed)
        let report = rage(injector, load, daemon, &problems)

        let counts = try load.stop()
        try writer.stop()
        let (written, lastError) = writer.progress
        if written == 0 { problems.append("nothing was written: \(lastError)") }
        say("\n\(report.text)\n")
        say(
            """
            \(counts.rightTotal) right answers, \(written) changes; temporary failures: \(counts.temporary), \
            \(report.needlessTemporary) of them with a database up; peak memory \(daemon.peakMemory >> 20) MiB
            """)
        for example in counts.examples { say("    \(example)") }
        if counts.faulty > 0 {
            problems.append("\(counts.faulty) answers wrong, stale, lost, doubled or late")
        }
        for problem in problems { say("FAILED: \(problem)") }
        if !problems.isEmpty {
            say("The daemon's log ends:\n\(daemon.log.suffix(3000))")
            throw ExitCode.failure
        }
        say("PASSED")
    }

    /// Injects faults of all kinds in turn, in an order of the seed's, until the time is over.
    private func rage(
        _ injector: FaultInjector, _ load: ChaosLoad, _ daemon: DaemonKeeper, _ problems: inout [String]
    ) -> ChaosReport {
        var report = ChaosReport()
        var random = SeededGenerator(seed: seed)
        var left: [FaultKind] = []
        let start = MonotonicClock.now().nanoseconds
        let end = start + Int64(minutes * 60e9)
        while MonotonicClock.now().nanoseconds < end {
            if left.isEmpty { left = kinds.shuffled(using: &random) }
            let kind = left.removeLast()
            let before = load.current
            _ = load.takeLongestWait()
            load.allowEnds(kind.mayEndClients)
            do {
                try injector.inject(kind)
            } catch {
                problems.append("\(kind.rawValue): \(error)")
            }
            let lifted = MonotonicClock.now().nanoseconds
            let recovered = recovers(load, daemon)
            if kind == .upgrade { waitForOldProcess() }
            load.allowEnds(false)
            let now = MonotonicClock.now().nanoseconds
            let after = load.current
            report.add(
                kind, from: before, to: after, longestWait: load.takeLongestWait(), recovery: now - lifted)
            say(
                """
                \((now - start) / 1_000_000_000) s: \(kind.rawValue): \(after.answered - before.answered) answers, \
                \(after.temporary - before.temporary) temporary, \(after.faulty - before.faulty) faulty
                """)
            if !daemon.isRunning {
                problems.append("the daemon has ended by itself during: \(kind.rawValue)")
                break
            }
            if !recovered {
                problems.append("no recovery after: \(kind.rawValue)")
                break
            }
        }
        return report
    }

    /// Clients may stay with the old process for drain_timeout.
    private func waitForOldProcess() { usleep(5_500_000) }

    /// Waits until every table gives right answers again on both endpoints, and nothing but right answers.
    private func recovers(_ load: ChaosLoad, _ daemon: DaemonKeeper) -> Bool {
        let limit = MonotonicClock.now().nanoseconds + Self.recoveryLimit
        while MonotonicClock.now().nanoseconds < limit && daemon.isRunning {
            let before = load.current
            usleep(500_000)
            let after = load.current
            let places = after.right.filter { $0.value > (before.right[$0.key] ?? 0) }
            if places.count >= 8 && after.temporary == before.temporary { return true }
        }
        return false
    }
}

/// Writes a line to the standard output, at once even where that is a file.
private func say(_ text: String) {
    FileHandle.standardOutput.write(Data("\(text)\n".utf8))
}
