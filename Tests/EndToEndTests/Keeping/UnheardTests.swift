// Answers kept by notification while those who listen fail, or can't listen to the host that answers.

import EventLoop
import Glibc
import LookupStatistics
import LookupValues
import TestSupport
import Testing
import ThrowawayServers

private typealias Expected = KeepingScene.Expected

extension EndToEnd {
    @Suite("Answers kept by notification that is not heard", .serialized)
    struct UnheardTests {
        private static let found = SocketmapReply.ok("user1@mbx.test")

        @Test("The listening session is terminated: answers are right all along, and are kept again")
        func terminated() throws {
            let scene = try KeepingScene()
            let mapmux = try scene.notifiedDaemon()
            let client = try mapmux.client()
            for round in 0..<3 {
                let key = "new\(round)@mbx.test"
                try scene.expectHits("mailboxes", key, .notFound, mapmux)
                let pid = try scene.listeningProcess()
                try scene.expectChange(
                    [Expected("mailboxes", key, .notFound, .ok("new/"))], [client], mapmux
                ) {
                    try scene.sql("SELECT pg_terminate_backend(\(pid))")
                    try scene.sql("INSERT INTO mailboxes VALUES ('\(key)', 'new/')")
                }
                try scene.expectHits("mailboxes", key, .ok("new/"), mapmux)
            }
        }

        @Test(
            "The listening session hangs: nothing that was kept is given after the bound, and the daemon listens anew"
        )
        func frozen() throws {
            let scene = try KeepingScene()
            let mapmux = try scene.notifiedDaemon()
            let client = try mapmux.client()
            try scene.expectHits("aliases", "moved@mbx.test", Self.found, mapmux)
            let pid = try scene.listeningProcess()
            kill(pid, SIGSTOP)
            defer { kill(pid, SIGCONT) }
            try scene.expectChange(
                [Expected("aliases", "moved@mbx.test", Self.found, .ok("user2@mbx.test"))], [client], mapmux
            ) { try scene.sql("UPDATE aliases SET goto = 'user2@mbx.test' WHERE address = 'moved@mbx.test'") }
            try mapmux.waitForLog("no sign that changes are heard")
            try mapmux.waitForLog("notifications do not arrive")
            try scene.waitForNotification(of: ["aliases"], mapmux)
            try scene.expectHits("aliases", "moved@mbx.test", .ok("user2@mbx.test"), mapmux)
            try scene.expectChange(
                [Expected("aliases", "moved@mbx.test", .ok("user2@mbx.test"), .ok("user3@mbx.test"))],
                [client],
                mapmux
            ) { try scene.sql("UPDATE aliases SET goto = 'user3@mbx.test' WHERE address = 'moved@mbx.test'") }
        }

        @Test("Through PgBouncer nothing can be heard: nothing is kept, and that is said")
        func pooler() throws {
            let scene = try Scene()
            let pooler = try PgBouncer(before: scene.cluster, connections: 4)
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(hosts: pooler.host), parameters: ["cache": "addresses=notified"])
            try mapmux.start()
            try waitForValue(mapmux)
            let printed = try mapmux.run("triggers", [])
            #expect(printed.status == 0, "\(printed.stderr)")
            try scene.cluster.psql(Scene.database, printed.text)
            try waitUntil("it is said that nothing is heard: \(mapmux.log())") {
                try mapmux.cacheFigures("addresses").bypass == .unheard
            }
            let client = try mapmux.client()
            for number in 0..<5 {
                try scene.cluster.psql(
                    Scene.database,
                    "UPDATE addresses SET goto = 'value\(number)' WHERE address = 'user7@example.com'")
                for _ in 0..<3 {
                    #expect(try client.lookup("addresses", "user7@example.com") == .ok("value\(number)"))
                }
            }
            #expect(try mapmux.cacheFigures("addresses").hits == 0)
        }

        @Test("What a standby says before it has replayed a change is not kept")
        func laggingStandby() throws {
            let scene = try KeepingScene(standbys: [["recovery_min_apply_delay": "1500ms"]])
            try scene.sql("GRANT pg_read_all_stats TO \(KeepingScene.role)")
            let standby = scene.clusters[1]
            let mapmux = try scene.notifiedDaemon()
            let client = try mapmux.client()
            for round in 1..<4 {
                let (old, new) = ("user\(round)@mbx.test", "user\(round + 1)@mbx.test")
                try scene.expectHits("aliases", "moved@mbx.test", .ok(old), mapmux)
                try scene.sql("UPDATE aliases SET goto = '\(new)' WHERE address = 'moved@mbx.test'")
                // Soon nobody knows of the answer that was kept, and the standby has the old one still.
                var replayedBy: Int64?
                var isNew = false
                try waitUntil("the alias is the new one: \(mapmux.log())") {
                    if replayedBy == nil {
                        let value = try standby.psql(
                            KeepingScene.database, "SELECT goto FROM aliases WHERE address = 'moved@mbx.test'"
                        )
                        if value == new { replayedBy = MonotonicClock.now().nanoseconds }
                    }
                    let asked = MonotonicClock.now().nanoseconds
                    let reply = try client.lookup("aliases", "moved@mbx.test")
                    isNew = reply == .ok(new)
                    #expect(isNew || reply == .ok(old))
                    if let replayedBy, !isNew {
                        #expect(asked - replayedBy < KeepingScene.staleness, "\(mapmux.log())")
                    }
                    return isNew && replayedBy != nil
                }
                for _ in 0..<50 { #expect(try client.lookup("aliases", "moved@mbx.test") == .ok(new)) }
            }
            #expect(try mapmux.cacheFigures("aliases").unproven > 0)
        }

        @Test("A standby becomes the primary: answers are right, and are kept by what that one notifies")
        func promotion() throws {
            let scene = try KeepingScene(standbys: [[:]])
            try scene.sql("GRANT pg_read_all_stats TO \(KeepingScene.role)")
            let mapmux = try scene.notifiedDaemon()
            let client = try mapmux.client()
            let standby = scene.clusters[1]
            try scene.expectHits("aliases", "moved@mbx.test", Self.found, mapmux)
            try waitUntil("the standby has everything") {
                let position = try scene.sql("SELECT pg_current_wal_lsn()")
                return try standby.psql("postgres", "SELECT pg_last_wal_replay_lsn() >= '\(position)'") == "t"
            }
            try scene.primary.stop(.immediate)
            try standby.psql("postgres", "SELECT pg_promote()")
            for round in 1..<4 {
                let (old, new) = ("user\(round)@mbx.test", "user\(round + 1)@mbx.test")
                try scene.expectChange(
                    [Expected("aliases", "moved@mbx.test", .ok(old), .ok(new))], [client], mapmux
                ) {
                    try standby.psql(
                        KeepingScene.database,
                        "UPDATE aliases SET goto = '\(new)' WHERE address = 'moved@mbx.test'")
                }
                try scene.waitForNotification(of: ["aliases"], mapmux)
                try scene.expectHits("aliases", "moved@mbx.test", .ok(new), mapmux)
            }
        }
    }
}
