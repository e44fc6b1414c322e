// The clients of a chaos run, and the count of what they were answered.

import Foundation
import Synchronization
import TestSupport

final class ChaosLoad: Sendable {
    /// What has come of the requests so far.
    struct Counts: Sendable {
        var events: [CheckedClient.Event: Int] = [:]
        /// Requests whose connection was closed while it may be: the client asks again.
        var cutOff = 0
        /// Refused connections while they may be.
        var turnedAway = 0
        /// Answers later than the limit.
        var late = 0
        /// Nanoseconds.
        var longestWait: Int64 = 0
        /// Right answers by endpoint and table.
        var right: [String: Int] = [:]
        /// The first few of what should not be.
        var examples: [String] = []

        var temporary: Int { events[.temporary] ?? 0 }
        var rightTotal: Int { events[.judged(.right)] ?? 0 }
        var answered: Int { events.reduce(0) { $0 + ($1.key == .lost || $1.key == .refused ? 0 : $1.value) } }

        /// How often something happened that never should.
        var faulty: Int {
            late
                + events.reduce(0) { sum, event in
                    switch event.key {
                    case .judged(.right), .temporary: sum
                    default: sum + event.value
                    }
                }
        }
    }

    private let counts = Mutex(Counts())
    private let isStopping = Atomic<Bool>(false)
    private let running: Atomic<Int>
    /// Whether the daemon may close connections and take none now.
    private let mayEnd = Atomic<Bool>(false)
    private let lateAfter: Int64

    /// - Parameters:
    ///   - lateAfter: nanoseconds after which an answer is too late.
    ///   - choose: a lookup, by a random number, of an endpoint's kind.
    init(
        socketmap: (path: String, clients: Int), proxymap: (path: String, clients: Int),
        ledger: VersionLedger, lateAfter: Int64, seed: UInt64,
        choose: @escaping @Sendable (Int, Bool) -> CheckedQuestion
    ) {
        self.lateAfter = lateAfter
        running = Atomic(socketmap.clients + proxymap.clients)
        for number in 0..<(socketmap.clients + proxymap.clients) {
            let isProxymap = number >= socketmap.clients
            let thread = Thread { [self] in
                let endpoint: CheckedClient.Endpoint =
                    isProxymap ? .proxymap(.unix(proxymap.path)) : .socketmap(.unix(socketmap.path))
                let client = CheckedClient(endpoint, ledger: ledger, timeLimit: 60)
                let random = SeededGenerator(seed: seed &+ UInt64(number) &* 7919)
                drive(client, isProxymap: isProxymap, random, choose)
                running.subtract(1, ordering: .releasing)
            }
            thread.stackSize = 1 << 19
            thread.start()
        }
    }

    var current: Counts { counts.withLock { $0 } }

    /// The longest wait since this was called last.
    func takeLongestWait() -> Int64 {
        counts.withLock { counts in
            defer { counts.longestWait = 0 }
            return counts.longestWait
        }
    }

    func allowEnds(_ allowed: Bool) { mayEnd.store(allowed, ordering: .releasing) }

    func stop() throws -> Counts {
        isStopping.store(true, ordering: .releasing)
        try waitUntil("the clients stop", within: 90) { running.load(ordering: .acquiring) == 0 }
        return current
    }

    private func drive(
        _ client: CheckedClient, isProxymap: Bool, _ seeded: SeededGenerator,
        _ choose: @Sendable (Int, Bool) -> CheckedQuestion
    ) {
        var random = seeded
        while !isStopping.load(ordering: .acquiring) {
            // Postfix asks one thing at a time; other clients of socketmap may ask several.
            let count = isProxymap || random.below(4) > 0 ? 1 : 2 + random.below(12)
            let questions = (0..<count).map { _ in choose(Int(random.next() >> 2), isProxymap) }
            var index = 0
            client.ask(questions) { event, wait, text in
                let map = index < questions.count ? questions[index].map : ""
                index += 1
                note(event, wait, "\(isProxymap ? "proxymap" : "socketmap") \(map)", text())
            }
            // Postfix's processes come and go.
            if random.below(200) == 0 { client.disconnect() }
            usleep(UInt32(1000 + random.below(60_000)))
            client.expectSilence { event, wait, text in note(event, wait, "", text()) }
        }
    }

    private func note(
        _ event: CheckedClient.Event, _ wait: Int64, _ place: String, _ text: @autoclosure () -> String
    ) {
        let isAllowed = mayEnd.load(ordering: .acquiring)
        counts.withLock { counts in
            switch event {
            case .lost where isAllowed: return counts.cutOff += 1
            case .refused where isAllowed: return counts.turnedAway += 1
            case .judged(.right): counts.right[place, default: 0] += 1
            case .temporary: break
            default:
                if counts.examples.count < 20 { counts.examples.append("\(place): \(text())") }
            }
            counts.events[event, default: 0] += 1
            counts.longestWait = max(counts.longestWait, wait)
            guard wait > lateAfter else { return }
            counts.late += 1
            if counts.examples.count < 20 {
                counts.examples.append("\(place): after \(wait / 1_000_000) ms: \(text())")
            }
        }
    }
}
