// One table's file is in trouble: what the others, that one's clients and those who watch get to know of it.

import Foundation
import Glibc
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Tables in trouble", .serialized)
    struct TableTroubleTests {
        private static let shared = Result { try Scene() }
        /// A server that asks `reader` and `rotated` for a password.
        static let asking = Result {
            let scene = try Scene(hosts: 0, tcpHosts: 1)
            try scene.cluster.psql(
                Scene.database,
                "CREATE ROLE reader LOGIN PASSWORD 'right'; GRANT SELECT ON addresses TO reader")
            try scene.cluster.replace(
                "pg_hba.conf",
                with: """
                    local all all trust
                    host all reader,rotated 127.0.0.1/32 scram-sha-256
                    host all all 127.0.0.1/32 trust

                    """)
            try scene.cluster.psql("postgres", "SELECT pg_reload_conf()")
            return scene
        }

        static let query = "SELECT goto FROM addresses WHERE address = '%s'"
        static let key = "user7@example.com"
        static let value = SocketmapReply.ok("box7@store.example.net")

        func isTemporary(_ reply: SocketmapReply, _ text: String) -> Bool {
            if case .temp(let reason) = reply { reason.contains(text) } else { false }
        }

        @Test("One broken file of three: the others are served, it fails temporarily, and everybody is told")
        func start() throws {
            let scene = try Self.shared.get()
            let good = try scene.loadTables()
            let path = String(
                try scene.table("broken", query: "SELECT '%s'", more: "expansion_limit = few").dropFirst(6))
            let missing = "\(scene.directory.path)/missing.cf"
            let http = try freeLoopbackPort()
            let directory = try TemporaryDirectory()
            let manager = try NotifySocket(name: "\(directory.path)/notify")
            let mapmux = try MapmuxProcess(
                maps: good + ["pgsql:\(path)", "pgsql:\(missing)"],
                parameters: [
                    "http_listen": "inet:127.0.0.1:\(http)",
                    "proxymap_listen": "unix:\(directory.path)/proxymap",
                ])
            try mapmux.start(environment: ["NOTIFY_SOCKET": manager.name])
            try waitForValue(mapmux)
            let client = try mapmux.client()
            let reason = "\(path):6: found the expansion_limit `few`, expected a number"
            #expect(isTemporary(try client.lookup("broken", "x"), reason))
            #expect(isTemporary(try client.lookup("missing", ""), "\(missing): can't be read: "))

            let told = try manager.wait(for: "STATUS=")
            #expect(
                told.contains { $0.hasPrefix("STATUS=Serving 3 of 5 maps") && $0.contains(reason) }, "\(told)"
            )
            let log = mapmux.log()
            #expect(
                log.contains(
                    "mapmux: error: a table can't be served: its lookups fail temporarily map=broken"))
            let statistics = try mapmux.statistics()
            #expect(statistics.maps.map(\.state) == [.current, .current, .current, .failing, .failing])
            #expect(statistics.maps[3].trouble == reason && statistics.maps[3].lookups.temporary == 1)
            let report = try mapmux.run("stats", []).text
            #expect(report.contains("broken fails temporarily: \(reason)\n"), "\(report)")
            let status = try HTTPClient(to: .tcp(http))
            let ready = try status.request("/readyz")
            #expect(
                ready.status == 200 && ready.text.contains("broken fails temporarily: \(reason)"),
                "\(ready.text)")
            let metrics = try status.request("/metrics").text
            #expect(metrics.contains("mapmux_map_state{map=\"broken\",state=\"failing\"} 1\n"))
            #expect(metrics.contains("mapmux_map_state{map=\"addresses\",state=\"current\"} 1\n"))
            let checked = try mapmux.run("check", [])
            #expect(
                checked.status == 78 && checked.stderr.contains(reason) && checked.text.contains("addresses"))

            let asked = try mapmux.run("query", ["addresses", Self.key])
            #expect(asked.status == 0 && asked.text == "box7@store.example.net\n")
            let refused = try mapmux.run("query", ["broken", "x"])
            #expect(refused.status == 78 && refused.stderr.contains("broken can't be asked: \(reason)"))
        }

        @Test("It heals by itself when its file is in order, and is in trouble no more")
        func healing() throws {
            let scene = try Self.shared.get()
            let broken = try scene.table("healing", query: "SELECT 'well %s'", more: "expansion_limit = few")
            let mapmux = try MapmuxProcess(maps: try scene.loadTables() + [broken])
            try mapmux.start()
            let client = try mapmux.client()
            #expect(isTemporary(try client.lookup("healing", "x"), "found the expansion_limit"))
            try scene.table("healing", query: "SELECT 'well %s'")
            try mapmux.waitForLog("a table's file can be used again")
            try waitUntil("it is served: \(mapmux.log())") {
                try client.lookup("healing", "x") == .ok("well x")
            }
            #expect(try mapmux.statistics().maps.allSatisfy { $0.state == .current && $0.trouble == nil })
        }

        @Test(
            "A reload with a broken file: that table stays as it was, the rest is applied, the command says so with 1"
        )
        func reload() throws {
            let scene = try Self.shared.get()
            let good = try scene.loadTables()
            let changing = try scene.table("changing", query: "SELECT 'old %s'")
            let kept = try scene.table("kept", query: "SELECT 'kept %s'")
            let mapmux = try MapmuxProcess(maps: good + [changing, kept], parameters: ["workers": "2"])
            try mapmux.start()
            try waitForValue(mapmux)
            let client = try mapmux.client()
            try waitUntil("all are served") {
                try client.lookup("changing", "x") == .ok("old x")
                    && client.lookup("kept", "x") == .ok("kept x")
            }
            try scene.table("changing", query: "SELECT 'new %s'")
            try scene.table("kept", query: "SELECT 'unkept %s'", more: "result_format = %z")
            let result = try mapmux.run("reload", [])
            #expect(result.status == 1 && result.stdout.isEmpty)
            #expect(result.stderr.contains("kept is served as it was before: "), "\(result.stderr)")
            #expect(
                result.stderr.contains("kept.cf:6: ")
                    && result.stderr.contains("the rest of the configuration is in use"))
            #expect(try client.lookup("changing", "x") == .ok("new x"))
            #expect(try client.lookup("kept", "x") == .ok("kept x"))
            let statistics = try mapmux.statistics()
            #expect(statistics.process.reloadsPartial == 1 && statistics.process.reloadsFailed == 0)
            #expect(
                statistics.maps.last?.state == .kept
                    && statistics.maps.last?.trouble?.contains("kept.cf:6: ") == true)
            // The file was read again meanwhile, and is as wrong as before.
            try FileManager.default.removeItem(atPath: "\(scene.directory.path)/kept.cf")
            try mapmux.waitForLog("kept.cf: can't be read")
            #expect(try client.lookup("kept", "x") == .ok("kept x"))
            // What is wrong in mapmux.conf itself leaves all as it is.
            let maps = good + [changing, kept]
            try scene.table("changing", query: "SELECT 'newer %s'")
            try mapmux.configure(maps: maps, parameters: ["workers": "2", "pool_size": "many"])
            #expect(try mapmux.run("reload", []).status == 78)
            #expect(try client.lookup("changing", "x") == .ok("new x"))
            try mapmux.configure(maps: maps, parameters: ["workers": "2"])
            try scene.table("kept", query: "SELECT 'unkept %s'")
            let done = try mapmux.run("reload", [])
            #expect(done.status == 0 && done.text == "reloaded\n", "\(done.stderr)")
            #expect(try client.lookup("kept", "x") == .ok("unkept x"))
            #expect(try client.lookup("changing", "x") == .ok("newer x"))
        }

        @Test("An upgrade does not come about while a file is in error: what is served goes on")
        func upgrade() throws {
            let scene = try Self.shared.get()
            let maps = try scene.loadTables() + [scene.table("upgraded", query: "SELECT 'up %s'")]
            let mapmux = try MapmuxProcess(maps: maps)
            try mapmux.start()
            try waitForValue(mapmux)
            let client = try mapmux.client()
            #expect(try client.lookup("upgraded", "x") == .ok("up x"))
            try scene.table("upgraded", query: "SELECT 'down %s'", more: "result_format = %z")
            mapmux.signal(SIGUSR2)
            try mapmux.waitForLog("the upgrade has failed: this process goes on")
            #expect(try mapmux.client().lookup("upgraded", "x") == .ok("up x"))
        }

        @Test("A proxymap client opens a table that is in trouble, and is told to try again")
        func proxymap() throws {
            let scene = try Self.shared.get()
            let path = try scene.table("proxied", query: "SELECT '%s'", more: "result_format = %z")
            let directory = try TemporaryDirectory()
            let mapmux = try MapmuxProcess(
                maps: [path],
                parameters: [
                    "proxymap_listen": "unix:\(directory.path)/proxymap", "proxymap_greeting": "no",
                ])
            try mapmux.start(socket: "\(directory.path)/proxymap")
            let client = try StreamSocket(to: .unix("\(directory.path)/proxymap"))
            func reply(_ request: [(String, String)]) throws -> String {
                try client.send(Array(request.map { "\($0)\0\($1)\0" }.joined().utf8) + [0])
                var reply: [UInt8] = []
                while !reply.suffix(2).elementsEqual([0, 0]) { reply += try client.read(1) }
                return String(decoding: reply, as: UTF8.self)
            }
            let table = [("table", path), ("flags", "16384")]
            #expect(try reply([("request", "open")] + table).hasPrefix("status\u{0}0\u{0}flags"))
            let answer = try reply([("request", "lookup")] + table + [("key", "x")])
            #expect(answer.hasPrefix("status\u{0}2\u{0}"), "\(answer)")
        }
    }
}
