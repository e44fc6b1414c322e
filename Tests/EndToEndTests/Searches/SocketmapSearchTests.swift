// Questions of socketmap clients, answered as if the client had asked for all keys of Postfix's search.

import Glibc
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Searches for socketmap clients", .serialized)
    struct SocketmapSearchTests {
        /// A table of rows by key, one in which a key is an error, one whose query keeps what it was asked, and one with a
        /// catch-all.
        private static let shared = Result {
            let scene = try Scene()
            try scene.cluster.psql(
                Scene.database,
                """
                CREATE TABLE rows (key text PRIMARY KEY, value text NOT NULL);
                INSERT INTO rows VALUES ('u@d.test', 'mbox@e.test'), ('@d.test', 'any@e.test'), ('late@d.test', 'late'),
                    ('before+x@bad.test', 'hit'), ('c', 'top'), ('192.0', 'net'), ('two@d.test', '@other.test');
                CREATE TABLE asked (key text);
                CREATE FUNCTION note(k text) RETURNS text LANGUAGE plpgsql AS
                    $$ BEGIN INSERT INTO asked VALUES (k); RETURN (SELECT value FROM rows WHERE key = k); END $$;
                """)
            return scene
        }

        private func daemon(_ parameters: [String: String] = [:]) throws -> MapmuxProcess {
            let scene = try Self.shared.get()
            let rows = try scene.table("rows", query: "SELECT value FROM rows WHERE key = '%s'")
            let second = try scene.table(
                "second", query: "SELECT value FROM rows WHERE key = '%s' AND key NOT LIKE '@%%'")
            let erring = try scene.table(
                "erring",
                query: "SELECT value FROM rows WHERE key = '%s' "
                    + "AND 1 / (CASE WHEN '%s' = 'before@bad.test' THEN 0 ELSE 1 END) = 1")
            let noting = try scene.table("noting", query: "SELECT note('%s')")
            let mapmux = try MapmuxProcess(
                maps: [
                    "aliases=\(rows)", "both={\(rows.replacing("rows.cf", with: "second.cf")) \(rows)}",
                    "erring=\(erring)", "noting=\(noting)", "access=\(rows)", "plain=\(rows)",
                    "helo=\(second)",
                    "unlike=\(rows)",
                ],
                parameters: [
                    "map_parameters":
                        "aliases=virtual_alias_maps both=virtual_alias_maps erring=virtual_mailbox_maps "
                        + "noting=virtual_mailbox_maps access=check_client_access helo=check_helo_access "
                        + "unlike=virtual_alias_maps,transport_maps",
                    "recipient_delimiter": "+",
                ].merging(parameters) { $1 })
            try mapmux.start()
            let client = try mapmux.client()
            try waitUntil("values arrive: \(mapmux.log())") {
                try client.lookup("plain", "c") == .ok("top")
            }
            return mapmux
        }

        @Test(
            "The first key in Postfix's order that is there answers, and a value gets back what its key lacks"
        )
        func answers() throws {
            let mapmux = try daemon()
            defer { withExtendedLifetime(mapmux) {} }
            let client = try mapmux.client()
            for (map, key, reply) in [
                ("aliases", "u@d.test", SocketmapReply.ok("mbox@e.test")),
                ("aliases", "U+Ext@d.test", .ok("mbox+Ext@e.test")),
                ("aliases", "nobody@d.test", .ok("any@e.test")),
                ("aliases", "two+x@d.test", .ok("two+x@other.test")),
                ("aliases", "nobody@nowhere.test", .notFound),
                ("plain", "u+x@d.test", .notFound), ("unlike", "u+x@d.test", .notFound),
                ("access", "a.b.c", .ok("top")), ("access", "192.0.2.7", .ok("net")),
                ("access", "192.1.2.7", .notFound),
                ("helo", String(repeating: "a.", count: 126) + "c", .ok("top")),
            ] {
                #expect(try client.lookup(map, key) == reply, "\(map) \(key)")
            }
        }

        @Test("An error counts unless an earlier key is there")
        func errors() throws {
            let mapmux = try daemon()
            defer { withExtendedLifetime(mapmux) {} }
            let client = try mapmux.client()
            #expect(try client.lookup("erring", "before+x@bad.test") == .ok("hit"))
            guard case .temp = try client.lookup("erring", "before+y@bad.test") else {
                Issue.record("an error is no answer")
                return
            }
        }

        @Test("A query that keeps something is asked for one key after the other, and for none after the hit")
        func impure() throws {
            let mapmux = try daemon()
            defer { withExtendedLifetime(mapmux) {} }
            let client = try mapmux.client()
            let scene = try Self.shared.get()
            for (key, reply, asked) in [
                ("u+x@d.test", SocketmapReply.ok("mbox@e.test"), "u+x@d.test,u@d.test"),
                ("late@d.test", .ok("late"), "late@d.test"),
                ("no+x@z.test", .notFound, "no+x@z.test,no@z.test,@z.test"),
            ] {
                try scene.cluster.psql(Scene.database, "TRUNCATE asked")
                #expect(try client.lookup("noting", key) == reply, "\(key)")
                #expect(
                    try scene.cluster.psql(Scene.database, "SELECT string_agg(key, ',') FROM asked") == asked)
            }
        }

        @Test(
            "Keys are outside and tables inside: a catch-all of the first table does not beat the second's address"
        )
        func tables() throws {
            let mapmux = try daemon()
            defer { withExtendedLifetime(mapmux) {} }
            let client = try mapmux.client()
            #expect(try client.lookup("both", "late+x@d.test") == .ok("late+x"))
            #expect(try client.lookup("both", "nobody@d.test") == .ok("any@e.test"))
        }

        @Test(
            "A key of ten thousand bytes and five thousand labels gets an answer, and the others get theirs meanwhile"
        )
        func hostile() throws {
            let mapmux = try daemon()
            let (hostile, other) = (try mapmux.client(), try mapmux.client())
            for key in [
                String(repeating: ".", count: 9_990), String(repeating: "a.", count: 4_990),
                String(repeating: "+", count: 9_980) + "@d", "\"" + String(repeating: "\\", count: 9_000),
                String(repeating: "\"@", count: 4_900), String(repeating: ":", count: 9_000),
            ] {
                for map in ["helo", "aliases", "access"] {
                    try hostile.send(SocketmapClient.request(map, Array(key.utf8)))
                    #expect(try other.lookup("plain", "c") == .ok("top"))
                    let reply = try hostile.readReply()
                    // More parts than a line of SMTP can have are no key of Postfix's.
                    #expect(
                        reply == .notFound || map != "aliases" && reply.isTemporary,
                        "\(map) \(key.prefix(20))")
                }
            }
            guard case .temp = try other.lookup("helo", String(repeating: "a.", count: 5_100)) else {
                Issue.record("a key that is too long to be searched for is not \"not found\"")
                return
            }
        }

        @Test("Its figures count a question once, with the key that was there")
        func figures() throws {
            let mapmux = try daemon()
            defer { withExtendedLifetime(mapmux) {} }
            let client = try mapmux.client()
            for key in ["u@d.test", "u+x@d.test", "no@d.test", "no@z.test"] {
                _ = try client.lookup("aliases", key)
            }
            let map = try #require(
                try mapmux.statistics().maps.first { $0.name == "aliases" })
            #expect(map.lookups.found == 3 && map.lookups.notFound == 1)
            #expect(map.searches.asked == 4 && map.searches.keys >= 4 && map.searches.hits.total == 3)
        }

        @Test("A reload while searches are under way loses none of them")
        func reload() throws {
            let mapmux = try daemon()
            defer { withExtendedLifetime(mapmux) {} }
            let client = try mapmux.client()
            for _ in 0..<20 {
                for number in 0..<30 {
                    try client.send(SocketmapClient.request("noting", Array("n\(number)+x@d.test".utf8)))
                }
                mapmux.signal(SIGHUP)
                for _ in 0..<30 { #expect(try client.readReply() == .ok("any@e.test")) }
            }
        }
    }
}
