// What clients do to the socketmap endpoint, well-behaved and not.

import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("The socketmap endpoint", .serialized)
    struct ProtocolTests {
        /// One daemon for the suite: nothing that a client does may harm it.
        private static let shared = Result {
            let scene = try Scene()
            let more = [
                try scene.table("echo", query: "SELECT '%s'"),
                try scene.table("slow", query: "SELECT '%s' FROM pg_sleep(1)"),
                try scene.table("wide", query: "SELECT repeat('x', 10000) || '%s'"),
                try scene.table("huge", query: "SELECT repeat('x', '%s'::int)"),
            ]
            let maps = try scene.loadTables() + more
            let mapmux = try MapmuxProcess(maps: maps)
            try mapmux.start()
            let client = try mapmux.client()
            try waitUntil("a value arrives: \(mapmux.log())") {
                try client.lookup("echo", "x") == .ok("x")
            }
            return (scene: scene, mapmux: mapmux)
        }

        private func mapmux() throws -> MapmuxProcess { try Self.shared.get().mapmux }

        private func expectServed(_ client: SocketmapClient, _ key: String) throws {
            #expect(try client.lookup("echo", key) == .ok(key))
        }

        @Test("A map that nobody configured is a permanent failure with its name; the connection stays")
        func unknownMap() throws {
            let client = try mapmux().client()
            let long = String(repeating: "n", count: 5000)
            let names = ["nowhere", "Echo", "echo.cf", "pgsql:/etc/x.cf", long]
            for name in names {
                guard case .perm(let reason) = try client.lookup(name, "x") else {
                    Issue.record("\(name.prefix(20)) is not a permanent failure")
                    continue
                }
                #expect(reason.contains(name.prefix(20)))
            }
            try expectServed(client, "still here")
        }

        static let violations: [(what: String, bytes: String)] = [
            ("no digits", ":echo x,"),
            ("a letter", "x6:echo x,"),
            ("a letter after digits", "6x:echo x,"),
            ("a leading zero", "06:echo x,"),
            ("two zeros", "00:,"),
            ("a minus sign", "-6:echo x,"),
            ("a plus sign", "+6:echo x,"),
            ("a leading blank", " 6:echo x,"),
            ("a blank before the colon", "6 :echo x,"),
            ("a newline", "\n6:echo x,"),
            ("a NUL", "\u{0}"),
            ("another end than a comma", "6:echo x;"),
            ("a comma too late", "5:echo x,"),
            ("more than any buffer", "1000000000:echo x,"),
            ("more digits than any number", String(repeating: "9", count: 400) + ":"),
            ("digits without end", String(repeating: "1", count: 100_000)),
            ("no blank", "4:echo,"),
            ("nothing", "0:,"),
            ("no map name", "2: x,"),
            ("another protocol", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
            ("a TLS greeting", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}"),
        ]

        @Test(
            "Garbage: at most one answer, an error, then closed; others are still served",
            arguments: violations)
        func violation(_ violation: (what: String, bytes: String)) throws {
            let other = try mapmux().client()
            let client = try mapmux().client()
            try client.sendUnlessClosed(Array(violation.bytes.utf8))
            try expectErrorThenClosed(client)
            try expectServed(other, "served")
        }

        @Test("Garbage behind requests: those are answered first, in order", arguments: violations)
        func violationBehindRequests(_ violation: (what: String, bytes: String)) throws {
            let client = try mapmux().client()
            let requests = ["one", "two", "three"].flatMap { SocketmapClient.request("echo", Array($0.utf8)) }
            try client.sendUnlessClosed(requests + Array(violation.bytes.utf8))
            for key in ["one", "two", "three"] { #expect(try client.readReply() == .ok(key)) }
            try expectErrorThenClosed(client)
        }

        private func expectErrorThenClosed(_ client: SocketmapClient) throws {
            // Where the daemon closes with unread input, the kernel may drop the answer with a reset.
            guard let reply = try client.readReplyUnlessClosed() else { return }
            switch reply {
            case .temp, .perm: break
            case .ok, .notFound, .timeout, .other: Issue.record("answered with \(reply)")
            }
            #expect(try client.readUntilClosed().isEmpty)
        }

        @Test("A request that never ends and one that ends in the middle hold up nobody")
        func partialRequests() throws {
            let client = try mapmux().client()
            for partial in ["", "6", "6:", "6:ec", "6:echo x"] {
                let stuck = try mapmux().client()
                try stuck.send(Array(partial.utf8))
                try expectServed(client, "beside \(partial)")
                stuck.finishSending()
                #expect(try stuck.readUntilClosed().isEmpty)
            }
        }

        @Test("Requests in any pieces and any number together are answered alike")
        func pieces() throws {
            let client = try mapmux().client()
            let keys = ["", " ", "a b", "a,b", "3:x,", "ü", String(repeating: "k", count: 10_000)]
            let expected = keys.map { $0.isEmpty ? SocketmapReply.notFound : .ok($0) }
            let bytes = keys.flatMap { SocketmapClient.request("echo", Array($0.utf8)) }
            for byte in bytes.prefix(200) { try client.send([byte]) }
            try client.send(Array(bytes.dropFirst(200)))
            for reply in expected { #expect(try client.readReply() == reply) }
            try client.send(bytes + bytes + bytes)
            for reply in expected + expected + expected { #expect(try client.readReply() == reply) }
        }

        @Test("Pipelined requests are answered in order, though later ones are done earlier")
        func pipelined() throws {
            let client = try mapmux().client()
            var requests: [UInt8] = []
            var expected: [SocketmapReply] = []
            func ask(_ map: String, _ key: String, _ reply: SocketmapReply) {
                requests += SocketmapClient.request(map, Array(key.utf8))
                expected.append(reply)
            }
            for number in 0..<200 {
                if number % 50 == 0 { ask("slow", "slow \(number)", .ok("slow \(number)")) }
                ask("echo", "key \(number)", .ok("key \(number)"))
                ask("literals", "no address", .notFound)
                ask("numbers", "\(number)", .ok("box\(number)@store.example.net"))
                ask("addresses", "user\(number)@example.com", .ok("box\(number)@store.example.net"))
                ask("echo", "", .notFound)
            }
            try client.send(requests)
            for (number, reply) in expected.enumerated() {
                #expect(try client.readReply() == reply, "reply \(number)")
            }
        }

        @Test("A client that sends no more still gets its answers, then the end")
        func halfClosed() throws {
            let client = try mapmux().client()
            try client.send(SocketmapClient.request("slow", Array("last words".utf8)))
            client.finishSending()
            #expect(try client.readReply() == .ok("last words"))
            #expect(try client.readUntilClosed().isEmpty)
        }

        @Test("Clients that leave without their answers harm nobody")
        func deserters() throws {
            for number in 0..<200 {
                let client = try mapmux().client()
                // A few keep the connections busy, so that the others leave while theirs are waiting.
                let map = number < 8 ? "slow" : "wide"
                try client.send(SocketmapClient.request(map, Array("left \(number)".utf8)))
            }
            try expectServed(try mapmux().client(), "stayed")
        }

        @Test("A client that never reads is not read from without end, and the others are served meanwhile")
        func slowReader() throws {
            let slow = try mapmux().client()
            let other = try mapmux().client()
            let request = SocketmapClient.request("wide", Array("k".utf8))
            // Replies of all these requests together would take a gigabyte.
            let limit = request.count * 100_000
            let bytes = Array(repeating: request, count: 1000).flatMap { $0 }
            var sent = 0
            var fruitless = 0
            while sent < limit, fruitless < 300 {
                let count = slow.sendWithoutWaiting(Array(bytes[(sent % bytes.count)...]))
                sent += count
                fruitless = count == 0 ? fruitless + 1 : 0
                // Each round trip is also the time the daemon gets to read on.
                try expectServed(other, "served \(sent)")
            }
            #expect(sent < limit, "the daemon took everything from a client that reads nothing")
            let value = String(repeating: "x", count: 10_000) + "k"
            for _ in 0..<(sent / request.count) {
                guard try slow.readReply() == .ok(value) else {
                    Issue.record("a wrong reply after reading began")
                    return
                }
            }
        }

        @Test("A value longer than a reply may be is a temporary failure; one that just fits is a value")
        func longValues() throws {
            let client = try mapmux().client()
            for length in [1, 65_536, 99_997] {
                let value = SocketmapReply.ok(String(repeating: "x", count: length))
                let reply = try client.lookup("huge", "\(length)")
                // Compared outside of the macro, which would print both in full.
                let equal = reply == value
                #expect(equal, "\(length): \("\(reply)".prefix(100))")
            }
            for length in [99_998, 100_000, 5_000_000] {
                #expect(try client.lookup("huge", "\(length)").isTemporary)
            }
            try expectServed(client, "still here")
        }

        @Test("Keys are folded as Postfix folds them, and not where fold_keys = no")
        func folding() throws {
            let scene = try Self.shared.get().scene
            let client = try mapmux().client()
            #expect(try client.lookup("echo", "User@EXAMPLE.com") == .ok("user@example.com"))
            #expect(try client.lookup("echo", "STRAßE") == .ok("strasse"))
            let mapmux = try MapmuxProcess(
                maps: [try scene.table("echo", query: "SELECT '%s'")], parameters: ["fold_keys": "no"])
            try mapmux.start()
            let unfolded = try mapmux.client()
            try waitUntil("a value arrives: \(mapmux.log())") {
                try unfolded.lookup("echo", "User@EXAMPLE.com") == .ok("User@EXAMPLE.com")
            }
        }

        @Test("Two thousand clients are served at once over the same few connections")
        func manyClients() throws {
            let (scene, mapmux) = try Self.shared.get()
            let clients = try (0..<2000).map { _ in try mapmux.client() }
            for (number, client) in clients.enumerated() {
                try client.send(SocketmapClient.request("echo", Array("client \(number)".utf8)))
            }
            for (number, client) in clients.enumerated() {
                let reply = try client.readReply()
                guard reply == .ok("client \(number)") else {
                    Issue.record("client \(number): \(reply) \(mapmux.log().suffix(2000))")
                    return
                }
            }
            #expect(try scene.connections(to: scene.cluster) == 4)
        }
    }
}
