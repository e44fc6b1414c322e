// A role's limits are for its lookups, and not for what mapmux has to know of the database.

import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Limits of a role", .serialized)
    struct RoleLimitTests {
        /// Nanoseconds: less than a connection without looks is used for, and more than a look needs.
        private static let patience: Int64 = 4_000_000_000

        private func scene(_ settings: String) throws -> (Scene, MapmuxProcess) {
            let scene = try Scene()
            try scene.cluster.psql(
                Scene.database,
                """
                CREATE ROLE hasty LOGIN;
                \(settings);
                CREATE SCHEMA former;
                CREATE TABLE former.homes AS SELECT 'ann'::text AS name, 'box1'::text AS box;
                CREATE SCHEMA later;
                CREATE TABLE later.homes AS SELECT 'ann'::text AS name, 'box2'::text AS box;
                GRANT USAGE ON SCHEMA former, later TO hasty;
                GRANT SELECT ON former.homes, later.homes TO hasty;
                ALTER ROLE hasty SET search_path = former
                """)
            let maps = try [
                ("homes", "SELECT box FROM homes WHERE name = '%s'"),
                ("settings", "SELECT pg_catalog.current_setting('%s')"),
            ].map { try scene.table($0, query: $1, more: "user = hasty") }
            let mapmux = try MapmuxProcess(maps: maps, parameters: ["pool_size": "1"])
            try mapmux.start()
            return (scene, mapmux)
        }

        /// Changes what a name means, and asks until the new meaning is answered.
        private func expectChangeIsSeen(_ scene: Scene, _ mapmux: MapmuxProcess) throws {
            let client = try mapmux.client()
            try waitUntil("it is served: \(mapmux.log())") {
                try client.lookup("homes", "ann") == .ok("box1")
            }
            try scene.cluster.psql(Scene.database, "ALTER ROLE hasty SET search_path = later")
            let end = TestClock.now() + Self.patience
            var isSeen = false
            while !isSeen && TestClock.now() < end {
                isSeen = try client.lookup("homes", "ann") == .ok("box2")
            }
            #expect(isSeen, "\(mapmux.log())")
        }

        @Test(
            "A change is seen though the role's statements have less time than looks and new connections need",
            arguments: ["statement_timeout", "lock_timeout"])
        func shortTime(setting: String) throws {
            let (scene, mapmux) = try scene("ALTER ROLE hasty SET \(setting) = '50ms'")
            let load = LoadClients(path: mapmux.socketPath, clients: 4) { _ in
                LoadClients.Lookup(map: "homes", key: "ann", value: "box1")
            }
            try load.waitForRight(100)
            let locking = try scene.cluster.begin(Scene.database, Self.locking)
            var result: Command.Result?
            try waitUntil("the lock is gone") {
                result = try locking.result()
                return result != nil
            }
            let lines = result!.text.split(separator: "\n")
            #expect(lines.first == "1", "a connection is ended: \(result!)")
            try load.waitForRight(100)
            expectNoneWrongOrLost(try load.stop(), mapmux)
            let begun = try scene.cluster.psql(
                Scene.database,
                """
                SELECT count(*) FROM pg_stat_activity WHERE datname = '\(Scene.database)'
                    AND application_name = 'mapmux' AND backend_start < '\(lines.last ?? "")'
                """)
            #expect(begun == "1", "it was made while the catalog was locked: \(mapmux.log())")
            try expectChangeIsSeen(scene, mapmux)
        }

        /// For a second nobody else reads a catalog that lookups don't read. Looks do, and what is asked of a new connection: a
        /// look waits, and then the connection that takes the place of the one that is lost.
        private static let locking = """
            BEGIN;
            LOCK TABLE pg_catalog.pg_cast;
            DO 'BEGIN PERFORM pg_sleep(0.5); END';
            SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
                WHERE datname = '\(Scene.database)' AND application_name = 'mapmux';
            DO 'BEGIN PERFORM pg_sleep(0.5); END';
            SELECT clock_timestamp();
            COMMIT
            """

        @Test(
            "Lookups have the role's limits, or mapmux's if those are stricter, whatever looks have",
            arguments: [("4s", "3s", "4s", "3s"), ("1h", "0", "5s", "0")])
        func limitsOfLookups(statement: String, lock: String, ownStatement: String, ownLock: String) throws {
            let (scene, mapmux) = try scene(
                """
                ALTER ROLE hasty SET statement_timeout = '\(statement)'; ALTER ROLE hasty SET lock_timeout = '\(lock)'
                """)
            // Looks go on meanwhile.
            let limits = try withExtendedLifetime(scene) {
                try ["statement_timeout", "lock_timeout"].map { try answers(mapmux, $0) }
            }
            #expect(limits == [[.ok(ownStatement)], [.ok(ownLock)]])
        }

        /// What a setting is in the lookups of a second: each value once.
        private func answers(_ mapmux: MapmuxProcess, _ setting: String) throws -> [SocketmapReply] {
            let client = try mapmux.client()
            var answers: [SocketmapReply] = []
            let end = TestClock.now() + 1_000_000_000
            repeat {
                let answer = try client.lookup("settings", setting)
                if !answers.contains(answer) { answers.append(answer) }
            } while TestClock.now() < end
            return answers
        }

        @Test("A change is seen where no role may set anything")
        func settingsForbidden() throws {
            let (scene, mapmux) = try scene(
                "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM public")
            try expectChangeIsSeen(scene, mapmux)
            #expect(!mapmux.log().contains("connection lost"), "\(mapmux.log())")
        }
    }
}
