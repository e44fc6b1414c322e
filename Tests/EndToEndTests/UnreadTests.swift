// What nobody reads: answers that a client leaves lying, and notifications that no lookup has asked for.

import Glibc
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

private typealias Message = PostgresMessage

extension EndToEnd {
    @Suite("What nobody reads", .serialized)
    struct UnreadTests {
        private let directory: TemporaryDirectory
        private let server: FakePostgres
        private let mapmux: MapmuxProcess
        private let table: String
        private var proxymap: String { "\(directory.path)/proxymap" }

        init() throws {
            server = try FakePostgres()
            directory = try TemporaryDirectory()
            table = try directory.write(
                "table.cf", "hosts = \(server.host)\ndbname = x\nquery = SELECT v FROM t WHERE k = '%s'\n")
            mapmux = try MapmuxProcess(
                maps: ["pgsql:\(table)"],
                parameters: [
                    "pool_size": "1", "proxymap_listen": "unix:\(directory.path)/proxymap",
                    "lookup_timeout": "60s",
                ])
            try mapmux.start()
            let client = try mapmux.client()
            try waitUntil("a value arrives") { try client.lookup("table", "a") == .ok("value of a") }
        }

        private func request(_ key: String) -> [UInt8] {
            ["request", "lookup", "table", "pgsql:\(table)", "flags", "524353", "key", key, ""]
                .flatMap { Array($0.utf8) + [0] }
        }

        @Test("A client that pipelines lookups of long values and reads none is owed a few of them")
        func longAnswers() throws {
            let long =
                Message.dataRow([[UInt8](repeating: UInt8(ascii: "v"), count: 2_000_000)])
                + Message.commandComplete("SELECT 1")
            server.behave { request, _ in
                guard case .execute(let key) = request, key.hasPrefix("long") else { return nil }
                return .bytes(long)
            }
            // For a second, one that has asked one thing at a time is minded, and nobody else has many under way.
            usleep(1_500_000)
            let client = try StreamSocket(to: .unix(proxymap))
            try client.send((0..<128).flatMap { request("long\($0)") })
            try waitUntil("all are answered, as far as the daemon goes") {
                try mapmux.statistics().maps[0].lookups.total >= 129
            }
            // Without a bound: 256 MB.
            #expect(try mapmux.peakMemory() < 100 << 20)
            let lookups = try mapmux.statistics().maps[0].lookups
            #expect(lookups.found >= 4 && lookups.temporary >= 120, "\(lookups)")
            #expect(try mapmux.client().lookup("table", "b") == .ok("value of b"))
            withExtendedLifetime(client) {}
        }

        @Test("Notifications beside results are let go")
        func notifications() throws {
            let payload = String(repeating: "n", count: 7_900)
            let one = Message.message(
                "A", Message.int32(1) + Message.string("channel") + Message.string(payload))
            let many = (0..<64).flatMap { _ in one }
            server.behave { request, _ in
                guard case .execute(let key) = request, key.hasPrefix("n") else { return nil }
                return .bytes(many + Message.rows(["value of \(key)"]))
            }
            let client = try mapmux.client()
            for number in 0..<600 {
                #expect(try client.lookup("table", "n\(number)") == .ok("value of n\(number)"))
            }
            // That were 300 MB.
            #expect(try mapmux.peakMemory() < 100 << 20)
        }
    }
}
