// Answers that are kept until a change is notified: what each kind of change comes to.

import EventLoop
import Glibc
import LookupStatistics
import LookupValues
import TestSupport
import Testing
import ThrowawayServers

private typealias Expected = KeepingScene.Expected

extension EndToEnd {
    @Suite("Answers kept by notification", .serialized)
    struct NotificationTests {
        @Test("Rows that change, come, go, get another key or are truncated: what was kept is old no longer")
        func changes() throws {
            let scene = try KeepingScene()
            let mapmux = try scene.notifiedDaemon()
            let client = try mapmux.client()
            let changes: [(String, [Expected])] = [
                (
                    "UPDATE aliases SET goto = 'user2@mbx.test' WHERE address = 'moved@mbx.test'",
                    [Expected("aliases", "moved@mbx.test", .ok("user1@mbx.test"), .ok("user2@mbx.test"))]
                ),
                (
                    "INSERT INTO mailboxes VALUES ('new@mbx.test', 'new/')",
                    [Expected("mailboxes", "new@mbx.test", .notFound, .ok("new/"))]
                ),
                (
                    """
                    INSERT INTO mailboxes VALUES ('new@mbx.test', 'newer/'), ('newest@mbx.test', 'newest/')
                    ON CONFLICT (address) DO UPDATE SET maildir = EXCLUDED.maildir
                    """,
                    [
                        Expected("mailboxes", "new@mbx.test", .ok("new/"), .ok("newer/")),
                        Expected("mailboxes", "newest@mbx.test", .notFound, .ok("newest/")),
                    ]
                ),
                (
                    "UPDATE mailboxes SET address = 'other@mbx.test' WHERE address = 'new@mbx.test'",
                    [
                        Expected("mailboxes", "new@mbx.test", .ok("newer/"), .notFound),
                        Expected("mailboxes", "other@mbx.test", .notFound, .ok("newer/")),
                    ]
                ),
                (
                    "DELETE FROM mailboxes WHERE address = 'other@mbx.test'",
                    [Expected("mailboxes", "other@mbx.test", .ok("newer/"), .notFound)]
                ),
                (
                    "INSERT INTO mailboxes SELECT 'load' || n || '@mbx.test', 'load/' FROM generate_series(1, 3000) AS n",
                    [Expected("mailboxes", "load2999@mbx.test", .notFound, .ok("load/"))]
                ),
                (
                    """
                    BEGIN;
                    TRUNCATE mailboxes;
                    INSERT INTO mailboxes VALUES ('load7@mbx.test', 'again/');
                    COMMIT
                    """,
                    [
                        Expected("mailboxes", "load7@mbx.test", .ok("load/"), .ok("again/")),
                        Expected("mailboxes", "load8@mbx.test", .ok("load/"), .notFound),
                    ]
                ),
            ]
            for (statement, expected) in changes {
                for one in expected { try scene.expectHits(one.map, one.key, one.old, mapmux) }
                try scene.expectChange(expected, [client], mapmux) { try scene.sql(statement) }
            }
            let figures = try mapmux.cacheFigures("mailboxes")
            #expect(figures.changedKeys > 0 && figures.changedTables > 0, "\(figures)")
        }

