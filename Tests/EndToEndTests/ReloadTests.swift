// HUP while lookups are under way: which configuration answers them, and how many connections that takes.

import Foundation
import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Reloads", .serialized)
    struct ReloadTests {
        @Test(
            "What was asked before the reload has the old query's answer, what is asked after it the new one's"
        )
        func inFlight() throws {
            let scene = try Scene()
            try scene.cluster.psql(
                Scene.database, "CREATE TABLE gate (word text); INSERT INTO gate VALUES ('old')")
            let maps = try scene.loadTables()
            let changing = try scene.table("changing", query: "SELECT word || ' %s' FROM gate")
            let mapmux = try MapmuxProcess(
                maps: maps + [changing], parameters: ["lookup_timeout": "10m", "query_timeout": "5m"])
            try mapmux.start()
            try waitForValue(mapmux)
            try waitUntil("the pool is whole") { try scene.connections(to: scene.cluster) == 4 }
            let lock = try TableLock("gate", in: scene)
            let client = try mapmux.client()
            try client.send(SocketmapClient.request("changing", Array("one".utf8)))
            try lock.waitForSomeone()
            try scene.table("changing", query: "SELECT 'new %s'")
            let logged = mapmux.log().count
            mapmux.signal(SIGHUP)
            try mapmux.waitForLog("reloaded", beyond: logged)
            let other = try mapmux.client()
            try waitUntil("the new query answers, whatever waits: \(mapmux.log())") {
                try other.lookup("changing", "two") == .ok("new two")
            }
            try client.send(SocketmapClient.request("changing", Array("three".utf8)))
            // The old pool may keep its connections as long as it is owed answers, the new one has its own.
            for _ in 0..<20 {
                #expect(try other.lookup("changing", "four") == .ok("new four"))
                #expect(try scene.connections(to: scene.cluster) <= 8)
            }
            try lock.release()
            #expect(try client.readReply() == .ok("old one"))
            #expect(try client.readReply() == .ok("new three"))
            try waitUntil("the pool has its size: \(mapmux.log())") {
                try scene.connections(to: scene.cluster) == 4
            }
        }

        /// What round `round` of `changesTogether` serves: `changing` says which it is, `even` and `odd` come and go, and
        /// with them a database and an endpoint.
        private func configure(_ round: Int, _ mapmux: MapmuxProcess, _ scene: Scene, _ maps: [String]) throws
        {
            let parity = round % 2 == 0 ? "even" : "odd"
            let changing = try scene.table("changing", query: "SELECT 'round \(round) %s'")
            let own = try scene.table(
                parity, query: "SELECT 'round \(round) %s in ' || current_database()",
                more: "dbname = \(parity)")
            let endpoints = "unix:\(mapmux.socketPath), unix:\(mapmux.directory.path)/\(parity)"
            try mapmux.configure(maps: maps + [changing, own], parameters: ["socketmap_listen": endpoints])
        }

        @Test(
            "Twenty reloads under load: tables, targets and endpoints change as one, and no lookup fails",
            arguments: [1, 2])
        func changesTogether(workers: Int) throws {
            let scene = try Scene()
            for database in ["even", "odd"] { try scene.cluster.createDatabase(database) }
            let maps = try scene.loadTables()
            let mapmux = try MapmuxProcess(maps: maps)
            try configure(0, mapmux, scene, maps)
            try mapmux.start(arguments: ["-o", "workers=\(workers)"])
            try waitForValue(mapmux)
            let load = LoadClients(path: mapmux.socketPath, choose: Scene.lookup)
            let witnesses = (0..<8).map { _ in Witness(mapmux.socketPath) }
            for witness in witnesses { witness.start() }
            for round in 1...20 {
                try configure(round, mapmux, scene, maps)
                mapmux.signal(SIGHUP)
                let endpoints = ["even", "odd"].map { "\(mapmux.directory.path)/\($0)" }
                try waitUntil("the endpoint is there: \(mapmux.log())") {
                    (try? SocketmapClient(path: endpoints[round % 2])) != nil
                }
                // Whoever gets in by the new endpoint has the new tables.
                let client = try SocketmapClient(path: endpoints[round % 2])
                #expect(try client.lookup("changing", "x") == .ok("round \(round) x"))
                try waitUntil("the other endpoint is gone: \(mapmux.log())") {
                    (try? SocketmapClient(path: endpoints[1 - round % 2])) == nil
                }
                for witness in witnesses { try witness.wait(for: round) }
                try load.waitForRight(100)
                try waitUntil("each pool has its size: \(mapmux.log())") {
                    let counts = try scene.cluster.psql(
                        "postgres",
                        """
                        SELECT datname, count(*) FROM pg_stat_activity WHERE application_name = 'mapmux'
                        GROUP BY datname ORDER BY datname
                        """)
                    let pools = [round % 2 == 0 ? "even" : "odd", Scene.database]
                    return counts == pools.map { "\($0)|4" }.joined(separator: "\n")
                }
            }
            for witness in witnesses {
                let complaint = try witness.stop()
                #expect(complaint == nil, "\(mapmux.log().suffix(2000))")
            }
            expectOnlyRight(try load.stop(), mapmux)
        }
    }
}
