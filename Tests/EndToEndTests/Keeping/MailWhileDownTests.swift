// Mail that flows while every database is away, by what is kept.

import Glibc
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

/// How Postfix asks mapmux.
enum KeepingWay: String, CaseIterable, CustomTestStringConvertible {
    /// A question at a time, whose keys mapmux searches.
    case socketmap
    /// Key by key.
    case proxymap

    var testDescription: String { rawValue }
}

extension EndToEnd {
    @Suite("Mail while every database is away", .serialized)
    struct MailWhileDownTests {
        /// How long the databases are away, in seconds.
        private static let outage = 4.0

        /// main.cf and mapmux.conf with which mail flows: no table decides about other domains than those that are there, and
        /// mapmux knows what each map is for.
        ///
        /// - Parameter aliasDomains: virtual_alias_domains, in both.
        private func server(
            _ way: KeepingWay, _ scene: KeepingScene, aliasDomains: String = ""
        ) throws -> MailServer {
            func map(_ name: String) -> String {
                switch way {
                case .socketmap: "socketmap:unix:private/\(MailServer.socketmap):\(name)"
                case .proxymap: "proxy:\(scene.table(name))"
                }
            }
            return try MailServer(
                .mapmux, tables: try scene.writeTables(),
                main: [
                    "recipient_delimiter": "+", "mynetworks": "198.51.100.0/24",
                    "virtual_alias_domains": aliasDomains,
                    "virtual_alias_maps": map("aliases"), "virtual_mailbox_domains": map("domains"),
                    "virtual_mailbox_maps": map("mailboxes"), "transport_maps": map("transports"),
                    "virtual_transport": "sink:mbx",
                    "smtpd_relay_restrictions": "permit_mynetworks, reject_unauth_destination",
                ],
                parameters: KeepingScene.parameters.merging([
                    "map_parameters":
                        "aliases=virtual_alias_maps domains=virtual_mailbox_domains mailboxes=virtual_mailbox_maps "
                        + "transports=transport_maps",
                    "virtual_alias_domains": aliasDomains,
                    "stale_while_down": "aliases=1h domains=1h mailboxes=1h transports=1h",
                ]) { $1 })
        }

        /// Sends a message, and returns how the recipient was answered. A message that is refused later counts with that.
        private func send(to recipient: String, through server: MailServer) throws -> String {
            let client = try server.postfix.client()
            _ = try client.command("EHLO client.test")
            _ = try client.command("MAIL FROM:<someone@outside.test>")
            let reply = try client.command("RCPT TO:<\(recipient)>").last ?? ""
            guard reply.hasPrefix("250") else { return reply }
            _ = try client.command("DATA")
            return try client.command("Subject: A letter\r\n\r\nA line.\r\n.").last ?? ""
        }

        private func expect(
            _ code: String, to recipient: String, _ server: MailServer,
            _ location: SourceLocation = #_sourceLocation
        ) throws {
            let reply = try send(to: recipient, through: server)
            #expect(
                reply.hasPrefix(code), "\(recipient): \(reply) \(server.logs())", sourceLocation: location)
        }

        private func delivered(_ server: MailServer) throws -> Int {
            try Letter.files(in: server.postfix).count { $0 == "sink/mbx" }
        }

        @Test(
            "Who is known gets mail, who is not is told to come again, nothing bounces, and all is fresh afterwards",
            arguments: KeepingWay.allCases)
        func outage(_ way: KeepingWay) throws {
            let scene = try KeepingScene()
            let server = try server(way, scene)
            let mapmux = try #require(server.mapmux)
            // Key by key, Postfix is told nothing of a first key that is not there, and comes to no second one.
            let extended = way == .socketmap ? ["user1+ext@mbx.test", "hit+ext@mbx.test"] : []
            let known = ["user1@mbx.test", "user2@mbx.test", "hit@mbx.test"] + extended
            var sent = 0
            for recipient in known {
                try expect("250", to: recipient, server)
                sent += 1
            }
            try expect("550", to: "late@mbx.test", server)
            try expect("250", to: "moved@mbx.test", server)
            sent += 1
            try waitUntil("all of it has arrived: \(server.logs())") { try delivered(server) == sent }

            try scene.sql("INSERT INTO mailboxes VALUES ('late@mbx.test', 'mbx/late/')")
            try scene.primary.stop(.immediate)
            let clock = ContinuousClock()
            let end = clock.now.advanced(by: .seconds(Self.outage))
            repeat {
                for recipient in known {
                    try expect("250", to: recipient, server)
                    sent += 1
                }
                // One that was not there when it was asked for, and one that was never asked for.
                try expect("451", to: "late@mbx.test", server)
                try expect("451", to: "user9@mbx.test", server)
                try expect("451", to: "nobody@elsewhere.test", server)
                if way == .proxymap { try expect("451", to: "user1+ext@mbx.test", server) }
            } while clock.now < end
            try waitUntil("all of it has arrived: \(server.logs())") { try delivered(server) == sent }
            #expect(try mapmux.cacheFigures("mailboxes").stale > 0)

            try scene.primary.start()
            try scene.sql("UPDATE aliases SET goto = 'gone@mbx.test' WHERE address = 'moved@mbx.test'")
            try waitUntil("the database is asked: \(server.logs())") {
                try send(to: "late@mbx.test", through: server).hasPrefix("250")
            }
            let client = try SocketmapClient(path: server.postfix.privateSocket(MailServer.socketmap))
            try waitUntil("the alias is the new one") {
                try client.lookup("aliases", "moved@mbx.test") == .ok("gone@mbx.test")
            }
            for _ in 0..<50 {
                #expect(try client.lookup("aliases", "moved@mbx.test") == .ok("gone@mbx.test"))
            }
            try expect("550", to: "nobody@mbx.test", server)
            let log = server.postfix.log()
            #expect(!log.contains("status=bounced") && !log.contains(" dsn=5."), "\(server.logs())")
        }

        @Test(
            "An alias is made after it was kept as not found, and all databases go away: nobody is told that it does not exist",
            arguments: KeepingWay.allCases)
        func lateAlias(_ way: KeepingWay) throws {
            let scene = try KeepingScene()
            let server = try server(way, scene, aliasDomains: "alias.test")
            try expect("250", to: "hit@alias.test", server)
            try expect("550", to: "late@alias.test", server)
            try scene.sql("INSERT INTO aliases VALUES ('late@alias.test', 'user1@mbx.test')")
            try scene.primary.stop(.immediate)
            for _ in 0..<5 { try expect("451", to: "late@alias.test", server) }
            try scene.primary.start()
            try waitUntil("the alias is there: \(server.logs())") {
                try send(to: "late@alias.test", through: server).hasPrefix("250")
            }
        }
    }
}
