// A primary and its streaming standbys: promotion, the way back, and standbys that lag.

import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Replication", .serialized)
    struct ReplicationTests {
        @Test(
            "The primary dies, a standby is promoted, the old primary returns as a standby: no client notices"
        )
        func failover() throws {
            let scene = try Scene()
            let primary = scene.cluster
            let standbys = try (0..<2).map { _ in try ThrowawayCluster(standbyOf: primary) }
            let clusters = [primary] + standbys
            // A comma would end the URI: see hosts in pgsql_table(5).
            let directories = clusters.map(\.socketDirectory).joined(separator: "%2C")
            let anyone = clusters.map(\.host).joined(separator: " ")
            let writable = """
                postgresql:///\(Scene.database)?host=\(directories)&user=postgres\
                &application_name=writer&target_session_attrs=read-write
                """
            let maps = try scene.loadTables(hosts: anyone)
            let current = try scene.table(
                "current",
                query: "SELECT pg_is_in_recovery() || '|' || goto FROM addresses WHERE address = '%s'",
                hosts: writable)
            let mapmux = try MapmuxProcess(maps: maps + [current], parameters: ["connect_timeout": "2s"])
            try mapmux.start()
            try waitForValue(mapmux)
            let load = LoadClients(path: mapmux.socketPath, choose: Scene.lookup)
            try load.waitForRight(1000)
            let client = try mapmux.client()
            /// The pool whose URI asks for the one that can write has all its connections there, and none elsewhere.
            func expectWriter(_ writer: ThrowawayCluster, among clusters: [ThrowawayCluster]) throws {
                try waitUntil("the one that can write has the writer's connections: \(mapmux.log())") {
                    try clusters.allSatisfy { cluster in
                        let count = try cluster.psql(
                            "postgres",
                            "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'writer'")
                        return count == (cluster === writer ? "4" : "0")
                    }
                }
                #expect(
                    try client.lookup("current", "user7@example.com") == .ok("false|box7@store.example.net"))
            }
            try expectWriter(primary, among: clusters)
            try primary.stop(.immediate)
            try load.waitForRight(1000)
            try standbys[0].psql("postgres", "SELECT pg_promote()")
            try expectWriter(standbys[0], among: standbys)
            try load.waitForRight(1000)
            try primary.becomeStandby(of: standbys[0])
            try waitUntil("the old primary has its share again: \(mapmux.log())") {
                try scene.connections(to: primary) > 0
            }
            try load.waitForRight(1000)
            expectOnlyRight(try load.stop(), mapmux)
            try expectWriter(standbys[0], among: clusters)
        }

        @Test("A standby that lags by more than max_replica_lag counts as down until it has caught up")
        func lag() throws {
            let scene = try Scene(hosts: 0, tcpHosts: 1)
            let primary = scene.cluster
            let standby = try ThrowawayCluster(standbyOf: primary)
            let maps = try scene.loadTables(hosts: "\(standby.host) \(primary.host)")
            let mapmux = try MapmuxProcess(maps: maps, parameters: ["max_replica_lag": "1s"])
            try mapmux.start()
            try waitForValue(mapmux)
            let load = LoadClients(path: mapmux.socketPath, choose: Scene.lookup)
            try load.waitForRight(1000)
            #expect(try scene.connections(to: standby) == 4)
            // Nothing has been written for a while, which is no lag.
            #expect(!mapmux.log().contains("lags"), "\(mapmux.log())")

            try standby.psql(Scene.database, "SELECT pg_wal_replay_pause()")
            try primary.psql(Scene.database, "INSERT INTO addresses VALUES (-1, 'new@example.com', 'new')")
            let client = try mapmux.client()
            try waitUntil("what the standby lacks is found: \(mapmux.log())") {
                try client.lookup("addresses", "new@example.com") == .ok("new")
            }
            try waitUntil("nobody asks the standby") { try scene.connections(to: standby) == 0 }
            try mapmux.waitForLog("the standby lags by")
            try standby.psql(Scene.database, "SELECT pg_wal_replay_resume()")
            try waitUntil("the standby is asked again: \(mapmux.log())") {
                try scene.connections(to: standby) == 4
            }
            try load.waitForRight(1000)
            expectOnlyRight(try load.stop(), mapmux)
        }
    }
}
