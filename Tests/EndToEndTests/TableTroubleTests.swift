// One table's file or login is in trouble: what the others, that one's clients and those who watch get to know of it.

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
        private static let asking = Result {
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

        private static let query = "SELECT goto FROM addresses WHERE address = '%s'"
        private static let key = "user7@example.com"
        private static let value = SocketmapReply.ok("box7@store.example.net")

        private func isTemporary(_ reply: SocketmapReply, _ text: String) -> Bool {
            if case .temp(let reason) = reply { reason.contains(text) } else { false }
        }

        // MARK: Files

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

        // MARK: Logins

        private func daemon(_ scene: Scene, password: String = "right") throws -> MapmuxProcess {
            let other = try scene.table("other", query: Self.query)
            let own = try scene.table("own", query: Self.query, more: "user = reader\npassword = \(password)")
            let mapmux = try MapmuxProcess(maps: [other, own])
            try mapmux.start()
            let client = try mapmux.client()
            try waitUntil("the other is served: \(mapmux.log())") {
                try client.lookup("other", Self.key) == Self.value
            }
            return mapmux
        }

        @Test("Two files with different passwords, one of them stale: only that file's map fails")
        func stalePassword() throws {
            let scene = try Self.asking.get()
            let maps = try ["right", "stale"].map {
                try scene.table($0, query: Self.query, more: "user = reader\npassword = \($0)")
            }
            for order in [maps, maps.reversed()] {
                let mapmux = try MapmuxProcess(maps: order)
                try mapmux.start()
                let client = try mapmux.client()
                try waitUntil("the right one is served: \(mapmux.log())") {
                    try client.lookup("right", Self.key) == Self.value
                }
                for _ in 0..<10 {
                    let reply = try client.lookup("stale", Self.key)
                    if case .temp = reply { continue }
                    Issue.record("\(reply) with a stale password")
                }
                #expect(try client.lookup("right", Self.key) == Self.value)
                #expect(mapmux.log().contains("found another password than in"))
                let statistics = try mapmux.statistics()
                let names = statistics.targets.map(\.name)
                #expect(Set(names).count == 2 && names[1].hasPrefix("\(names[0]) ("), "\(names)")
                #expect(statistics.maps.map(\.target) == names)
                #expect(statistics.targets.map(\.isLive).count { $0 } == 1)
                #expect(!"\(statistics)\(mapmux.log())".contains("= stale"))
            }
        }

        @Test(
            "A wrong new password at a reload takes no working connection away, and the right one is adopted")
        func wrongPassword() throws {
            let scene = try Self.asking.get()
            let mapmux = try daemon(scene)
            let load = LoadClients(path: mapmux.socketPath) { random in
                let number = random / 64 % Scene.count
                return LoadClients.Lookup(
                    map: random % 2 == 0 ? "own" : "other", key: "user\(number)@example.com",
                    value: "box\(number)@store.example.net")
            }
            try load.waitForRight(1_000)
            try scene.table("own", query: Self.query, more: "user = reader\npassword = opensesame")
            let refused = try mapmux.run("reload", [])
            #expect(refused.status == 1 && refused.stderr.contains("SQLSTATE 28P01"), "\(refused.stderr)")
            #expect(refused.stderr.contains("own is served as it was before: "))
            #expect(refused.stderr.contains("own.cf:1: found a login that is refused"))
            try load.waitForRight(2_000)
            // It is tried again by itself, each second here.
            let attempts = "password authentication failed"
            let before = try readFile(scene.cluster.logPath).count
            try waitUntil("it is tried again") {
                String(decoding: try readFile(scene.cluster.logPath).dropFirst(before), as: UTF8.self)
                    .contains(attempts)
            }
            try load.waitForRight(2_000)
            // The role gets the file's password: no command is needed.
            try scene.cluster.psql("postgres", "ALTER ROLE reader PASSWORD 'opensesame'")
            defer { _ = try? scene.cluster.psql("postgres", "ALTER ROLE reader PASSWORD 'right'") }
            try mapmux.waitForLog("a table's file can be used again")
            try load.waitForRight(2_000)
            expectOnlyRight(try load.stop(), mapmux)
            #expect(!"\(refused.stderr)\(mapmux.log())".contains("opensesame"))
            #expect(try mapmux.run("reload", []).status == 0)
        }

        @Test(
            "A changed password that one of two files has wrong: that one stays on the connections that there are"
        )
        func rotation() throws {
            let scene = try Self.asking.get()
            try scene.cluster.psql(
                Scene.database,
                "CREATE ROLE rotated LOGIN PASSWORD 'old'; GRANT SELECT ON addresses TO rotated")
            func write(_ passwords: [String: String]) throws -> [String] {
                try passwords.sorted { $0.key < $1.key }.map {
                    try scene.table($0.key, query: Self.query, more: "user = rotated\npassword = \($0.value)")
                }
            }
            let mapmux = try MapmuxProcess(maps: try write(["one": "old", "two": "old"]))
            try mapmux.start()
            let client = try mapmux.client()
            try waitUntil("all connections are there: \(mapmux.log())") {
                try client.lookup("one", Self.key) == Self.value
                    && mapmux.statistics().targets[0].hosts[0].ready == 4
            }
            let load = LoadClients(path: mapmux.socketPath) { random in
                LoadClients.Lookup(
                    map: random % 2 == 0 ? "one" : "two", key: "user\(random % Scene.count)@example.com",
                    value: "box\(random % Scene.count)@store.example.net")
            }
            try load.waitForRight(500)
            try scene.cluster.psql("postgres", "ALTER ROLE rotated PASSWORD 'new'")
            _ = try write(["one": "new", "two": "nwe"])
            let result = try mapmux.run("reload", [])
            #expect(result.status == 1 && result.stderr.contains("two is served as it was before: "))
            #expect(!result.stderr.contains("one is served"), "\(result.stderr)")
            try load.waitForRight(2_000)
            _ = try write(["two": "new"])
            try mapmux.waitForLog("a table's file can be used again")
            try load.waitForRight(2_000)
            expectOnlyRight(try load.stop(), mapmux)
            #expect(try mapmux.statistics().targets.count == 1)
        }

        @Test(
            "A login that is refused by now keeps its connections, whatever else a reload changes",
            arguments: [
                ("ALTER ROLE leaving NOLOGIN", "ALTER ROLE leaving LOGIN"),
                (
                    "ALTER DATABASE scene ALLOW_CONNECTIONS false",
                    "ALTER DATABASE scene ALLOW_CONNECTIONS true"
                ),
            ])
        func held(_ closing: String, _ opening: String) throws {
            let scene = try Scene()
            try scene.cluster.psql(
                Scene.database, "CREATE ROLE leaving LOGIN; GRANT SELECT ON addresses TO leaving")
            func write(_ name: String, _ query: String = Self.query) throws -> String {
                try scene.table(name, query: query, more: "user = leaving")
            }
            let maps = [try write("one"), try write("two")]
            let mapmux = try MapmuxProcess(maps: maps, parameters: ["pool_size": "2"])
            try mapmux.start()
            let client = try mapmux.client()
            try waitUntil("all connections are there: \(mapmux.log())") {
                try client.lookup("one", Self.key) == Self.value
                    && mapmux.statistics().targets[0].hosts[0].ready == 2
            }
            let load = LoadClients(path: mapmux.socketPath) { random in
                LoadClients.Lookup(
                    map: random % 2 == 0 ? "one" : "two", key: "user\(random % Scene.count)@example.com",
                    value: "box\(random % Scene.count)@store.example.net")
            }
            try load.waitForRight(500)
            try scene.cluster.psql("postgres", closing)
            // A query, a limit and a map are other ones.
            let now = [
                maps[0], try write("two", "SELECT 'new ' || goto FROM addresses WHERE address = '%s'"),
            ]
            try mapmux.configure(
                maps: now + [try write("three")], parameters: ["pool_size": "2", "query_timeout": "3s"])
            let refused = try mapmux.run("reload", [])
            #expect(refused.status == 1, "\(refused.stderr)")
            #expect(refused.stderr.contains("the connections that there are stay: "), "\(refused.stderr)")
            #expect(refused.stderr.contains("two is served as it was before: "), "\(refused.stderr)")
            #expect(refused.stderr.contains("three fails temporarily: "), "\(refused.stderr)")
            #expect(isTemporary(try client.lookup("three", Self.key), "three"))
            try load.waitForRight(5_000)
            expectOnlyRight(try load.stop(), mapmux)
            try scene.cluster.psql("postgres", opening)
            try waitUntil("all is served: \(mapmux.log())") {
                try client.lookup("two", Self.key) == .ok("new box7@store.example.net")
                    && client.lookup("three", Self.key) == Self.value
            }
            #expect(try mapmux.run("reload", []).status == 0)
            #expect(try client.lookup("one", Self.key) == Self.value)
        }

        @Test("A database that is not there is refused as well; a host that does not answer is none")
        func otherRefusals() throws {
            let scene = try Self.asking.get()
            let mapmux = try daemon(scene)
            try scene.table("other", query: Self.query, more: "dbname = nonesuch")
            let refused = try mapmux.run("reload", [])
            #expect(refused.status == 1 && refused.stderr.contains("SQLSTATE 3D000"), "\(refused.stderr)")
            let client = try mapmux.client()
            #expect(try client.lookup("other", Self.key) == Self.value)
            // An outage says nothing against a login.
            try scene.table(
                "other", query: Self.query, hosts: "inet:127.0.0.1:\(try freeLoopbackPort())")
            let adopted = try mapmux.run("reload", [])
            #expect(adopted.status == 0, "\(adopted.stderr)")
            #expect(isTemporary(try client.lookup("other", Self.key), "no database host"))
        }
    }
}
