// Postfix behaves with mapmux in proxymap's place as it does with its own, reply by reply and mail by mail.

import Foundation
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("In the place of proxymap", .serialized)
    struct ProxymapTests {
        /// No test here changes it.
        private static let site = Result { try MailSite() }
        /// What Postfix replies with its own proxymap.
        private static let stockReplies = Result {
            try Dialogue(script: DialogueScript.text).perform(
                on: MailServer(.own, site: site.get()).postfix)
        }

        @Test("The dialogue is long, and Postfix with its own proxymap replies as the script says")
        func script() throws {
            let dialogue = try Dialogue(script: DialogueScript.text)
            let surprises = dialogue.surprises(in: try Self.stockReplies.get())
            #expect(surprises.isEmpty, "\(surprises.joined(separator: "\n"))")
            #expect(dialogue.steps.count >= 60)
        }

        @Test(
            "Every reply of an SMTP dialogue is the same, line by line",
            arguments: ProxymapService.allCases, [true, false])
        func dialogue(_ service: ProxymapService, chroot: Bool) throws {
            let dialogue = try Dialogue(script: DialogueScript.text)
            let expected = try Self.stockReplies.get()
            let site = try Self.site.get()
            let server = try MailServer(service, site: site, chroot: chroot)
            let got = try dialogue.perform(on: server.postfix)
            let differences = zip(expected, got).filter { $0 != $1 }
                .map { "expected \($0.description)\ngot \($1.reply.joined(separator: "\n    "))" }
            #expect(differences.isEmpty, "\(differences.joined(separator: "\n")) \(server.logs())")
            #expect(got.count == expected.count)
            // The second time nothing is new to any process.
            #expect(try dialogue.perform(on: server.postfix) == expected)
            // Of the server before this one, connections may take a moment to go.
            try waitUntil("\(service.testDescription) alone asks PostgreSQL", within: 120) {
                let mapmux = try site.connections(of: .mapmux)
                let others = try site.connections(of: .others)
                return switch service {
                case .own: mapmux == 0 && others > 0
                case .mapmux: mapmux == MailServer.poolSize && others == 0
                }
            }
        }

        @Test("Mail ends in the right place", arguments: ProxymapService.allCases)
        func delivery(_ service: ProxymapService) throws {
            let server = try MailServer(service, site: try Self.site.get())
            for (number, letter) in Letter.all.enumerated() {
                try server.postfix.inject(
                    from: "bounces@mbx.test", to: [letter.recipient], subject: "letter \(number)")
            }
            let expected = Letter.all.flatMap(\.outcomes).sorted()
            let files = Letter.all.flatMap(\.files).sorted()
            try waitUntil("everything is delivered: \(server.logs())") {
                Letter.outcomes(in: server.postfix).count >= expected.count
            }
            try waitUntil("the queue is empty: \(server.logs())") { try server.postfix.queueIsEmpty() }
            #expect(Letter.outcomes(in: server.postfix) == expected, "\(server.logs())")
            #expect(try Letter.files(in: server.postfix) == files, "\(server.logs())")
        }
    }
}