        @Test("An UPDATE of a column that no query names leaves what is kept, and is told to nobody")
        func needlessColumn() throws {
            let scene = try KeepingScene()
            try scene.sql("ALTER TABLE aliases ADD COLUMN last_used timestamptz")
            let mapmux = try scene.notifiedDaemon()
            let client = try mapmux.client()
            try scene.expectHits("aliases", "hit@mbx.test", .ok("user1@mbx.test"), mapmux)
            let before = try mapmux.cacheFigures("aliases")
            try scene.sql("UPDATE aliases SET last_used = now()")
            // What is told comes in the order of commits.
            try scene.expectChange(
                [Expected("mailboxes", "new@mbx.test", .notFound, .ok("new/"))], [client], mapmux
            ) { try scene.sql("INSERT INTO mailboxes VALUES ('new@mbx.test', 'new/')") }
            for _ in 0..<10 { #expect(try client.lookup("aliases", "hit@mbx.test") == .ok("user1@mbx.test")) }
            let after = try mapmux.cacheFigures("aliases")
            #expect(after.hits == before.hits + 10 && after.misses == before.misses, "\(mapmux.log())")
            #expect(after.changedKeys == before.changedKeys && after.changedTables == before.changedTables)
        }

        @Test("Without triggers nothing is kept, which is said; made again, they are trusted again")
        func triggersDropped() throws {
            let scene = try KeepingScene()
            let mapmux = try scene.notifiedDaemon()
            let client = try mapmux.client()
            try scene.expectHits("aliases", "moved@mbx.test", .ok("user1@mbx.test"), mapmux)
            let removal = try mapmux.run("triggers", ["--remove", "aliases"]).text
            let logged = mapmux.log().count
            try scene.expectChange(
                [Expected("aliases", "moved@mbx.test", .ok("user1@mbx.test"), .ok("user2@mbx.test"))],
                [client], mapmux
            ) {
                try scene.sql(removal)
                try scene.sql("UPDATE aliases SET goto = 'user2@mbx.test' WHERE address = 'moved@mbx.test'")
            }
            try waitUntil("it is said why nothing is kept: \(mapmux.log())") {
                try mapmux.cacheFigures("aliases").bypass == .triggers
            }
            try mapmux.waitForLog("changes of a table are not notified", beyond: logged)
            #expect(try mapmux.run("stats", []).text.contains("aliases is not answered by notification"))
            let hits = try mapmux.cacheFigures("aliases").hits
            try scene.expectChange(
                [Expected("aliases", "moved@mbx.test", .ok("user2@mbx.test"), .ok("user3@mbx.test"))],
                [client], mapmux
            ) { try scene.sql("UPDATE aliases SET goto = 'user3@mbx.test' WHERE address = 'moved@mbx.test'") }
            #expect(try mapmux.cacheFigures("aliases").hits == hits)

            try scene.installTriggers(mapmux)
            try scene.waitForNotification(of: ["aliases", "mailboxes"], mapmux)
            try scene.expectHits("aliases", "moved@mbx.test", .ok("user3@mbx.test"), mapmux)
            try scene.expectChange(
                [Expected("aliases", "moved@mbx.test", .ok("user3@mbx.test"), .ok("user4@mbx.test"))],
                [client], mapmux
            ) { try scene.sql("UPDATE aliases SET goto = 'user4@mbx.test' WHERE address = 'moved@mbx.test'") }
        }

        @Test("Rows that change while the triggers are off for a transaction are noticed within the bound")
        func triggersOff() throws {
            let scene = try KeepingScene()
            let mapmux = try scene.notifiedDaemon()
            let client = try mapmux.client()
            try scene.expectHits("mailboxes", "new@mbx.test", .notFound, mapmux)
            let names = try scene.sql(
                "SELECT tgname FROM pg_trigger WHERE tgrelid = 'mailboxes'::regclass AND NOT tgisinternal"
            ).split(separator: "\n")
            #expect(names.count == 4)
            let enable = names.map { "ALTER TABLE mailboxes ENABLE ALWAYS TRIGGER \($0);\n" }.joined()
            try scene.expectChange(
                [Expected("mailboxes", "new@mbx.test", .notFound, .ok("new/"))], [client], mapmux
            ) {
                try scene.sql(
                    """
                    BEGIN;
                    ALTER TABLE mailboxes DISABLE TRIGGER USER;
                    INSERT INTO mailboxes VALUES ('new@mbx.test', 'new/');
                    \(enable)
                    COMMIT
                    """)
            }
            try scene.waitForNotification(of: ["mailboxes"], mapmux)
            try scene.expectHits("mailboxes", "new@mbx.test", .ok("new/"), mapmux)
        }

        @Test("A role that may do nothing but SELECT is enough")
        func readOnlyRole() throws {
            let scene = try KeepingScene()
            try scene.sql(
                """
                REVOKE TEMP ON DATABASE \(KeepingScene.database) FROM PUBLIC;
                ALTER ROLE \(KeepingScene.role) SET default_transaction_read_only = on;
                """)
            let mapmux = try scene.notifiedDaemon()
            let client = try mapmux.client()
            try scene.expectHits("mailboxes", "new@mbx.test", .notFound, mapmux)
            try scene.expectChange(
                [Expected("mailboxes", "new@mbx.test", .notFound, .ok("new/"))], [client], mapmux
            ) { try scene.sql("INSERT INTO mailboxes VALUES ('new@mbx.test', 'new/')") }
        }

        @Test("Without triggers a map with a time behind the stroke is kept for that time")
        func byTime() throws {
            let scene = try KeepingScene()
            let mapmux = try scene.daemon(
                KeepingScene.notified.merging(["cache": "aliases=notified/500ms"]) { $1 })
            let client = try mapmux.client()
            try scene.expectHits("aliases", "moved@mbx.test", .ok("user1@mbx.test"), mapmux)
            #expect(try mapmux.cacheFigures("aliases").bypass != nil)
            try scene.expectChange(
                [Expected("aliases", "moved@mbx.test", .ok("user1@mbx.test"), .ok("user2@mbx.test"))],
                [client], mapmux, within: 500_000_000
            ) { try scene.sql("UPDATE aliases SET goto = 'user2@mbx.test' WHERE address = 'moved@mbx.test'") }
            try scene.expectHits("aliases", "moved@mbx.test", .ok("user2@mbx.test"), mapmux)
        }

        @Test("A reload that has another map kept by notification leaves what is kept of the first")
        func reload() throws {
            let scene = try KeepingScene()
            let mapmux = try scene.daemon(KeepingScene.notified.merging(["cache": "aliases=notified"]) { $1 })
            try scene.installTriggers(mapmux)
            try scene.waitForNotification(of: ["aliases"], mapmux)
            let client = try mapmux.client()
            try scene.expectHits("aliases", "hit@mbx.test", .ok("user1@mbx.test"), mapmux)
            let before = try mapmux.cacheFigures("aliases")
            try mapmux.configure(
                maps: try scene.writeTables(),
                parameters: KeepingScene.parameters.merging(KeepingScene.notified) { $1 })
            #expect(try mapmux.run("reload", []).status == 0)
            try scene.waitForNotification(of: ["mailboxes", "aliases"], mapmux)
            #expect(try client.lookup("aliases", "hit@mbx.test") == .ok("user1@mbx.test"))
            let after = try mapmux.cacheFigures("aliases")
            #expect(after.hits == before.hits + 1 && after.misses == before.misses, "\(mapmux.log())")
            try scene.expectHits("mailboxes", "new@mbx.test", .notFound, mapmux)
            try scene.expectChange(
                [Expected("mailboxes", "new@mbx.test", .notFound, .ok("new/"))], [client], mapmux
            ) { try scene.sql("INSERT INTO mailboxes VALUES ('new@mbx.test', 'new/')") }
        }

        @Test("Each of two workers is told of a change, and has forgotten when a flush returns")
        func workers() throws {
            let scene = try KeepingScene()
            let mapmux = try scene.notifiedDaemon([
                "workers": "2", "cache": "aliases=notified mailboxes=notified domains=1h",
            ])
            let clients = try (0..<12).map { _ in try mapmux.client() }
            for round in 0..<4 {
                let (old, new) = ("user\(round + 1)@mbx.test", "user\(round + 2)@mbx.test")
                try scene.expectChange(
                    [Expected("aliases", "moved@mbx.test", .ok(old), .ok(new))], clients, mapmux
                ) { try scene.sql("UPDATE aliases SET goto = '\(new)' WHERE address = 'moved@mbx.test'") }
            }
            for (number, arguments) in [[], ["domains"], ["domains", "new2.test"]].enumerated() {
                let domain = "new\(number).test"
                for client in clients { #expect(try client.lookup("domains", domain) == .notFound) }
                try scene.sql("INSERT INTO domains VALUES ('\(domain)')")
                for client in clients { #expect(try client.lookup("domains", domain) == .notFound) }
                #expect(try mapmux.run("flush", arguments).status == 0)
                for client in clients { #expect(try client.lookup("domains", domain) == .ok("here")) }
            }
        }
    }
}
