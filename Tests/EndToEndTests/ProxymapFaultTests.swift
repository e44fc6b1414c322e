// Databases and daemons that come and go while SMTP sessions last, and many sessions at once.

import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("In the place of proxymap, under faults", .serialized)
    struct ProxymapFaultTests {
        private static let known = "250 2.1.5"
        private static let unknown = "550 5.1.1"

        /// Every kind of hit and miss, with addresses that Postfix has no memory of.
        @Sendable
        private static func recipient(_ random: Int) -> SMTPLoad.Recipient {
            let number = random / 16 % 1000
            return switch random % 8 {
            case 0: SMTPLoad.Recipient("u\(number)+x\(random)@mbx.test", known)
            case 1: SMTPLoad.Recipient("n\(random)@mbx.test", unknown)
            case 2: SMTPLoad.Recipient("n\(random)@catchall.test", known)
            case 3: SMTPLoad.Recipient("hit+x\(random)@alias.test", known)
            case 4: SMTPLoad.Recipient("n\(random)@relay.test", unknown)
            case 5: SMTPLoad.Recipient("n\(random)@elsewhere.test", "554 5.7.1")
            case 6: SMTPLoad.Recipient("n\(random)@any.test", known)
            default: SMTPLoad.Recipient("u\(number)@mbx.test", known)
            }
        }

        /// A session in the middle of a mail.
        private func session(_ server: MailServer) throws -> SMTPClient {
            let client = try server.postfix.client()
            _ = try client.command("EHLO client.test")
            let reply = try client.command("MAIL FROM:<someone@outside.test>")
            #expect(reply == ["250 2.1.0 Ok"], "\(server.logs())")
            return client
        }

        private func reply(_ client: SMTPClient, to recipient: String) throws -> String {
            try client.command("RCPT TO:<\(recipient)>").joined(separator: "\n")
        }

        /// Without access tables, whose failures come before everything else.
        private static let unrestricted = [
            "smtpd_client_restrictions": "", "smtpd_sender_restrictions": "",
            "smtpd_recipient_restrictions": "",
        ]

        @Test(
            "PostgreSQL stops during a session: 451 for every recipient, and the session lives",
            arguments: ProxymapService.allCases, [true, false])
        func outage(_ service: ProxymapService, accessTables: Bool) throws {
            let site = try MailSite()
            let server = try MailServer(service, site: site, main: accessTables ? [:] : Self.unrestricted)
            // What Postfix says where an access table fails, and where another does.
            let failure = accessTables ? "451 4.3.5 <" : "451 4.3.0 <"
            let client = try session(server)
            #expect(try reply(client, to: "u1@mbx.test").hasPrefix(Self.known), "\(server.logs())")
            #expect(try reply(client, to: "missing1@mbx.test").hasPrefix(Self.unknown), "\(server.logs())")
            let addresses = [
                "u2@mbx.test", "missing2@mbx.test", "hit+2@alias.test", "missing2@alias.test",
                "n2@catchall.test",
                "known@relay.test", "missing2@relay.test", "n2@any.test", "n2@elsewhere.test",
                "postbox@local.test",
                "no-such-user2@local.test",
            ]
            try site.cluster.stop()
            for address in addresses {
                let got = try reply(client, to: address)
                #expect(got.hasPrefix(failure), "\(got) \(server.logs())")
            }
            // A session that begins now fares the same.
            #expect(try reply(session(server), to: "u3@mbx.test").hasPrefix(failure), "\(server.logs())")
            #expect(try client.command("NOOP") == ["250 2.0.0 Ok"])

            switch service {
            case .own:
                // It holds the database for dead for a minute after a failure: nothing to wait for here.
                return
            case .mapmux: try site.cluster.start()
            }
            var attempts = 0
            try waitUntil("a recipient is accepted again") {
                // smtpd remembers how an address resolved, a failure too, and does not ask again.
                attempts += 1
                let got = try reply(client, to: "u4+\(attempts)@mbx.test")
                if got.hasPrefix("451 ") {
                    usleep(100_000)
                    return false
                }
                #expect(got.hasPrefix(Self.known), "\(got)")
                return true
            }
            // Several tables may come back one after the other; afterwards nothing fails any more.
            let after = [
                ("u5@mbx.test", Self.known), ("missing5@mbx.test", Self.unknown),
                ("n5@catchall.test", Self.known),
                ("missing5@relay.test", Self.unknown), ("n5@any.test", Self.known),
            ]
            for (address, expected) in after {
                let got = try reply(client, to: address)
                #expect(got.hasPrefix(expected), "\(got) \(server.logs())")
            }
            #expect(server.mapmux?.isRunning != false)
        }

        @Test(
            "The service is ended and started again under SMTP load: no session fails",
            arguments: ProxymapService.allCases)
        func restart(_ service: ProxymapService) throws {
            let server = try MailServer(service, site: MailSite(), handingSocket: true)
            let load = SMTPLoad(port: server.postfix.port, clients: 16, choose: Self.recipient)
            try load.waitForSessions(20)
            for signal in [SIGTERM, SIGTERM, SIGKILL, SIGTERM, SIGKILL] {
                try server.restartProxymap(with: signal)
                try load.waitForSessions(25)
            }
            let counts = try load.stop()
            #expect(counts.failedSessions == 0, "\(counts) \(server.logs())")
        }

        @Test(
            "500 sessions at once: PostgreSQL sees pool_size connections", arguments: ProxymapService.allCases
        )
        func manySessions(_ service: ProxymapService) throws {
            let site = try MailSite(maxConnections: 2000)
            let server = try MailServer(service, site: site)
            let clients = try (0..<500).map { _ in try server.postfix.client(awaitingGreeting: false) }
            var most = 0

            /// Sends something to all, and looks at PostgreSQL while they wait and when all have their replies.
            func everyone(_ expected: String, _ command: ((Int) -> String)?) throws {
                for (number, client) in clients.enumerated() {
                    if let command { try client.send(command(number)) }
                }
                most = max(most, try site.connections(of: service == .mapmux ? .mapmux : .others))
                for (number, client) in clients.enumerated() {
                    let reply = try client.readReply()
                    #expect(reply.last?.hasPrefix(expected) == true, "\(number): \(reply) \(server.logs())")
                }
                most = max(most, try site.connections(of: service == .mapmux ? .mapmux : .others))
            }

            try everyone("220", nil)
            try everyone("250") { "EHLO client\($0).test" }
            for round in 0..<2 {
                try everyone("250") { "MAIL FROM:<sender\($0)@outside\(round).test>" }
                try everyone(Self.known) { "RCPT TO:<u\($0)+\(round)@mbx.test>" }
                try everyone(Self.unknown) { "RCPT TO:<missing\($0)\(round)@mbx.test>" }
                try everyone(Self.known) { "RCPT TO:<n\($0)\(round)@catchall.test>" }
                try everyone(Self.unknown) { "RCPT TO:<n\($0)\(round)@relay.test>" }
                try everyone("554 5.7.1") { "RCPT TO:<n\($0)\(round)@elsewhere.test>" }
                try everyone("250") { _ in "RSET" }
            }
            print("500 SMTP sessions through \(service.testDescription): \(most) PostgreSQL connections")
            switch service {
            case .own: #expect(most > MailServer.poolSize)
            case .mapmux: #expect(most == MailServer.poolSize)
            }
        }
    }
}
