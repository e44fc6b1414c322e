// A connection pooler between the daemon and PostgreSQL.

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
    }
}
