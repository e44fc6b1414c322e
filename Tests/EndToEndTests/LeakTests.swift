// Whether the daemon holds more and more the longer it runs: memory, descriptors, threads.

import Dispatch
import Foundation
import Glibc
import Synchronization
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Leaks", .serialized)
    struct LeakTests {
        private static let clients = 16
        private static let atOnce = 100

        /// What a client asks in one go, and every byte that it must be answered: values, nothing, literals, failures.
        private struct Exchange: Sendable {
            var requests: [UInt8] = []
            var replies: [UInt8] = []

            init(number: Int) {
                func add(_ map: String, _ key: String, _ reply: String) {
                    requests += SocketmapClient.request(map, Array(key.utf8))
                    replies += SocketmapClient.netstring(Array(reply.utf8))
                }
                for index in 0..<atOnce {
                    let number = (number * atOnce + index) % Scene.count
                    let value = "box\(number)@store.example.net"
                    switch index {
                    case 0: add("missing", "x", "PERM there is no map named missing")
                    case 1..<10: add("addresses", "nobody\(number)@example.com", "NOTFOUND ")
                    case 10..<20: add("literals", "user\(number)@example.com", "OK user\(number)=\(value)")
                    case 20..<60: add("numbers", "\(number)", "OK \(value)")
                    default: add("addresses", "user\(number)@example.com", "OK \(value)")
                    }
                }
            }
        }

        @Test("A million lookups, 10,000 clients and 400 lost connections later it holds what it held before")
        func flat() throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            try mapmux.start()
            try waitForValue(mapmux)
            let endpoint = ProxyAddress.unix(mapmux.socketPath)
            let exchanges = (0..<Scene.count / Self.atOnce).map(Exchange.init)

            func lookUp(_ count: Int) throws {
                try inParallel { number in
                    let socket = try StreamSocket(to: endpoint)
                    for round in 0..<count / Self.clients / Self.atOnce {
                        let exchange = exchanges[(number + round) % exchanges.count]
                        try socket.send(exchange.requests)
                        guard try socket.read(exchange.replies.count) == exchange.replies else {
                            throw SupportError("a wrong answer")
                        }
                    }
                }
            }
            func connect(_ count: Int) throws {
                try inParallel { number in
                    for round in 0..<count / Self.clients {
                        let client = try SocketmapClient(path: mapmux.socketPath)
                        guard try client.lookup("numbers", "7") == .ok("box7@store.example.net") else {
                            throw SupportError("a wrong answer")
                        }
                        // Some go with an answer due, or in the middle of a request.
                        if round % 3 == 0 {
                            try client.send(SocketmapClient.request("numbers", Array("8".utf8)))
                        }
                        if round % 5 == 0 { try client.send(Array("12:num".utf8)) }
                    }
                }
            }
            func lose(_ count: Int) throws {
                for _ in 0..<count / 4 {
                    try scene.cluster.psql(
                        Scene.database,
                        """
                        SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                        WHERE datname = '\(Scene.database)' AND application_name = 'mapmux'
                        """)
                    try waitForValue(mapmux)
                    try waitUntil("the pool is whole") { try scene.connections(to: scene.cluster) == 4 }
                }
            }
            try waitUntil("the pool is whole") { try scene.connections(to: scene.cluster) == 4 }
            let idle = try mapmux.holdings()
            func work() throws -> ProcessGauge.Holdings {
                try lookUp(100_000)
                try connect(1_000)
                try lose(40)
                // Besides this one's own socket: the last clients' ends may still be on their way.
                try waitUntil("the clients have gone") {
                    try mapmux.holdings().descriptors == idle.descriptors
                }
                return try mapmux.holdings()
            }
            for _ in 0..<3 { _ = try work() }
            let before = try work()
            let after = try (0..<10).map { _ in try work() }
            print("held before: \(before), and after each tenth: \(after)")
            #expect(after[9].threads == before.threads, "\(before) \(after)")
            // The allocator takes up to a megabyte at once, and the last hour's figures grow; two bytes a lookup would be more.
            #expect(after[9].residentMemory < before.residentMemory + 2 << 20, "\(before) \(after)")
        }

        private final class Failures: Sendable {
            let first = Mutex<String?>(nil)
        }

        /// Has all clients at work, each on a thread of its own.
        private func inParallel(_ body: @escaping @Sendable (Int) throws -> Void) throws {
            let group = DispatchGroup()
            let failures = Failures()
            for number in 0..<Self.clients {
                group.enter()
                let thread = Thread {
                    do {
                        try body(number)
                    } catch {
                        failures.first.withLock { $0 = $0 ?? "\(error)" }
                    }
                    group.leave()
                }
                thread.stackSize = 1 << 20
                thread.start()
            }
            group.wait()
            if let failure = failures.first.withLock(\.self) { throw SupportError(failure) }
        }
    }
}
