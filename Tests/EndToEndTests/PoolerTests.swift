// A connection pooler between the daemon and PostgreSQL.

import PostgreSQL
import TestSupport
import Testing

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
