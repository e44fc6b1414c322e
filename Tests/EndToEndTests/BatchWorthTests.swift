// A query whose plan for many keys is a bad one, beside one whose plan is the same for one key and for many.

import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Worth of a statement for many keys", .serialized)
    struct BatchWorthTests {
        private static let rows = 100_000
        private static func fill(_ rows: Int) -> String {
            """
            INSERT INTO many SELECT 'user' || n || '@example.com', 'box' || n || '@store.example.net'
                FROM generate_series((SELECT count(*) FROM many), \(rows - 1)) AS n;
            ANALYZE many
            """
        }

        /// A table whose rows are looked up by a pattern: one row of it, at first.
        private func makeTable(in scene: Scene) throws {
            try scene.cluster.psql(
                Scene.database,
                """
                CREATE TABLE many (address text NOT NULL, goto text NOT NULL);
                INSERT INTO many VALUES ('user0@example.com', 'box0@store.example.net');
                CREATE INDEX many_address ON many (address text_pattern_ops);
                ANALYZE many
                """)
        }

        private func load(_ map: String, of count: Int, on mapmux: MapmuxProcess) -> LoadClients {
            LoadClients(path: mapmux.socketPath, clients: 64) { random in
                let number = random / 64 % count
                return LoadClients.Lookup(
                    map: map, key: "user\(number)@example.com", value: "box\(number)@store.example.net")
            }
        }

        @Test(
            "LIKE by a text_pattern_ops index asks for one key a statement from the first, and = for many",
            arguments: ["auto", "force_custom_plan"])
        func plans(mode: String) throws {
            let scene = try Scene()
            try makeTable(in: scene)
            try scene.cluster.psql(
                Scene.database,
                "\(Self.fill(Self.rows)); ALTER DATABASE \(Scene.database) SET plan_cache_mode = \(mode)")
            let pattern = try scene.table("pattern", query: "SELECT goto FROM many WHERE address LIKE '%s'")
            let plain = try scene.table("plain", query: "SELECT goto FROM addresses WHERE address = '%s'")
            let mapmux = try MapmuxProcess(
                maps: [pattern, plain], parameters: ["batch_statements": "auto", "pool_size": "2"])
            let check = try mapmux.run("check", []).text
            #expect(
                check.contains("one key a statement, as the plan for many reads all rows of public.many"),
                "\(check)")
            try mapmux.start()
            let patterns = load("pattern", of: Self.rows, on: mapmux)
            try patterns.waitForRight(5_000)
            expectOnlyRight(try patterns.stop(), mapmux)
            #expect(try mapmux.statistics().targets[0].batches.sum == 0)
            let plains = load("plain", of: Scene.count, on: mapmux)
            try plains.waitForRight(20_000)
            #expect(try mapmux.statistics().targets[0].batches.sum > 0)
            expectOnlyRight(try plains.stop(), mapmux)
        }

        @Test("Where a plan for many goes bad later, that is measured, and keys go out one by one soon")
        func measured() throws {
            let scene = try Scene()
            try makeTable(in: scene)
            let pattern = try scene.table("pattern", query: "SELECT goto FROM many WHERE address LIKE '%s'")
            let mapmux = try MapmuxProcess(
                maps: [pattern], parameters: ["batch_statements": "auto", "pool_size": "2"])
            #expect(try mapmux.run("check", []).text.contains("several keys a statement"))
            try mapmux.start()
            let few = load("pattern", of: 1, on: mapmux)
            try few.waitForRight(1_000)
            expectOnlyRight(try few.stop(), mapmux)
            try scene.cluster.psql(Scene.database, Self.fill(Self.rows))
            let patterns = load("pattern", of: Self.rows, on: mapmux)
            try patterns.waitForRight(1_000)
            try waitUntil("none of many lookups goes out with others") {
                let before = try mapmux.statistics().targets[0].batches.sum
                try patterns.waitForRight(5_000)
                return try mapmux.statistics().targets[0].batches.sum == before
            }
            expectOnlyRight(try patterns.stop(), mapmux)
        }

        @Test("A table that has lost by its plan is compared again with each new connection")
        func again() throws {
            let scene = try Scene()
            try makeTable(in: scene)
            let rows = 5_000
            try scene.cluster.psql(Scene.database, Self.fill(rows))
            let pattern = try scene.table("pattern", query: "SELECT goto FROM many WHERE address LIKE '%s'")
            let mapmux = try MapmuxProcess(
                maps: [pattern], parameters: ["batch_statements": "auto", "pool_size": "2"])
            try mapmux.start()
            let patterns = load("pattern", of: rows, on: mapmux)
            try patterns.waitForRight(5_000)
            #expect(try mapmux.statistics().targets[0].batches.sum == 0)
            // Then one key is no better off.
            try scene.cluster.psql(Scene.database, "DROP INDEX many_address")
            #expect(try mapmux.run("reload", []).status == 0)
            try waitUntil("several keys are asked for in one statement") {
                try mapmux.statistics().targets[0].batches.sum > 0
            }
            expectOnlyRight(try patterns.stop(), mapmux)
        }

        @Test("Plans that a lock is in the way of keep no connection from being made")
        func locked() throws {
            let scene = try Scene()
            try makeTable(in: scene)
            let locked = try scene.table("pattern", query: "SELECT goto FROM many WHERE address LIKE '%s'")
            let plain = try scene.table("plain", query: "SELECT goto FROM addresses WHERE address = '%s'")
            let lock = try TableLock("many", in: scene)
            defer { try? lock.release() }
            let mapmux = try MapmuxProcess(
                maps: [locked, plain],
                parameters: ["batch_statements": "auto", "pool_size": "2", "map_trust": "pattern"])
            try mapmux.start()
            let plains = load("plain", of: Scene.count, on: mapmux)
            try plains.waitForRight(20_000)
            expectOnlyRight(try plains.stop(), mapmux)
            #expect(try mapmux.statistics().targets[0].batches.sum > 0)
        }
    }
}
