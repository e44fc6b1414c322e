// Clients that ask for all keys of changes all the time, and keep every answer.

import Glibc
import Synchronization
package import TestSupport
import ThrowawayServers

package final class ChangeLoad: Sendable {
    /// One lookup. Times are nanoseconds of the monotonic clock.
    package struct Observation: Sendable {
        package let change: Int
        package let map: Int
        package let key: Int
        package let isProxymap: Bool
        package let asked: Int64
        package let answered: Int64
        package let answer: PostfixConfiguration.Answer

        package init(
            change: Int, map: Int, key: Int, isProxymap: Bool, asked: Int64, answered: Int64,
            answer: PostfixConfiguration.Answer
        ) {
            self.change = change
            self.map = map
            self.key = key
            self.isProxymap = isProxymap
            self.asked = asked
            self.answered = answered
            self.answer = answer
        }
    }

    private let changes: [Change]
    private let paths: [[String]]
    private let socketmap: String
    private let proxymap: String
    private let observations = Mutex<[Observation]>([])
    private let lost = Mutex<[String]>([])
    /// How often each client has asked for everything.
    private let rounds = Mutex<[Int]>([])
    private let pause: UInt32
    private let threads = LoadThreads()

    /// - Parameters:
    ///   - site: whose files the maps are; their order is that of the observations' numbers.
    ///   - socketmap: the path of the endpoint, as `proxymap`.
    ///   - clients: of each endpoint. Each begins with another change, so that every key is asked for every now and then.
    ///   - pause: microseconds after each change's keys.
    package init(
        _ site: ChangeSite, _ changes: [Change], socketmap: String, proxymap: String, clients: Int = 4,
        pause: UInt32 = 4000
    ) {
        self.pause = pause
        self.changes = changes
        self.socketmap = socketmap
        self.proxymap = proxymap
        paths = changes.map { change in change.maps.indices.map { site.path(change, $0) } }
        let slow = changes.indices.filter { changes[$0].isSlow }
        let quick = changes.indices.filter { !changes[$0].isSlow }
        for part in 0..<(quick.isEmpty ? 0 : clients) {
            let start = quick.count * part / clients
            let order = Array(quick[start...] + quick[..<start])
            startClient(of: order, isProxymap: false)
            startClient(of: order, isProxymap: true)
        }
        for change in slow + slow {
            startClient(of: [change], isProxymap: false)
            startClient(of: [change], isProxymap: true)
        }
    }

    /// What was answered so far, which is forgotten.
    package func take() -> [Observation] {
        observations.withLock { all in
            defer { all = [] }
            return all
        }
    }

    /// The first of the requests whose connection ended or stayed silent.
    package var losses: [String] { lost.withLock { $0 } }

    /// What `wait(for:)` waits for: that each client has asked for everything twice, from now on.
    package var nextRounds: [Int] { rounds.withLock { $0.map { $0 + 3 } } }

    package func wait(for goals: [Int]) throws {
        try waitUntil("the clients ask for everything again: \(losses)", within: 120) {
            usleep(10_000)
            return rounds.withLock { zip($0, goals).allSatisfy { $0 >= $1 } }
        }
    }

    /// Lets every client finish what it has asked.
    package func stop() throws {
        try threads.stop()
    }

    private func startClient(of order: [Int], isProxymap: Bool) {
        let number = rounds.withLock { rounds in
            rounds.append(0)
            return rounds.count - 1
        }
        threads.start { [self] in drive(order, isProxymap, number) }
    }

    private func drive(_ order: [Int], _ isProxymap: Bool, _ number: Int) {
        var clients: (SocketmapClient?, ProxymapClient?) = (nil, nil)
        while true {
            for change in order {
                if !threads.goOn { return }
                do {
                    let answers: [Observation]
                    if isProxymap {
                        if clients.1 == nil { clients.1 = try ProxymapClient(path: proxymap) }
                        answers = try ask(clients.1!, change)
                    } else {
                        if clients.0 == nil { clients.0 = try SocketmapClient(path: socketmap) }
                        answers = try ask(clients.0!, change)
                    }
                    observations.withLock { $0 += answers }
                } catch {
                    clients = (nil, nil)
                    lost.withLock { if $0.count < 8 { $0.append("\(changes[change]): \(error)") } }
                }
                usleep(pause)
            }
            rounds.withLock { $0[number] += 1 }
        }
    }

    /// All keys of a change's maps in one go.
    private func ask(_ client: SocketmapClient, _ change: Int) throws -> [Observation] {
        let keys = changes[change].maps.enumerated().flatMap { map, form in
            form.keys.indices.map { (map: map, key: $0) }
        }
        let asked = TestClock.now()
        try client.send(
            keys.flatMap { map, key in
                SocketmapClient.request(
                    changes[change].mapName(map), Array(changes[change].maps[map].keys[key].text.utf8))
            })
        return try keys.map { map, key in
            let answer: PostfixConfiguration.Answer
            switch try client.readReply() {
            case .ok(let value): answer = .found(value)
            case .notFound: answer = .notFound
            case .temp(let reason), .timeout(let reason): answer = .failed(reason)
            // Neither is ever right, nor a failure that stock Postfix could have.
            case .perm(let reason): answer = .found(Array("PERM \(reason)".utf8))
            case .other(let bytes): answer = .found(bytes)
            }
            return Observation(
                change: change, map: map, key: key, isProxymap: false, asked: asked,
                answered: TestClock.now(), answer: answer)
        }
    }

    private func ask(_ client: ProxymapClient, _ change: Int) throws -> [Observation] {
        try changes[change].maps.enumerated().flatMap { map, form in
            try form.keys.enumerated().map { key, text in
                let asked = TestClock.now()
                let answer = try client.lookup("pgsql:\(paths[change][map])", text.text)
                return Observation(
                    change: change, map: map, key: key, isProxymap: true, asked: asked,
                    answered: TestClock.now(), answer: answer)
            }
        }
    }
}
