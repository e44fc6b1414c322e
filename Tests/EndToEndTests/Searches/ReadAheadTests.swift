// What is read ahead for proxymap clients: fewer round trips, and no answer that is older than the bound.

import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Reading ahead for proxymap clients", .serialized)
    struct ReadAheadTests {
        private static let shared = Result { try Scene() }

        /// A table of its own for each test, and a daemon that reads ahead in it for so long.
        private func start(_ name: String, bound: String) throws -> (mapmux: MapmuxProcess, table: String) {
            let scene = try Self.shared.get()
            try scene.cluster.psql(
                Scene.database,
                """
                CREATE TABLE \(name) (key text PRIMARY KEY, value text NOT NULL);
                INSERT INTO \(name) VALUES ('u@d.test', 'mbox'), ('@d.test', 'any'), ('1@d.test', 'one');
                """)
            let table = try scene.table(
                name,
                query: "SELECT value FROM \(name) WHERE key = '%s' "
                    + "AND 1 / (CASE WHEN '%s' = 'bad@d.test' THEN 0 ELSE 1 END) = 1")
            let mapmux = try MapmuxProcess(maps: [])
            try mapmux.configure(
                maps: ["t=\(table)"],
                parameters: [
                    "map_parameters": "t=virtual_mailbox_maps,virtual_mailbox_domains", "read_ahead": bound,
                    "recipient_delimiter": "+", "proxymap_listen": "unix:\(mapmux.directory.path)/proxymap",
                ])
            try mapmux.start()
            let client = try mapmux.client()
            try waitUntil("values arrive: \(mapmux.log())") {
                try client.lookup("t", "u@d.test") == .ok("mbox")
            }
            return (mapmux, table)
        }

        private func figures(_ mapmux: MapmuxProcess) throws -> (asked: Int, used: Int, thrownAway: Int) {
            let map = try #require(try mapmux.statistics().maps.first { $0.name == "t" })
            return (map.readAhead.asked, map.readAhead.used, map.readAhead.thrownAway)
        }

        @Test("The keys that follow are asked for with the first one, and each is used once")
        func used() throws {
            let (mapmux, table) = try start("ahead_used", bound: "1s")
            let client = try ProxymapClient(path: "\(mapmux.directory.path)/proxymap")
            let before = try figures(mapmux)
            for _ in 0..<10 {
                #expect(try client.lookup(table, "no+x@d.test") == .notFound)
                #expect(try client.lookup(table, "no@d.test") == .notFound)
                #expect(try client.lookup(table, "@d.test") == .found(Array("any".utf8)))
            }
            let after = try figures(mapmux)
            #expect(after.asked - before.asked == 20 && after.used - before.used == 20)
            #expect(after.thrownAway == before.thrownAway)
        }

        @Test("A change between two steps is seen when the bound is over, and at once by any other question")
        func change() throws {
            let (mapmux, table) = try start("ahead_change", bound: "300ms")
            let scene = try Self.shared.get()
            let client = try ProxymapClient(path: "\(mapmux.directory.path)/proxymap")
            #expect(try client.lookup(table, "new+x@d.test") == .notFound)
            try scene.cluster.psql(
                Scene.database, "INSERT INTO ahead_change VALUES ('new@d.test', 'new')")
            try waitUntil("the bound is over") {
                _ = try client.lookup(table, "new+x@d.test")
                return try client.lookup(table, "new@d.test") == .found(Array("new".utf8))
            }
            #expect(try client.lookup(table, "two+x@d.test") == .notFound)
            try scene.cluster.psql(
                Scene.database, "INSERT INTO ahead_change VALUES ('two@d.test', 'two')")
            // It drops what is kept for the client.
            #expect(try client.lookup(table, "1@d.test") == .found(Array("one".utf8)))
            #expect(try client.lookup(table, "two@d.test") == .found(Array("two".utf8)))
            // What is kept for one client is not for another.
            #expect(try client.lookup(table, "three+x@d.test") == .notFound)
            try scene.cluster.psql(
                Scene.database, "INSERT INTO ahead_change VALUES ('three@d.test', 'three')")
            let other = try ProxymapClient(path: "\(mapmux.directory.path)/proxymap")
            #expect(try other.lookup(table, "three@d.test") == .found(Array("three".utf8)))
        }

        @Test("A key that fails when it is read ahead fails no other question, and is asked for anew")
        func failure() throws {
            let (mapmux, table) = try start("ahead_failure", bound: "1s")
            let client = try ProxymapClient(path: "\(mapmux.directory.path)/proxymap")
            for _ in 0..<5 {
                #expect(try client.lookup(table, "bad+x@d.test") == .notFound)
                guard case .failed = try client.lookup(table, "bad@d.test") else {
                    Issue.record("an error is no answer")
                    return
                }
                #expect(try client.lookup(table, "1+x@d.test") == .notFound)
                #expect(try client.lookup(table, "1@d.test") == .found(Array("one".utf8)))
            }
        }

        @Test("An edited query counts from the reload on, whatever was read ahead")
        func reload() throws {
            let (mapmux, table) = try start("ahead_reload", bound: "1s")
            let client = try ProxymapClient(path: "\(mapmux.directory.path)/proxymap")
            #expect(try client.lookup(table, "u+x@d.test") == .notFound)
            try Self.shared.get().table("ahead_reload", query: "SELECT 'other' WHERE '%s' = 'u@d.test'")
            #expect(try mapmux.run("reload", []).status == 0)
            #expect(try client.lookup(table, "u@d.test") == .found(Array("other".utf8)))
        }

        @Test("Nothing is read ahead if it is not configured, or for a domain")
        func off() throws {
            let (mapmux, table) = try start("ahead_off", bound: "0")
            let client = try ProxymapClient(path: "\(mapmux.directory.path)/proxymap")
            #expect(try client.lookup(table, "no+x@d.test") == .notFound)
            #expect(try figures(mapmux).asked == 0)
            let (other, otherTable) = try start("ahead_domain", bound: "50ms")
            let before = try figures(other).asked
            let asking = try ProxymapClient(path: "\(other.directory.path)/proxymap")
            #expect(try asking.lookup(otherTable, "d.test") == .notFound)
            #expect(try figures(other).asked == before)
        }
    }
}
