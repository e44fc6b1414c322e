// One table's login is in trouble: a password that is wrong, stale or rotated, a role or a database that refuses.

import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd.TableTroubleTests {
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
