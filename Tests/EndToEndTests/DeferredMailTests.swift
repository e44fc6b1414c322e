// Mail that Postfix takes or has while the database is down is kept, and none of it bounces.

import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("In the place of proxymap, with mail under way", .serialized)
    struct DeferredMailTests {
        /// Without virtual(8), which asks PostgreSQL itself, and with Postfix 3.7 only once a minute after a failure.
        private static let letters = Letter.all.filter { letter in
            !letter.outcomes.contains { $0.contains(" virtual ") }
        }

        /// Sends mail on until all of it has arrived, and compares that with where it belongs.
        private func expectDelivery(of letters: [Letter], by server: MailServer) throws {
            let expected = letters.flatMap(\.outcomes).sorted()
            try waitUntil("everything has arrived", within: 120) {
                try server.postfix.retryEverything()
                return try settled(server).count >= expected.count && server.postfix.queueIsEmpty()
            }
            #expect(settled(server) == expected, "\(server.logs())")
            #expect(try Letter.files(in: server.postfix) == letters.flatMap(\.files).sorted())
        }

        /// The deliveries in the log but for those that will be tried again.
        private func settled(_ server: MailServer) -> [String] {
            Letter.outcomes(in: server.postfix).filter { !$0.hasSuffix(" 4.3.0") }
        }

        @Test("sendmail is called while PostgreSQL is down: the mail stays, and arrives afterwards")
        func injected() throws {
            #expect(Self.letters.count >= 7)
            let site = try MailSite()
            let server = try MailServer(.mapmux, site: site)
            try site.cluster.stop()
            for letter in Self.letters {
                try server.postfix.inject(
                    from: "nobody@local.test", to: [letter.recipient], subject: "A letter")
            }
            try waitUntil("Postfix has tried: \(server.logs())") {
                try server.postfix.retryEverything()
                return server.postfix.log().split(separator: "\n").count { line in
                    line.contains("virtual_alias_maps map lookup problem")
                } >= 2 * Self.letters.count
            }
            #expect(settled(server).isEmpty, "\(server.logs())")
            try site.cluster.start()
            try expectDelivery(of: Self.letters, by: server)
        }

        @Test("PostgreSQL goes down when the mail is in the queue: it stays, and arrives afterwards")
        func queued() throws {
            let site = try MailSite()
            let server = try MailServer(
                .mapmux, site: site,
                main: [
                    "smtpd_client_restrictions": "check_client_access static:HOLD",
                    "smtpd_recipient_restrictions": "", "smtpd_reject_unlisted_recipient": "no",
                ])
            let client = try server.postfix.client()
            _ = try client.command("EHLO client.test")
            for letter in Self.letters {
                for (command, reply) in [
                    ("MAIL FROM:<someone@outside.test>", "250"), ("RCPT TO:<\(letter.recipient)>", "250"),
                    ("DATA", "354"), ("Subject: A letter\r\n\r\nA line.\r\n.", "250"),
                ] {
                    let got = try client.command(command)
                    try #require(got.last?.hasPrefix(reply) == true, "\(got) \(server.logs())")
                }
            }
            try site.cluster.stop()
            try server.postfix.releaseHeldMail()
            try waitUntil("Postfix has tried: \(server.logs())") {
                try server.postfix.retryEverything()
                return Letter.outcomes(in: server.postfix).count >= Self.letters.count
            }
            #expect(settled(server).isEmpty, "\(server.logs())")
            try site.cluster.start()
            try expectDelivery(of: Self.letters, by: server)
        }
    }
}
