// Answers that are kept for a time: how old they may be, what they cost, and what drops them.

import EventLoop
import Glibc
import LookupStatistics
import LookupValues
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Answers kept by time", .serialized)
    struct TimeBoundTests {
        /// Asks until the answer is the new one, and then some more.
        ///
        /// An old answer must have been asked for less than the bound after the change was committed, and once there was a new
        /// one, there is no old one any more.
        private func expectChange(
            within bound: Int64, from old: SocketmapReply, to new: SocketmapReply, _ client: SocketmapClient,
            _ map: String, _ key: String, change: () throws -> Void
        ) throws {
            #expect(try client.lookup(map, key) == old)
            try change()
            let committed = MonotonicClock.now().nanoseconds
            var isNew = false
            try waitUntil("\(map) \(key) is the new one") {
                let asked = MonotonicClock.now().nanoseconds
                let reply = try client.lookup(map, key)
                #expect(reply == old || reply == new, "\(reply)")
                if reply == old {
                    #expect(asked - committed < bound, "\(asked - committed) ns after the change")
                }
                isNew = isNew || reply == new
                #expect(!isNew || reply == new, "old again")
                usleep(1000)
                return isNew
            }
            for _ in 0..<100 {
                #expect(try client.lookup(map, key) == new)
                usleep(2000)
            }
        }

        @Test("A value that changes, comes or goes is old for no longer than its bound, and never old again")
        func changes() throws {
            let scene = try KeepingScene()
            let mapmux = try scene.daemon(["cache": "aliases=1s mailboxes=500ms"])
            defer { withExtendedLifetime(mapmux) {} }
            let client = try mapmux.client()
            try expectChange(
                within: 1_000_000_000, from: .ok("user1@mbx.test"), to: .ok("user2@mbx.test"), client,
                "aliases", "moved@mbx.test"
            ) { try scene.sql("UPDATE aliases SET goto = 'user2@mbx.test' WHERE address = 'moved@mbx.test'") }
            try expectChange(
                within: 500_000_000, from: .notFound, to: .ok("new/"), client, "mailboxes", "new@mbx.test"
            ) { try scene.sql("INSERT INTO mailboxes VALUES ('new@mbx.test', 'new/')") }
            try expectChange(
                within: 500_000_000, from: .ok("new/"), to: .notFound, client, "mailboxes", "new@mbx.test"
            ) { try scene.sql("DELETE FROM mailboxes WHERE address = 'new@mbx.test'") }
            #expect(try mapmux.cacheFigures("aliases").hits > 0)
        }

        @Test("An account that may not send any more as somebody is refused within the bound")
        func revoked() throws {
            let scene = try KeepingScene()
            let server = try MailServer(
                .mapmux, tables: try scene.writeTables(),
                main: [
                    "smtpd_sender_login_maps": "proxy:\(scene.table("logins"))",
                    "smtpd_sender_restrictions": "reject_authenticated_sender_login_mismatch",
                    "smtpd_sasl_auth_enable": "yes", "smtpd_sasl_type": "dovecot",
                    "smtpd_tls_auth_only": "yes", "smtpd_delay_reject": "no",
                ],
                parameters: KeepingScene.parameters.merging([
                    "map_parameters": "logins=smtpd_sender_login_maps", "cache": "logins!=1s",
                ]) { $1 })
            let client = try server.postfix.client()
            _ = try client.impersonate(address: "203.0.113.9", name: "client.test", login: "alice")
            _ = try client.command("EHLO client.test")
            func mayClientSend() throws -> Bool {
                let reply = try client.command("MAIL FROM:<user1@mbx.test>").last ?? ""
                _ = try client.command("RSET")
                #expect(reply.hasPrefix("250") || reply.hasPrefix("553"), "\(reply) \(server.logs())")
                return reply.hasPrefix("250")
            }
            for _ in 0..<10 { #expect(try mayClientSend(), "\(server.logs())") }
            #expect(try #require(server.mapmux).cacheFigures("logins").hits > 0)
            try scene.sql("UPDATE logins SET login = 'bob'")
            let committed = MonotonicClock.now().nanoseconds
            try waitUntil("the client is refused: \(server.logs())") {
                let asked = MonotonicClock.now().nanoseconds
                let may = try mayClientSend()
                #expect(!may || asked - committed < 1_000_000_000)
                return !may
            }
            for _ in 0..<20 { #expect(try !mayClientSend()) }
        }

        @Test("A search whose keys are all kept asks nothing")
        func searches() throws {
            let scene = try KeepingScene()
            let mapmux = try scene.daemon([
                "cache": "aliases=1h mailboxes=1h",
                "map_parameters": "aliases=virtual_alias_maps mailboxes=virtual_mailbox_maps",
            ])
            let client = try mapmux.client()
            let questions = [
                ("aliases", "hit+ext@mbx.test", SocketmapReply.ok("user1+ext@mbx.test")),
                ("aliases", "nobody+ext@mbx.test", .notFound),
                ("mailboxes", "user1+ext@mbx.test", .ok("mbx/user1/")),
                ("mailboxes", "nobody@elsewhere.test", .notFound),
            ]
            for (map, key, reply) in questions { #expect(try client.lookup(map, key) == reply) }
            let sent = try mapmux.statementsSent()
            let hits = try mapmux.cacheFigures("aliases").hits
            for _ in 0..<20 {
                for (map, key, reply) in questions { #expect(try client.lookup(map, key) == reply) }
            }
            #expect(try mapmux.statementsSent() == sent, "\(mapmux.log())")
            #expect(try mapmux.cacheFigures("aliases").hits > hits)
        }

        @Test("What was read ahead is kept, and what is kept is not read ahead again")
        func readAhead() throws {
            let scene = try KeepingScene()
            let directory = try TemporaryDirectory()
            let path = "\(directory.path)/proxymap"
            let mapmux = try scene.daemon([
                "cache": "mailboxes=1h", "map_parameters": "mailboxes=virtual_mailbox_maps",
                "read_ahead": "50ms", "proxymap_listen": "unix:\(path)",
            ])
            let client = try ProxymapClient(path: path)
            let table = scene.table("mailboxes")
            func ask() throws {
                #expect(try client.lookup(table, "user1+ext@mbx.test") == .notFound)
                #expect(try client.lookup(table, "user1@mbx.test") == .found(Array("mbx/user1/".utf8)))
                for key in ["nobody+ext@mbx.test", "nobody@mbx.test", "@mbx.test"] {
                    #expect(try client.lookup(table, key) == .notFound)
                }
            }
            try ask()
            let sent = try mapmux.statementsSent()
            for _ in 0..<20 { try ask() }
            #expect(try mapmux.statementsSent() == sent, "\(mapmux.log())")
        }

        @Test(
            "A reload drops what was kept of a table that has changed, and of no other; a flush drops what it names"
        )
        func reload() throws {
            let scene = try KeepingScene()
            let mapmux = try scene.daemon(["cache": "aliases=1h mailboxes=1h domains=1h"])
            let client = try mapmux.client()
            func ask() throws {
                for _ in 0..<3 {
                    #expect(try client.lookup("aliases", "hit@mbx.test") == .ok("user1@mbx.test"))
                    #expect(try client.lookup("mailboxes", "nobody@mbx.test") == .notFound)
                    #expect(try client.lookup("mailboxes", "user1@mbx.test") == .ok("mbx/user1/"))
                }
            }
            try ask()
            func expectStatements(_ count: Int, after body: () throws -> Void) throws {
                let sent = try mapmux.statementsSent()
                try body()
                try ask()
                #expect(try mapmux.statementsSent() - sent == count, "\(mapmux.log())")
            }
            func reload() throws {
                let logged = mapmux.log().count
                mapmux.signal(SIGHUP)
                try mapmux.waitForLog("reloaded", beyond: logged)
            }
            try expectStatements(0) {}
            try expectStatements(0) { try reload() }
            try expectStatements(2) {
                try scene.write("mailboxes", more: "expansion_limit = 10")
                try reload()
            }
            try expectStatements(1) {
                try scene.write("aliases", more: "expansion_limit = 10")
                try reload()
            }
            for (count, arguments) in [(1, ["mailboxes", "user1@mbx.test"]), (1, ["aliases"]), (3, [])] {
                try expectStatements(count) {
                    let flushed = try mapmux.run("flush", arguments)
                    #expect(flushed.status == 0, "\(flushed.stderr)")
                }
            }
        }

        @Test(
            "An answer that is under way at a reload or a flush is not kept", arguments: ["reload", "flush"])
        func underWay(_ event: String) throws {
            let scene = try KeepingScene()
            let mapmux = try scene.daemon([
                "cache": "aliases=1h", "lookup_timeout": "10m", "query_timeout": "5m",
            ])
            let (client, other) = (try mapmux.client(), try mapmux.client())
            #expect(try client.lookup("aliases", "hit@mbx.test") == .ok("user1@mbx.test"))
            var attempts = 0
            // What waits for the lock may be a preparation, and the query not be sent yet; and a query whose connection is given
            // up is sent again: then its answer is a later one.
            var isTelling = false
            while !isTelling && attempts < 20 {
                attempts += 1
                let key = "nobody\(attempts)@mbx.test"
                let resent = try mapmux.statistics().targets[0].retries
                let lock = try TableLock("aliases", cluster: scene.primary, database: KeepingScene.database)
                try client.send(SocketmapClient.request("aliases", Array(key.utf8)))
                try lock.waitForSomeone()
                let isUnderWay = try mapmux.statistics().targets[0].inFlight > 0
                if isUnderWay {
                    try happen(event, key, mapmux)
                    try waitUntil("the worker has taken notice") {
                        try other.lookup("domains", "mbx.test") == .ok("here")
                    }
                }
                try lock.release()
                #expect(try client.readReply() == .notFound)
                guard isUnderWay, try mapmux.statistics().targets[0].retries == resent else { continue }
                isTelling = true
                let hits = try mapmux.cacheFigures("aliases").hits
                #expect(try client.lookup("aliases", key) == .notFound)
                #expect(try mapmux.cacheFigures("aliases").hits == hits, "it was kept")
                #expect(try client.lookup("aliases", key) == .notFound)
                #expect(try mapmux.cacheFigures("aliases").hits == hits + 1, "nothing is kept any more")
            }
            #expect(isTelling, "no query was under way, and sent once, in \(attempts) attempts")
        }

        private func happen(_ event: String, _ key: String, _ mapmux: MapmuxProcess) throws {
            switch event {
            case "reload":
                let logged = mapmux.log().count
                mapmux.signal(SIGHUP)
                try mapmux.waitForLog("reloaded", beyond: logged)
            default: #expect(try mapmux.run("flush", ["aliases", key]).status == 0)
            }
        }
    }
}
