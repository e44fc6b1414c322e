// A Postfix whose tables are all recorded, and what it is asked.

import LookupValues
import TestSupport
import ThrowawayServers

final class SearchScene {
    private let postfix: PostfixInstance
    private let recorder: ProxymapRecorder
    private(set) var walks: RecordedWalks
    /// What each question has brought, of tables that are searched or are not.
    private(set) var questions: [AskedKeys] = []
    private let patterns: Bool

    /// - Parameters:
    ///   - main: lines of main.cf that take the place of the setting's.
    ///   - services: lines of master.cf.
    ///   - patterns: whether Postfix does not search the tables, as it does not search those of socketmaps.
    init(
        _ setting: SearchSetting, main: [String: String] = [:], services: String = "", patterns: Bool = false
    ) throws {
        self.patterns = patterns
        walks = RecordedWalks(setting)
        postfix = try PostfixInstance(
            parameters: setting.main.merging(["proxymap_service_name": "recorder"]) { $1 }.merging(main) {
                $1
            },
            services: services)
        recorder = try ProxymapRecorder(
            path: postfix.privateSocket("recorder"), answers: setting.answers, patterns: patterns)
        try postfix.start()
    }

    var log: String { "\(postfix.log().suffix(3000))" }

    /// Has hosts ask for addresses, each as a sender and as a recipient. All is rejected in the end, by smtpd(8).
    func reject(_ addresses: [AddressSample], from hosts: [HostSample]) throws {
        var client = try postfix.client()
        for (number, recipient) in addresses.enumerated() {
            let sender = addresses[(number * 7 + 3) % addresses.count]
            let host = hosts[number / Self.questions % hosts.count]
            if number % Self.questions == 0 {
                client = try postfix.client()
                _ = try client.command(
                    "XCLIENT ADDR=\(host.address) NAME=\(host.name) REVERSE_NAME=\(host.reverseName) LOGIN=\(Self.login)"
                )
                _ = try client.command("EHLO \(host.helo)")
            }
            _ = try client.command("MAIL FROM:<\(sender.text)> SMTPUTF8")
            _ = try client.command("RCPT TO:<\(recipient.text)>")
            _ = try client.command("RSET")
            _ = try client.command("ETRN \(recipient.firstKeys[0].split(separator: "@").last ?? "")")
            note([sender, recipient], from: host, "\(host.address) <\(sender.text)> <\(recipient.text)>")
        }
    }

    /// How many addresses a host asks for on one connection.
    private static let questions = 4
    private static let login = "someone"

    private func note(_ addresses: [AddressSample], from host: HostSample? = nil, _ question: String) {
        var firstKeys = FirstKeys()
        for address in addresses { firstKeys.insert(address) }
        if let host { firstKeys.insert(host, login: Self.login) }
        let lookups = recorder.takeLookups()
        questions.append(AskedKeys(question, lookups))
        if !patterns { walks.read(lookups, firstKeys: firstKeys, about: question) }
    }

    /// Has mail between addresses accepted, in its envelope and its header, by cleanup(8). It stays there.
    func accept(_ addresses: [AddressSample]) throws {
        let client = try postfix.client()
        let host = try becomeTrusted(client)
        try send(addresses, on: client) { some in note(some, from: host, "\(some.map(\.text)) accepted") }
    }

    /// Sends messages from each some addresses to others.
    ///
    /// - Parameter done: is given the addresses of each.
    private func send(
        _ addresses: [AddressSample], on client: SMTPClient, done: ([AddressSample]) -> Void = { _ in }
    ) throws {
        for start in stride(from: 0, to: addresses.count, by: Self.recipients) {
            let recipients = Array(addresses[start..<min(start + Self.recipients, addresses.count)])
            let sender = addresses[(start * 7 + 3) % addresses.count]
            _ = try client.command("MAIL FROM:<\(start == 0 ? "" : sender.text)> SMTPUTF8")
            for recipient in recipients { _ = try client.command("RCPT TO:<\(recipient.text)>") }
            _ = try client.command("DATA")
            let list = recipients.dropFirst().map { "A name <\($0.text)>" }.joined(separator: ",\r\n ")
            let reply = try client.command("From: \(recipients[0].text)\r\nTo: \(list)\r\n\r\nA line.\r\n.")
            guard reply.last?.hasPrefix("250") == true else { throw SupportError("\(reply): \(log)") }
            done(recipients + [sender])
        }
    }

    /// How many recipients a message has.
    private static let recipients = 4

    private func becomeTrusted(_ client: SMTPClient) throws -> HostSample {
        let host = HostSample(
            address: SearchSetting.trustedClient, name: "trusted.test", reverseName: "trusted.test",
            helo: "trusted.test")
        _ = try client.command("XCLIENT ADDR=\(host.address) NAME=\(host.name)")
        _ = try client.command("EHLO \(host.helo)")
        return host
    }

    /// Has mail between addresses delivered by smtp(8), if the setting lets it go, and reads what that has asked for.
    ///
    /// - Parameter server: how the password of the server that takes it may be asked for.
    func deliver(_ addresses: [AddressSample], server: [String]) throws {
        let client = try postfix.client()
        _ = try becomeTrusted(client)
        try send(addresses, on: client)
        try waitUntil("all is delivered: \(log)", within: 120) { try postfix.queueIsEmpty() }
        var firstKeys = FirstKeys()
        for address in addresses { firstKeys.insert(address) }
        firstKeys.addresses.formUnion(server.map { Array($0.utf8) })
        walks.read(
            recorder.takeLookups().filter { $0.program == "smtp" }, firstKeys: firstKeys,
            about: "what is delivered")
    }
}
