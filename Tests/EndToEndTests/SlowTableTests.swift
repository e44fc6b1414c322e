// Tables that are slow or locked, and their neighbours in the same pool; and more load than the database can take.

import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Slow tables", .serialized)
    struct SlowTableTests {
        private static let slowQuery = "SELECT goto FROM addresses, pg_sleep(1) WHERE address = '%s'"

        @Test(
            "A table whose queries take a second leaves the others their speed, and none of its lookups fails"
        )
        func slowTable() throws {
            let scene = try Scene()
            let maps = try scene.loadTables() + [scene.table("slow", query: Self.slowQuery)]
            let mapmux = try MapmuxProcess(maps: maps)
            try mapmux.start()
            try waitForValue(mapmux)
            let slow = LoadClients(path: mapmux.socketPath, clients: 20) { random in
                let number = random / 64 % Scene.count
                return LoadClients.Lookup(
                    map: "slow", key: "user\(number)@example.com", value: "box\(number)@store.example.net")
            }
            try slow.waitForRight(1)
            let others = LoadClients(path: mapmux.socketPath, clients: 8, choose: Scene.lookup)
            // Each of a slow lookup's neighbours would take a second too if it had to wait for it.
            let before = (slow: slow.current.right, others: others.current.right)
            try slow.waitForRight(6)
            let slowAnswers = slow.current.right - before.slow
            let otherAnswers = others.current.right - before.others
            #expect(
                otherAnswers > 20 * slowAnswers, "\(otherAnswers) answers beside \(slowAnswers) slow ones")
            expectOnlyRight(try others.stop(), mapmux)
            let counts = try slow.stop()
            // Twenty a second are more than three connections can do.
            #expect(counts.wrong == 0 && counts.lost == 0, "\(counts)")
        }

        @Test("A table that is locked under load fails alone: its neighbours only wait for a moment")
        func lockedTable() throws {
            let scene = try Scene()
            try scene.cluster.psql(Scene.database, "CREATE TABLE others AS SELECT * FROM addresses")
            let locked = try scene.table("locked", query: "SELECT goto FROM others WHERE address = '%s'")
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables() + [locked],
                parameters: ["lookup_timeout": "4s", "query_timeout": "2s"])
            try mapmux.start()
            try waitForValue(mapmux)
            let victims = LoadClients(path: mapmux.socketPath, clients: 16) { random in
                let number = random / 64 % Scene.count
                return LoadClients.Lookup(
                    map: "locked", key: "user\(number)@example.com", value: "box\(number)@store.example.net")
            }
            let load = LoadClients(path: mapmux.socketPath, clients: 16, choose: Scene.lookup)
            try victims.waitForRight(500)
            let lock = try TableLock("others", in: scene)
            try waitUntil("a lookup in the locked table fails") { victims.current.temporary > 0 }
            try load.waitForRight(2000)
            try lock.release()
            try victims.waitForRight(500)
            expectNoneWrongOrLost(try victims.stop(), mapmux)
            expectOnlyRight(try load.stop(), mapmux)
        }

        @Test("A table that is locked while connections are made leaves the others alone")
        func lockedBefore() throws {
            let scene = try Scene()
            try scene.cluster.psql(Scene.database, "CREATE TABLE others AS SELECT * FROM addresses")
            let locked = try scene.table("locked", query: "SELECT goto FROM others WHERE address = '%s'")
            let locker = try scene.cluster.begin(
                Scene.database, "BEGIN; LOCK TABLE others; SELECT pg_sleep(3600)")
            let mapmux = try MapmuxProcess(
                maps: [locked] + (try scene.loadTables()),
                parameters: ["lookup_timeout": "4s", "query_timeout": "2s"])
            try mapmux.start()
            let client = try mapmux.client()
            // Nobody has noticed yet that the preparation hangs that all others are behind.
            #expect(try client.lookup("addresses", "user7@example.com") == .ok("box7@store.example.net"))
            let load = LoadClients(path: mapmux.socketPath, clients: 16, choose: Scene.lookup)
            try load.waitForRight(2000)
            #expect(try client.lookup("locked", "user7@example.com").isTemporary)
            try load.waitForRight(2000)
            try scene.cluster.psql(
                Scene.database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
            try waitUntil("the lock is gone") { try locker.result() != nil }
            try waitUntil("the table is served: \(mapmux.log())") {
                try client.lookup("locked", "user7@example.com") == .ok("box7@store.example.net")
            }
            expectOnlyRight(try load.stop(), mapmux)
            #expect(!mapmux.log().contains("host failed"), "\(mapmux.log())")
        }

        @Test(
            "A locked table leaves three quick ones their answers while it is locked, in use or new",
            arguments: [2, 4], [false, true])
        func quickBesideLocked(poolSize: Int, isNew: Bool) throws {
            let scene = try Scene()
            try scene.cluster.psql(Scene.database, "CREATE TABLE others AS SELECT * FROM addresses")
            func table(_ name: String, of relation: String) throws -> String {
                try scene.table(name, query: "SELECT goto FROM \(relation) WHERE address = '%s'")
            }
            let quick = ["first", "second", "third"]
            let maps = try [table("locked", of: "others")] + quick.map { try table($0, of: "addresses") }
            let mapmux = try MapmuxProcess(maps: maps, parameters: ["pool_size": "\(poolSize)"])
            var lock = isNew ? try TableLock("others", in: scene) : nil
            try mapmux.start()
            func load(_ map: String) -> LoadClients {
                LoadClients(path: mapmux.socketPath, clients: 8) { random in
                    let number = random / 64 % Scene.count
                    return LoadClients.Lookup(
                        map: map, key: "user\(number)@example.com", value: "box\(number)@store.example.net")
                }
            }
            let victims = load("locked")
            let others = quick.map(load)
            if !isNew {
                try victims.waitForRight(500)
                lock = try TableLock("others", in: scene)
            }
            // Whatever is asked now is answered though the lock stays: the load's clients ask one thing after another.
            for _ in 0..<3 { for load in others { try load.waitForRight(1_000) } }
            let before = victims.current.right
            for load in others { try load.waitForRight(1_000) }
            #expect(victims.current.right == before, "the table is not locked")
            try lock!.release()
            try victims.waitForRight(500)
            expectNoneWrongOrLost(try victims.stop(), mapmux)
            for load in others { expectOnlyRight(try load.stop(), mapmux) }
        }

        @Test(
            "With more load than the database can take, what it does is not done in vain, and recovery is at once"
        )
        func overload() throws {
            let scene = try Scene()
            try scene.cluster.psql(Scene.database, "CREATE SEQUENCE executed")
            // It sleeps for each key, also of an array statement, as the time depends on the key.
            let table = try scene.table(
                "heavy",
                query: """
                    SELECT goto FROM (SELECT nextval('executed')) AS counted, addresses,
                     pg_sleep(0.02 + 0 * length('%s')) WHERE address = '%s'
                    """.replacing("\n", with: ""))
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables() + [table], parameters: ["lookup_timeout": "1s"])
            try mapmux.start()
            try waitForValue(mapmux)
            let load = LoadClients(path: mapmux.socketPath, clients: 600) { random in
                let number = random / 64 % Scene.count
                return LoadClients.Lookup(
                    map: "heavy", key: "user\(number)@example.com", value: "box\(number)@store.example.net")
            }
            try waitUntil("the load is too much") { load.current.temporary > 600 }
            func executed() throws -> Int {
                Int(try scene.cluster.psql(Scene.database, "SELECT last_value FROM executed")) ?? 0
            }
            let before = (executed: try executed(), right: load.current.right)
            try load.waitForAnswers(2000)
            let done = try executed() - before.executed
            let right = load.current.right - before.right
            #expect(2 * right > done, "\(done) queries were executed, and \(right) lookups answered")
            let counts = try load.stop()
            expectNoneWrongOrLost(counts, mapmux)
            let after = LoadClients(path: mapmux.socketPath, clients: 8, choose: Scene.lookup)
            try after.waitForRight(1000)
            expectOnlyRight(try after.stop(), mapmux)
        }
    }
}
