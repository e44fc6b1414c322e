// Every call that the daemon makes fails once: a sample of them, or all of them for deploy/faults.sh.

import Dispatch
import Foundation
import Synchronization
import Testing

extension EndToEnd {
    @Suite("Every call fails once", .serialized)
    struct FaultSweepTests {
        /// In the ordinary run: some fifteen seconds.
        private static let sampleSize = 60

        /// MAPMUX_FAULTS: `all`, how many of them, or how those begin that are wanted, as `recv` or `recv:17:ECONNRESET`.
        private static let wish = ProcessInfo.processInfo.environment["MAPMUX_FAULTS"]
        private static let seed =
            ProcessInfo.processInfo.environment["MAPMUX_FAULT_SEED"].flatMap(UInt64.init) ?? 1

        private static func faults(of counts: [String: Int]) -> [Fault] {
            guard let wish else { return Fault.sample(of: counts, sampleSize, seed: seed) }
            if let size = Int(wish) { return Fault.sample(of: counts, size, seed: seed) }
            if wish == "all" { return Fault.all(of: counts) }
            let named = Fault.all(of: counts, beginningWith: wish)
            // A number that this run had no call for may be another's.
            return named.isEmpty ? Fault(wish).map { [$0] } ?? [] : named
        }

        @Test("Whatever call fails once: no crash, no hang, no wrong answer, and afterwards all is well")
        func sweep() throws {
            // By TCP, which takes more calls than a Unix-domain socket.
            let scene = try Scene(hosts: 0, tcpHosts: 1)
            let maps = try scene.loadTables()
            let undisturbed = try FaultRun(scene, maps: maps, fault: nil)
            let whole = undisturbed.verdict()
            let problem = whole.problem.map { "\($0): \(undisturbed.lastLog)" }
            #expect(problem == nil && whole.temporary == 0 && !whole.hasNotStarted)
            // The shim is at work, in the daemon's calls and in libpq's.
            for call in ["accept", "epoll_ctl", "malloc", "poll", "recv", "send"] {
                #expect(whole.board.counts[call] ?? 0 > 10, "\(call)")
            }

            let faults = Self.faults(of: whole.board.counts)
            try #require(
                !faults.isEmpty,
                "found \(Self.wish ?? ""), expected all, a number, or CALL[:N[:ERROR]] of what can fail")
            let report = Mutex(FaultReport(counts: whole.board.counts))
            DispatchQueue.concurrentPerform(iterations: faults.count) { index in
                let fault = faults[index]
                do {
                    let run = try FaultRun(scene, maps: maps, fault: fault)
                    let verdict = run.verdict()
                    report.withLock { $0.add(fault, verdict, isTold: Self.wish != nil) }
                    guard let problem = verdict.problem else { return }
                    Issue.record(
                        "deploy/faults.sh --only \(fault): \(problem); failed at \(verdict.board.place); \(run.lastLog)"
                    )
                } catch {
                    Issue.record("\(fault): \(error)")
                }
            }
            let result = report.withLock { $0 }
            if Self.wish != nil { print(result.text) }
            // Not each number comes up in each run.
            if Self.wish == nil { #expect(result.made > faults.count / 2, "\(result.text)") }
        }
    }
}
