// A connection pooler between the daemon and PostgreSQL.

import PostgreSQL
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Behind a pooler", .serialized)
    struct PoolerTests {
        @Test("Two daemons with maps in different order share PgBouncer's connections, and no answers")
        func transactionMode() throws {
            let scene = try Scene()
            let pooler = try PgBouncer(before: scene.cluster, connections: 2)
            let maps = try scene.loadTables(hosts: pooler.host)
            let daemons = [
                try MapmuxProcess(maps: maps), try MapmuxProcess(maps: maps.reversed()),
            ]
            for daemon in daemons {
                try daemon.start()
                try waitForValue(daemon)
            }
            let loads = daemons.map { daemon in
                LoadClients(path: daemon.socketPath, clients: 100, choose: Scene.lookup)
            }
            for _ in 0..<5 {
                for load in loads { try load.waitForRight(4000) }
            }
            for (daemon, load) in zip(daemons, loads) { expectOnlyRight(try load.stop(), daemon) }
        }

        @Test("Pgpool-II, which shows the server's process number, is noticed, and answers rightly")
        func pgpool() throws {
            let scene = try Scene()
            let pooler = try Pgpool(before: scene.cluster, clients: 12)
            let mapmux = try MapmuxProcess(maps: try scene.loadTables(hosts: pooler.host))
            let report = try CheckedJSON(mapmux)
            #expect(
                try report.table("addresses")["batch"] as? String
                    == "one key a statement, as a pooler is between", "\(report.text)")
            try mapmux.start()
            try waitForValue(mapmux)
            let load = LoadClients(path: mapmux.socketPath, clients: 100, choose: Scene.lookup)
            try load.waitForRight(10_000)
            expectOnlyRight(try load.stop(), mapmux)
        }

        @Test("What only forwards a connection is no pooler")
        func forwarder() throws {
            let scene = try Scene(hosts: 0, tcpHosts: 1)
            let proxy = try FaultProxy(before: scene.cluster)
            let mapmux = try MapmuxProcess(maps: try scene.loadTables(hosts: proxy.host))
            #expect(
                try CheckedJSON(mapmux).table("addresses")["batch"] as? String == "several keys a statement")
        }

        @Test("Nothing is set on a pooler's connection, which is another client's next")
        func settings() throws {
            let scene = try Scene()
            let pooler = try PgBouncer(before: scene.cluster, connections: 1)
            let daemon = try MapmuxProcess(
                maps: try scene.loadTables(hosts: pooler.host), parameters: ["query_timeout": "3s"])
            let settings =
                "SELECT setting FROM pg_settings WHERE name ~ 'timeout|check_interval' ORDER BY name"
            func ask() throws -> [String] {
                let connection = try connect(
                    ConnectionParameters([
                        ("host", pooler.socketDirectory), ("dbname", Scene.database), ("user", "postgres"),
                    ]), timeout: 10
                ).get()
                return try connection.askAll(settings)
            }
            let before = try ask()
            try daemon.start()
            try waitForValue(daemon)
            #expect(try ask() == before)
        }
    }
}
