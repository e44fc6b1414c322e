// More lookups than the database answers in time: what is bounded then, and what is not done in vain.

import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Overload", .serialized)
    struct OverloadTests {
        /// Waits for a lock that a test may hold, and counts what has been executed.
        private func countingTable(_ scene: Scene, _ name: String = "counting") throws -> String {
            try scene.cluster.psql(
                Scene.database,
                """
                CREATE SEQUENCE executed CACHE 1;
                CREATE FUNCTION counted() RETURNS boolean VOLATILE LANGUAGE plpgsql AS $$
                    BEGIN
                        PERFORM nextval('executed');
                        PERFORM pg_advisory_xact_lock_shared(4711);
                        RETURN true;
                    END $$
                """)
            return try scene.table(name, query: "SELECT goto FROM addresses, counted() WHERE id = '%s'")
        }

        private func executed(_ scene: Scene) throws -> Int {
            let count = try scene.cluster.psql(
                Scene.database, "SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM executed")
            return Int(count) ?? -1
        }

        /// Takes the lock, and returns what holds it.
        private func lock(_ scene: Scene) throws -> Command {
            let locker = try scene.cluster.begin(
                Scene.database, "SELECT pg_advisory_lock(4711), pg_sleep(3600)")
            try waitUntil("the lock is taken") {
                try scene.cluster.psql(
                    Scene.database,
                    "SELECT count(*) > 0 FROM pg_locks WHERE locktype = 'advisory' AND granted") == "t"
            }
            return locker
        }

        private func unlock(_ scene: Scene, _ locker: Command) throws {
            try scene.cluster.psql(
                Scene.database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
            try waitUntil("the lock is gone") { try locker.result() != nil }
        }

        private func request(_ number: Int) -> [UInt8] {
            SocketmapClient.request("counting", Array("\(number)".utf8))
        }

        private func begin(_ parameters: [String: String]) throws -> (scene: Scene, mapmux: MapmuxProcess) {
            let scene = try Scene()
            let maps = try scene.loadTables() + [countingTable(scene)]
            let narrow = [
                "pool_size": "1", "pipeline_depth": "4", "lookup_timeout": "60s", "query_timeout": "30s",
            ]
            let mapmux = try MapmuxProcess(maps: maps, parameters: narrow.merging(parameters) { $1 })
            try mapmux.start()
            try waitForValue(mapmux)
            return (scene, mapmux)
        }

        @Test(
            "Beyond max_waiting lookups fail at once, while those that wait get their answers when they can")
        func maxWaiting() throws {
            let (scene, mapmux) = try begin(["max_waiting": "50"])
            let locker = try lock(scene)
            let clients = try (0..<300).map { _ in try StreamSocket(to: .unix(mapmux.socketPath)) }
            for (number, client) in clients.enumerated() { try client.send(request(number)) }
            var replies = [String](repeating: "", count: clients.count)
            func waitForReplies(_ count: Int) throws {
                try waitUntil("\(count) replies: \(mapmux.log())") {
                    for (number, client) in clients.enumerated() {
                        replies[number] += String(decoding: client.readWithoutWaiting(), as: UTF8.self)
                    }
                    return replies.filter { !$0.isEmpty }.count >= count
                }
            }
            // While not one query is answered: all but 50 and the few that have been sent.
            try waitForReplies(240)
            #expect(replies.allSatisfy { $0.isEmpty || $0.contains("TEMP too many lookups") }, "\(replies)")
            try unlock(scene, locker)
            try waitForReplies(300)
            var served = 0
            for (number, reply) in replies.enumerated() where !reply.contains("TEMP too many lookups") {
                #expect(reply.contains("OK box\(number)@store.example.net"), "\(reply)")
                served += 1
            }
            #expect((50...60).contains(served), "\(served) of \(clients.count)")
        }

        @Test("What those have asked who have hung up is never executed")
        func deserters() throws {
            let (scene, mapmux) = try begin([:])
            let witness = try mapmux.client()
            #expect(try witness.lookup("numbers", "7") == .ok("box7@store.example.net"))
            let idle = try mapmux.openConnections()
            let locker = try lock(scene)
            var clients = try (0..<300).map { _ in try mapmux.client() }
            for (number, client) in clients.enumerated() { try client.send(request(number)) }
            try waitUntil("queries wait for the lock") { try executed(scene) > 0 }
            try waitUntil("all are connected") { try mapmux.openConnections() >= idle + 290 }
            clients = []
            try waitUntil("the daemon has seen them go") { try mapmux.openConnections() <= idle }
            try witness.send(request(999))
            try unlock(scene, locker)
            #expect(try witness.readReply() == .ok("box999@store.example.net"))
            // Those that had been sent, some of them again as nothing came back, and the witness's.
            #expect(try executed(scene) < 30)
        }

        @Test(
            "With more clients than can be served in time at once, each gets its turn as often as the others")
        func nobodyStarves() throws {
            let scene = try Scene()
            let table = try scene.table(
                "heavy", query: "SELECT goto FROM pg_sleep(0.01), addresses WHERE address = '%s'")
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables() + [table],
                parameters: ["pool_size": "2", "pipeline_depth": "4", "lookup_timeout": "60s"])
            try mapmux.start()
            try waitForValue(mapmux)
            let load = LoadClients(path: mapmux.socketPath, clients: 200) { random in
                let number = random / 64 % Scene.count
                return LoadClients.Lookup(
                    map: "heavy", key: "user\(number)@example.com", value: "box\(number)@store.example.net")
            }
            try load.waitForRight(600)
            let counts = try load.stop()
            // Each waits for those before it and for no one else: after three answers a client everybody has had one.
            #expect(counts.served.count == 200, "\(counts.served.count)")
            expectOnlyRight(counts, mapmux)
        }
    }
}
