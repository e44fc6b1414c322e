// Local clients that mean harm, or know no better: whoever behaves gets right answers meanwhile, and nothing grows.

import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Hostile clients", .serialized)
    struct HostileClientTests {
        private let scene: Scene
        private let mapmux: MapmuxProcess
        private let table: String
        private var proxymap: String { "\(mapmux.directory.path)/proxymap" }

        init() throws {
            scene = try Scene()
            let wide = try scene.table("wide", query: "SELECT '%s' || repeat('x', 4000)")
            let maps = try scene.loadTables() + [wide]
            table = maps[0]
            mapmux = try MapmuxProcess(maps: maps)
            try mapmux.configure(
                maps: maps, parameters: ["proxymap_listen": "unix:\(mapmux.directory.path)/proxymap"])
            try mapmux.start()
            try waitForValue(mapmux)
        }

        /// Does harm while polite clients ask, and expects that they get right answers only, during it and afterwards.
        private func beside(_ harm: (LoadClients) throws -> Void) throws {
            let polite = LoadClients(path: mapmux.socketPath, clients: 16, choose: Scene.lookup)
            try waitUntil("all are connected and served") { polite.current.served.count == 16 }
            let idle = try mapmux.openConnections()
            try harm(polite)
            try polite.waitForRight(500)
            try waitUntil("their connections are closed: \(mapmux.log().suffix(1000))") {
                try mapmux.openConnections() <= idle
            }
            expectOnlyRight(try polite.stop(), mapmux)
            #expect(mapmux.isRunning)
        }

        private func number(_ number: Int) -> (request: [UInt8], value: SocketmapReply) {
            let number = number % Scene.count
            return (
                SocketmapClient.request("numbers", Array("\(number)".utf8)),
                .ok("box\(number)@store.example.net")
            )
        }

        /// A proxymap request up to its key.
        private var requestHead: [UInt8] {
            ["request", "lookup", "table", table, "flags", "540737", "key"].flatMap { Array($0.utf8) + [0] }
        }

        @Test("Five hundred write a byte now and then: each is answered when its request is whole")
        func slowWriters() throws {
            try beside { polite in
                let clients = try (0..<500).map { _ in try mapmux.client() }
                let length = number(123).request.count
                for index in 0..<length {
                    for (place, client) in clients.enumerated() {
                        try client.send([number(100 + place).request[index]])
                    }
                    try polite.waitForRight(20)
                }
                for (place, client) in clients.enumerated() {
                    #expect(try client.readReply() == number(100 + place).value)
                }
            }
        }

        @Test("A long proxymap request that ends byte by byte takes no more work than a short one")
        func slowAttributes() throws {
            /// The daemon's processor time for so many bytes, each sent when it has taken the one before.
            func price(after length: Int) throws -> Double {
                let client = try StreamSocket(to: .unix(proxymap))
                _ = try client.readSome()
                try client.send(requestHead + [UInt8](repeating: 120, count: length))
                let other = try mapmux.client()
                let before = try mapmux.processorTime()
                for index in 0..<3000 {
                    try client.send([120])
                    // The answer says that the daemon has been through the loop since.
                    if index % 4 == 0 { #expect(try other.lookup("none", "none") != .notFound) }
                }
                let used = try mapmux.processorTime() - before
                try client.send([0, 0])
                let reply = try client.readSome()
                #expect(String(decoding: reply, as: UTF8.self).hasPrefix("status\01"), "\(reply)")
                return used
            }
            _ = try price(after: 10)
            let (short, long) = (try price(after: 10), try price(after: 100_000))
            #expect(long < 5 * short + 0.5, "\(long) s, and \(short) s")
        }

        @Test("Two hundred ask without end and never read: they are read from no more, and memory is bounded")
        func neverReaders() throws {
            let before = try mapmux.peakMemory()
            try beside { polite in
                let clients = try (0..<200).map { _ in try mapmux.client() }
                let requests = (0..<50).flatMap { SocketmapClient.request("wide", Array("\($0)".utf8)) }
                var offsets = [Int](repeating: 0, count: clients.count)
                // Until the kernel's room in both directions is full for each of them.
                try waitUntil("no more is taken from them", within: 300) {
                    var taken = 0
                    for (index, client) in clients.enumerated() {
                        let count = client.sendWithoutWaiting(Array(requests[offsets[index]...]))
                        offsets[index] = (offsets[index] + count) % requests.count
                        taken += count
                    }
                    usleep(20_000)
                    return taken == 0
                }
                try polite.waitForRight(500)
                let grown = try mapmux.peakMemory() - before
                // 16 KiB of requests and 16 KiB of answers each, twice as an array may have grown, and one answer more.
                #expect(grown < 200 * (80 << 10) + (8 << 20), "\(grown >> 20) MiB")
            }
        }

        @Test("Thousands connect and close, or stay and say nothing: the others go on")
        func connectFlood() throws {
            try beside { polite in
                for round in 0..<10 {
                    for _ in 0..<300 { _ = try mapmux.client() }
                    for _ in 0..<100 { _ = try StreamSocket(to: .unix(proxymap)) }
                    try polite.waitForRight(round)
                }
                let silent = try (0..<1000).map { _ in try mapmux.client() }
                try polite.waitForRight(500)
                #expect(try mapmux.openConnections() > 1000)
                withExtendedLifetime(silent) {}
            }
            #expect(try mapmux.peakMemory() < 100 << 20)
        }

        @Test(
            "Giant netstrings, announced or sent: a temporary failure and the end, and none of it is kept",
            arguments: [
                Array("999999999:".utf8), Array("99999999999999999999".utf8),
                SocketmapClient.netstring([UInt8](repeating: 120, count: 100_000)),
                SocketmapClient.netstring([UInt8](repeating: 120, count: 5_000_000)),
            ])
        func giantNetstrings(_ bytes: [UInt8]) throws {
            try beside { polite in
                for _ in 0..<100 {
                    let client = try mapmux.client()
                    try client.send(number(7).request)
                    try client.sendUnlessClosed(bytes)
                    #expect(try client.readReply() == number(7).value)
                    // What it has not read of the client's may make the kernel drop the answer.
                    if let reply = try client.readReplyUnlessClosed() {
                        #expect(reply == .temp("the request is too long"))
                    }
                    #expect(try client.readUntilClosed().isEmpty)
                }
            }
            #expect(try mapmux.peakMemory() < 100 << 20)
        }

        @Test("Giant attribute lists: closed, and none of them is kept")
        func giantAttributes() throws {
            let lists = [
                requestHead + [UInt8](repeating: 120, count: 1_100_000),
                [UInt8](repeating: 120, count: 1_000_000),
                Array("request\0invented\0".utf8) + (0..<200_000).flatMap { _ in Array("a\0b\0".utf8) },
            ]
            try beside { polite in
                for list in lists + lists + lists {
                    let clients = try (0..<20).map { _ in try StreamSocket(to: .unix(proxymap)) }
                    for client in clients {
                        // Closed before it has taken it all.
                        do throws(StreamSocket.Failure) {
                            try client.send(list)
                        } catch {
                            #expect(error == .closed || error == .reset)
                        }
                    }
                    try polite.waitForRight(20)
                }
            }
            #expect(try mapmux.peakMemory() < 150 << 20)
        }

        @Test("Two clients ask 5,000 things at once: the others' turn comes as often as before, in fairness")
        func pipelining() throws {
            let count = 5_000
            try beside { polite in
                let clients = try (0..<2).map { _ in try mapmux.client(timeLimit: 300) }
                let before = polite.current.right
                var sent = 0
                var answered = 0
                // Ahead of the answers by what the daemon and the kernel hold: more, unread, would have both sides wait.
                while answered < count {
                    while sent < min(count, answered + 200) {
                        for client in clients { try client.send(number(sent).request) }
                        sent += 1
                    }
                    for client in clients { #expect(try client.readReply() == number(answered).value) }
                    answered += 1
                }
                let others = polite.current.right - before
                // Sixteen ask one thing each, two ask one and share eight more. By the queue alone it would be 16 to 256.
                #expect(others > 2 * count / 6, "\(others) answers beside \(2 * count)")
            }
        }

        @Test("Pipelined requests that need no query leave the others their turn")
        func pipelinedRefusals() throws {
            try beside { polite in
                let client = try mapmux.client(timeLimit: 300)
                let requests = (0..<1000).flatMap { _ in Array("3:a b,".utf8) }
                for _ in 0..<20 {
                    try client.send(requests)
                    for _ in 0..<1000 {
                        #expect(try client.readReply() == .perm("there is no map named a"))
                    }
                }
                try polite.waitForRight(100)
            }
        }

        @Test("Half-closed by the thousand: every question asked before is answered, then the end")
        func halfClosed() throws {
            try beside { polite in
                let clients = try (0..<1000).map { _ in try mapmux.client() }
                for (index, client) in clients.enumerated() {
                    try client.send(number(index).request + number(index + 1).request)
                    client.finishSending()
                }
                try polite.waitForRight(200)
                for (index, client) in clients.enumerated() {
                    #expect(try client.readReply() == number(index).value)
                    #expect(try client.readReply() == number(index + 1).value)
                    #expect(try client.readUntilClosed().isEmpty)
                }
            }
        }

        @Test("Clients that ask a hundred things and hang up leave nothing behind")
        func vanishing() throws {
            try beside { polite in
                let requests = (0..<100).flatMap { number($0).request }
                for round in 0..<300 {
                    try mapmux.client().send(requests)
                    if round % 30 == 0 { try polite.waitForRight(20) }
                }
            }
        }
    }
}
