// A role's limits are for its lookups, and not for what mapmux has to know of the database.

import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Limits of a role", .serialized)
    struct RoleLimitTests {
        /// Nanoseconds: less than a connection without looks is used for, and more than a look needs.
        private static let patience: Int64 = 3_000_000_000

        @Test(
            "A change is seen though the role's statements have less time than looks and new connections need",
            arguments: ["statement_timeout", "lock_timeout"])
        func shortTime(setting: String) throws {
            let scene = try Scene()
            try scene.cluster.psql(
                Scene.database,
                """
                CREATE ROLE hasty LOGIN;
                ALTER ROLE hasty SET \(setting) = '50ms';
                CREATE SCHEMA former;
                CREATE TABLE former.homes AS SELECT 'ann'::text AS name, 'box1'::text AS box;
                CREATE SCHEMA later;
                CREATE TABLE later.homes AS SELECT 'ann'::text AS name, 'box2'::text AS box;
                GRANT USAGE ON SCHEMA former, later TO hasty;
                GRANT SELECT ON former.homes, later.homes TO hasty;
                ALTER ROLE hasty SET search_path = former
                """)
            let homes = try scene.table(
                "homes", query: "SELECT box FROM homes WHERE name = '%s'", more: "user = hasty")
            let mapmux = try MapmuxProcess(maps: [homes], parameters: ["pool_size": "1"])
            try mapmux.start()
            let load = LoadClients(path: mapmux.socketPath, clients: 4) { _ in
                LoadClients.Lookup(map: "homes", key: "ann", value: "box1")
            }
            try load.waitForRight(100)
            let locking = try scene.cluster.begin(Scene.database, Self.locking)
            try waitUntil("the lock is gone") { try locking.result() != nil }
            try load.waitForRight(100)
            expectNoneWrongOrLost(try load.stop(), mapmux)
            try scene.cluster.psql(Scene.database, "ALTER ROLE hasty SET search_path = later")
            let client = try mapmux.client()
            let end = TestClock.now() + Self.patience
            var last = try client.lookup("homes", "ann")
            while TestClock.now() < end { last = try client.lookup("homes", "ann") }
            #expect(last == .ok("box2"), "\(mapmux.log())")
        }

        /// For a second nobody else reads a catalog that lookups don't read. Looks do, and what is asked of a new connection: a
        /// look waits, and then the connection that takes the place of the one that is lost.
        private static let locking = """
            BEGIN;
            LOCK TABLE pg_catalog.pg_cast;
            SELECT pg_sleep(0.5);
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE datname = '\(Scene.database)' AND application_name = 'mapmux';
            SELECT pg_sleep(0.5);
            COMMIT
            """
    }
}
