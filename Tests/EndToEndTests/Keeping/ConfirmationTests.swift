// What a standby does not have yet, and the primary does: nobody is told that it does not exist.

import Glibc
import Synchronization
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Not found, confirmed by the primary", .serialized)
    struct ConfirmationTests {
        private static let parameters = [
            "confirm_not_found": "yes", "map_parameters": "mailboxes=virtual_mailbox_maps",
        ]

        /// A primary and standbys that replay nothing any more; lookups go to these.
        private func paused(standbys: Int = 1) throws -> KeepingScene {
            let scene = try KeepingScene(standbys: Array(repeating: [:], count: standbys))
            for standby in scene.clusters.dropFirst() {
                try standby.psql("postgres", "SELECT pg_wal_replay_pause()")
            }
            return scene
        }

        private func expectOnStandbys(_ scene: KeepingScene) throws {
            for standby in scene.clusters.dropFirst() { #expect(try scene.connections(to: standby) > 0) }
        }

        private func makeMailboxes(_ range: ClosedRange<Int>, _ scene: KeepingScene) throws {
            try scene.sql(
                """
                INSERT INTO mailboxes SELECT 'new' || n || '@mbx.test', 'mbx/new' || n || '/'
                FROM generate_series(\(range.lowerBound), \(range.upperBound)) AS n
                """)
        }

        @Test("A mailbox is made, and its first mail sent at once, with a standby 5 s behind: it is accepted")
        func mail() throws {
            let scene = try KeepingScene(standbys: [["recovery_min_apply_delay": "5s"]])
            let map = "socketmap:unix:private/\(MailServer.socketmap):"
            let server = try MailServer(
                .mapmux, tables: try scene.writeTables(),
                main: [
                    "virtual_alias_domains": "", "virtual_alias_maps": "\(map)aliases",
                    "virtual_mailbox_domains": "\(map)domains",
                    "virtual_mailbox_maps": "\(map)mailboxes", "virtual_transport": "sink:mbx",
                    "smtpd_relay_restrictions": "reject_unauth_destination",
                ],
                parameters: KeepingScene.parameters.merging([
                    "confirm_not_found": "yes",
                    "map_parameters": """
                    domains=virtual_mailbox_domains mailboxes=virtual_mailbox_maps \
                    aliases=virtual_alias_maps
                    """,
                    "virtual_alias_domains": "",
                ]) { $1 })
            let client = try server.postfix.client()
            _ = try client.command("EHLO client.test")
            func recipient(_ address: String) throws -> String {
                _ = try client.command("MAIL FROM:<someone@outside.test>")
                let reply = try client.command("RCPT TO:<\(address)>").last ?? ""
                _ = try client.command("RSET")
                return reply
            }
            #expect(try recipient("user1@mbx.test").hasPrefix("250"), "\(server.logs())")
            try expectOnStandbys(scene)
            for number in 1...5 {
                try makeMailboxes(number...number, scene)
                let reply = try recipient("new\(number)@mbx.test")
                #expect(reply.hasPrefix("250"), "\(reply) \(server.logs())")
                try scene.sql("INSERT INTO aliases VALUES ('info\(number)@mbx.test', 'user1@mbx.test')")
                let alias = try recipient("info\(number)@mbx.test")
                #expect(alias.hasPrefix("250"), "\(alias) \(server.logs())")
            }
            try scene.sql("INSERT INTO domains VALUES ('new.test')")
            try scene.sql("INSERT INTO mailboxes VALUES ('user@new.test', 'new/')")
            let reply = try recipient("user@new.test")
            #expect(reply.hasPrefix("250"), "\(reply) \(server.logs())")
            #expect(try recipient("nobody@mbx.test").hasPrefix("550"), "\(server.logs())")
            try expectOnStandbys(scene)

            try makeMailboxes(6...6, scene)
            try scene.primary.stop(.immediate)
            #expect(try recipient("user2@mbx.test").hasPrefix("250"), "\(server.logs())")
            let late = try recipient("new6@mbx.test")
            #expect(late.hasPrefix("451"), "\(late) \(server.logs())")
        }

        @Test(
            "With the primary away, what no standby has fails temporarily, and what one has is found",
            arguments: [1, 2])
        func primaryAway(_ standbys: Int) throws {
            let scene = try paused(standbys: standbys)
            let mapmux = try scene.daemon(Self.parameters)
            let client = try mapmux.client()
            try makeMailboxes(1...1, scene)
            #expect(try client.lookup("mailboxes", "new1@mbx.test") == .ok("mbx/new1/"), "\(mapmux.log())")
            #expect(try client.lookup("mailboxes", "nobody@mbx.test") == .notFound)
            try scene.primary.stop(.immediate)
            for _ in 0..<3 {
                let reply = try client.lookup("mailboxes", "new1@mbx.test")
                #expect(reply.isTemporary, "\(reply) \(mapmux.log())")
                #expect(try client.lookup("mailboxes", "user1@mbx.test") == .ok("mbx/user1/"))
                // Postfix rejects nothing as this map does not have a key.
                #expect(try client.lookup("aliases", "nobody@mbx.test") == .notFound)
            }
            try scene.primary.start()
            try waitUntil("the primary is asked again: \(mapmux.log())") {
                try client.lookup("mailboxes", "new1@mbx.test") == .ok("mbx/new1/")
            }
        }

        @Test("If all hosts are standbys, what they say stands")
        func standbysOnly() throws {
            let scene = try paused(standbys: 2)
            try makeMailboxes(1...1, scene)
            let mapmux = try scene.daemon(Self.parameters, hosts: Array(scene.clusters.dropFirst()))
            let client = try mapmux.client()
            try waitUntil("both are connected to: \(mapmux.log())") {
                try scene.clusters.dropFirst().allSatisfy { try scene.connections(to: $0) > 0 }
            }
            #expect(try client.lookup("mailboxes", "new1@mbx.test") == .notFound, "\(mapmux.log())")
            #expect(try client.lookup("mailboxes", "user1@mbx.test") == .ok("mbx/user1/"))
        }

        @Test("Many clients that ask for the same at once are confirmed together")
        func together() throws {
            let scene = try paused()
            let mapmux = try scene.daemon(Self.parameters)
            let clients = try (0..<300).map { _ in try mapmux.client() }
            try makeMailboxes(1...1, scene)
            #expect(try clients[0].lookup("mailboxes", "new1@mbx.test") == .ok("mbx/new1/"))
            let before = try mapmux.statementsSent()
            for client in clients {
                try client.send(SocketmapClient.request("mailboxes", Array("new1@mbx.test".utf8)))
            }
            for client in clients { #expect(try client.readReply() == .ok("mbx/new1/")) }
            // In at most as many rounds as there are clients; each asks a standby and the primary, for two keys.
            #expect(try mapmux.statementsSent() - before < 2 * clients.count, "\(mapmux.log())")
        }

        @Test(
            "Of many keys at once, each that the standby lacks is confirmed",
            arguments: ["always", "auto", "no"])
        func many(_ batches: String) throws {
            let scene = try paused()
            let mapmux = try scene.daemon(Self.parameters.merging(["batch_statements": batches]) { $1 })
            let client = try mapmux.client()
            try makeMailboxes(1...200, scene)
            for _ in 0..<3 {
                let keys = (0..<600).map { number -> (String, SocketmapReply) in
                    switch number % 3 {
                    case 0: ("user\(number / 3 % 9 + 1)@mbx.test", .ok("mbx/user\(number / 3 % 9 + 1)/"))
                    case 1: ("new\(number / 3 + 1)@mbx.test", .ok("mbx/new\(number / 3 + 1)/"))
                    default: ("nobody\(number)@mbx.test", .notFound)
                    }
                }
                try client.send(
                    keys.flatMap { SocketmapClient.request("mailboxes", Array($0.0.utf8)) })
                for (key, expected) in keys {
                    let reply = try client.readReply()
                    #expect(reply == expected, "\(key) \(mapmux.log().suffix(1000))")
                }
            }
            try expectOnStandbys(scene)
        }

        @Test("A standby is promoted: its word stands within moments, and no connection is lost for that")
        func promotion() throws {
            let scene = try KeepingScene(standbys: [[:]])
            let mapmux = try scene.daemon(Self.parameters)
            let client = try mapmux.client()
            #expect(try client.lookup("mailboxes", "nobody@mbx.test") == .notFound, "\(mapmux.log())")
            try scene.primary.stop()
            #expect(try client.lookup("mailboxes", "nobody@mbx.test").isTemporary)
            try scene.clusters[1].psql("postgres", "SELECT pg_promote()")
            try waitUntil("the new primary's word stands: \(mapmux.log())") {
                #expect(try client.lookup("mailboxes", "user1@mbx.test") == .ok("mbx/user1/"))
                return try client.lookup("mailboxes", "nobody@mbx.test") == .notFound
            }
            // The former one comes back as a standby, and replays nothing.
            try scene.primary.becomeStandby(of: scene.clusters[1])
            try scene.primary.psql("postgres", "SELECT pg_wal_replay_pause()")
            try scene.clusters[1].psql(
                KeepingScene.database, "INSERT INTO mailboxes VALUES ('new@mbx.test', 'mbx/new/')")
            for _ in 0..<20 {
                #expect(try client.lookup("mailboxes", "new@mbx.test") == .ok("mbx/new/"), "\(mapmux.log())")
            }
        }
    }
}
