// A query whose plan for many keys is a bad one, beside one whose plan is the same for one key and for many.

import LookupStatistics
import TestSupport
import Testing

extension EndToEnd {
    @Suite("Worth of a statement for many keys")
    struct BatchWorthTests {
        @Test("LIKE by a text_pattern_ops index soon asks for one key a statement, and = goes on with many")
        func like() throws {
            let scene = try Scene()
            let rows = 100_000
            try scene.cluster.psql(
                Scene.database,
                """
                CREATE TABLE many (address text NOT NULL, goto text NOT NULL);
                INSERT INTO many SELECT 'user' || n || '@example.com', 'box' || n || '@store.example.net'
                    FROM generate_series(0, \(rows - 1)) AS n;
                CREATE INDEX many_address ON many (address text_pattern_ops);
                ANALYZE many
                """)
            let pattern = try scene.table("pattern", query: "SELECT goto FROM many WHERE address LIKE '%s'")
            let plain = try scene.table("plain", query: "SELECT goto FROM addresses WHERE address = '%s'")
            let mapmux = try MapmuxProcess(
                maps: [pattern, plain], parameters: ["batch_statements": "auto", "pool_size": "2"])
            let check = try mapmux.run("check", []).text
            #expect(check.contains("reads all rows of public.many for each key"), "\(check)")
            try mapmux.start()
            func load(_ map: String, of count: Int) -> LoadClients {
                LoadClients(path: mapmux.socketPath, clients: 64) { random in
                    let number = random / 64 % count
                    return LoadClients.Lookup(
                        map: map, key: "user\(number)@example.com", value: "box\(number)@store.example.net")
                }
            }
            let patterns = load("pattern", of: rows)
            try patterns.waitForRight(1_000)
            try waitUntil("none of many lookups goes out with others") {
                let before = try mapmux.statistics().targets[0].batches.sum
                try patterns.waitForRight(5_000)
                return try mapmux.statistics().targets[0].batches.sum == before
            }
            expectOnlyRight(try patterns.stop(), mapmux)
            let plains = load("plain", of: Scene.count)
            let before = try mapmux.statistics().targets[0].batches.sum
            try plains.waitForRight(20_000)
            #expect(try mapmux.statistics().targets[0].batches.sum > before + 5_000)
            expectOnlyRight(try plains.stop(), mapmux)
        }
    }
}
