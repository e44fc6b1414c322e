// Clients of the status that mean no good: they end, the others are answered, and lookups go on.

import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Hostile clients of the status", .serialized)
    struct HostileStatusTests {
        private let scene: Scene
        private let mapmux: MapmuxProcess
        private let port: Int

        init() throws {
            scene = try Scene()
            (mapmux, port) = try daemonWithStatus(scene)
        }

        private func expectService() throws {
            #expect(try HTTPClient(to: .tcp(port)).request("/readyz").status == 200)
            #expect(try mapmux.client().lookup("numbers", "7") == .ok("box7@store.example.net"))
        }

        @Test("Garbage is refused, and the connection closed")
        func garbage() throws {
            for text in [
                "\r\n\u{1}\u{2}\u{3}\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "EHLO localhost\r\n",
                "GET / HTTP/1.1\r\nbad header\r\n\r\n", "GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
                "GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
                "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\u{16}\u{3}\u{1}\u{2}\0\u{1}",
            ] {
                let http = try HTTPClient(to: .tcp(port))
                try http.send(text)
                let answer = String(decoding: try http.readUntilClosed(), as: UTF8.self)
                #expect(answer.isEmpty || answer.hasPrefix("HTTP/1.1 400 "), "\(text) \(answer)")
            }
            try expectService()
        }

        @Test(
            "A request of more than 16 KiB is refused before it is whole",
            arguments: [
                "GET / HTTP/1.1\r\nX: ", "GET /", "POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n",
            ])
        func giants(start: String) throws {
            let before = try mapmux.peakMemory()
            for _ in 0..<50 {
                let http = try HTTPClient(to: .tcp(port))
                do throws(StreamSocket.Failure) {
                    try http.socket.send(Array(start.utf8) + [UInt8](repeating: 120, count: 4 << 20))
                } catch {
                    #expect(error == .closed || error == .reset)
                }
                let answer = String(decoding: try http.readUntilClosed(), as: UTF8.self)
                // What it has not read of the client's may make the kernel drop the answer.
                #expect(
                    answer.isEmpty || answer.hasPrefix("HTTP/1.1 431 ") || answer.hasPrefix("HTTP/1.1 405 "),
                    "\(answer)")
            }
            #expect(try mapmux.peakMemory() - before < 32 << 20)
            try expectService()
        }

        @Test("Header fields that come a byte at a time end with the time for a request, as does silence")
        func slowness() throws {
            let silent = try HTTPClient(to: .tcp(port))
            let slow = try HTTPClient(to: .tcp(port))
            try slow.send("GET / HTTP/1.1\r\nX: ")
            var isClosed = false
            // Ten seconds are what a request may take, however busy it keeps the connection.
            try waitUntil("it is closed", within: 60) {
                isClosed = slow.socket.sendWithoutWaiting([120]) == 0
                usleep(100_000)
                return isClosed
            }
            #expect(try silent.readUntilClosed().isEmpty)
            try expectService()
        }

        @Test("A thousand connections that ask nothing keep nobody out, and cost 64 descriptors")
        func crowd() throws {
            let before = try mapmux.holdings().descriptors
            let silent = try (0..<1000).map { _ in try HTTPClient(to: .tcp(port)) }
            try expectService()
            try waitUntil("those beyond the bound are closed") {
                try mapmux.holdings().descriptors <= before + 70
            }
            withExtendedLifetime(silent) {}
        }

        @Test(
            "Whoever asks on without reading gets whole answers, as many as the kernel holds"
        )
        func pipelining() throws {
            let before = try mapmux.peakMemory()
            let requests = Array(
                String(repeating: "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", count: 300).utf8)
            let clients = try (0..<60).map { _ in try HTTPClient(to: .tcp(port)) }
            for client in clients { client.socket.sendWithoutWaiting(requests) }
            for client in clients {
                var answers = 0
                do {
                    while answers < 300 {
                        #expect(try client.readResponse().status == 200)
                        answers += 1
                    }
                } catch StreamSocket.Failure.closed {
                    #expect(answers > 0)
                }
            }
            #expect(try mapmux.peakMemory() - before < 32 << 20)
            try expectService()
        }

        @Test("Clients that hang up in the middle leave nothing behind")
        func vanishing() throws {
            let before = try mapmux.holdings().descriptors
            for round in 0..<300 {
                let http = try HTTPClient(to: .tcp(port))
                if round % 2 == 0 { http.socket.resetAtEnd() }
                http.socket.sendWithoutWaiting(
                    Array("GET /\(round % 3 == 0 ? "metrics HTTP/1.1\r\n\r\n" : "stats.json")".utf8))
            }
            try waitUntil("all are gone") { try mapmux.holdings().descriptors <= before + 1 }
            try expectService()
        }
    }
}
