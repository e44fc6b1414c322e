// Connections to PostgreSQL that end, stutter or get garbled anywhere in what is said on them.

import Glibc
import LookupValues
import TestSupport
import Testing
import ThrowawayServers

/// Lookups of every kind, asked all at once, and what is right for each.
private struct Round {
    private let lookups: [(map: String, key: String, right: SocketmapReply?)] = [
        ("addresses", "user7@example.com", .ok("box7@store.example.net")),
        ("addresses", "nobody@example.com", .notFound),
        ("numbers", "8", .ok("box8@store.example.net")),
        // Not a number: nothing but a temporary failure is right.
        ("numbers", "eight", nil),
        ("numbers", "1000", .notFound),
        ("literals", "user9@example.com", .ok("user9=box9@store.example.net")),
        ("literals", "nobody@example.com", .notFound),
        ("addresses", "user11@example.com", .ok("box11@store.example.net")),
    ]

    /// Asks them, and expects right answers and temporary failures only.
    ///
    /// - Returns: whether every answer was right.
    func ask(_ client: SocketmapClient, _ mapmux: MapmuxProcess, _ what: String) throws -> Bool {
        try client.send(lookups.flatMap { SocketmapClient.request($0.map, Array($0.key.utf8)) })
        var isRight = true
        let replies = try lookups.map { _ in try client.readReply() }
        for ((map, key, right), reply) in zip(lookups, replies) {
            if reply.isTemporary {
                if right != nil { isRight = false }
            } else {
                #expect(
                    reply == right, "\(what): \(map) \(key) among \(replies) \(mapmux.log().suffix(2000))")
            }
        }
        return isRight
    }

    func askUntilRight(_ client: SocketmapClient, _ mapmux: MapmuxProcess, _ what: String) throws {
        try waitUntil("all answers are right after \(what): \(mapmux.log().suffix(2000))") {
            if try ask(client, mapmux, what) { return true }
            usleep(20_000)
            return false
        }
    }
}

extension EndToEnd {
    @Suite("Disconnects, stutter and garbage", .serialized)
    struct DisconnectTests {
        private static let shared = Result { try Scene(hosts: 0, tcpHosts: 1) }

        /// One connection at a time through a proxy, by which all of `Round` has been answered.
        private func begin(
            parameters: [String: String] = [:]
        ) throws -> (proxy: FaultProxy, mapmux: MapmuxProcess, client: SocketmapClient) {
            let scene = try Self.shared.get()
            let proxy = try FaultProxy(before: scene.cluster)
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(hosts: proxy.host),
                parameters: parameters.merging(["pool_size": "1"]) { given, _ in given })
            try mapmux.start()
            let client = try mapmux.client()
            try Round().askUntilRight(client, mapmux, "the start")
            return (proxy, mapmux, client)
        }

        /// What the server and the client say on a whole connection with one round of lookups.
        private func record(
            _ proxy: FaultProxy, _ mapmux: MapmuxProcess, _ client: SocketmapClient
        ) throws -> FaultProxy.Record {
            let before = proxy.accepted
            proxy.cut()
            try Round().askUntilRight(client, mapmux, "a cut")
            let record = try #require(proxy.open.last)
            #expect(record.number > before)
            #expect(record.serverMessages.filter { $0.type == "D" }.count >= 4)
            return record
        }

        @Test(
            "The connection ends between any two messages: right answers or temporary failures, and recovery",
            arguments: [
                (ProxySide.server, ProxyTrigger.Action.cut), (.server, .reset), (.client, .cut),
                (.client, .reset),
            ])
        func betweenMessages(_ sender: ProxySide, _ action: ProxyTrigger.Action) throws {
            let (proxy, mapmux, client) = try begin()
            let record = try record(proxy, mapmux, client)
            let count = (sender == .server ? record.serverMessages : record.clientMessages).count
            #expect(count > 20)
            for number in 0...count {
                let what = "\(action) after message \(number) of \(count) of the \(sender)'s"
                let before = proxy.accepted
                let point = number == 0 ? ProxyTrigger.Point.before(1) : .after(number)
                proxy.setForNext([.trigger(action, point, from: sender)])
                proxy.cut()
                // The lookups come while it connects, and go out on it.
                _ = try Round().ask(client, mapmux, what)
                try Round().askUntilRight(client, mapmux, what)
                #expect(proxy.accepted > before)
            }
            #expect(mapmux.isRunning)
        }

        @Test("What both sides send arrives in pieces of any size: every answer is right")
        func pieces() throws {
            let (proxy, mapmux, client) = try begin()
            for sizes in [1...1, 2...2, 3...3, 4...4, 5...5, 7...7, 1...9, 64...64, 1...200] {
                // A connection that was made whole, and one that is made in pieces.
                proxy.set(.pieces(sizes))
                for _ in 0..<3 { #expect(try Round().ask(client, mapmux, "pieces of \(sizes)")) }
                proxy.cut()
                try Round().askUntilRight(client, mapmux, "a connection in pieces of \(sizes)")
                for _ in 0..<3 { #expect(try Round().ask(client, mapmux, "pieces of \(sizes)")) }
            }
        }

        @Test("Type and length bytes get garbled: never a wrong answer, never a crash, and recovery")
        func garbled() throws {
            let (proxy, mapmux, client) = try begin(
                parameters: ["lookup_timeout": "2s", "query_timeout": "1s", "connect_timeout": "2s"])
            let record = try record(proxy, mapmux, client)
            var random = SplitMix64(seed: 4)
            for (number, message) in record.serverMessages.enumerated()
            where message.type != "\0" {
                // Each bit of the type in turn; a length that is too short, or too long by far.
                let bit = Corruption.Kind.flip(1 << UInt8(random.below(8)))
                let garbles: [Corruption] = [
                    Corruption(message: number + 1, offset: 0, bit),
                    Corruption(message: number + 1, offset: 4, .flip(UInt8(1 + random.below(255)))),
                    Corruption(message: number + 1, offset: 1 + random.below(3), .flip(0x7f)),
                    Corruption(message: number + 1, offset: 0, .insert([UInt8(random.below(256))])),
                ]
                // A length that promises too much is silence, and takes its time.
                let garble = garbles[number % 4]
                let what = "\(garble) in message \(number), \(message.type)"
                proxy.setForNext([.corrupting([garble])])
                proxy.cut()
                _ = try Round().ask(client, mapmux, what)
                try Round().askUntilRight(client, mapmux, what)
            }
            #expect(mapmux.isRunning)
        }
    }
}
