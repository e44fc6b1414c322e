// A Postfix that rewrites addresses by tables, and what it makes of messages.

import Foundation
import LookupSearch
import TestSupport
import ThrowawayServers

final class RewritingScene {
    /// What has become of an address, as a sender, a recipient, and in a header.
    typealias Result = [String]

    private let postfix: PostfixInstance
    private let recorder: ProxymapRecorder

    /// - Parameter answers: the values of each parameter's table by their keys.
    init(_ answers: [String: [String: String]], propagating classes: String) throws {
        var main = [
            "proxymap_service_name": "recorder", "recipient_delimiter": "+",
            "propagate_unmatched_extensions": classes,
            "myorigin": "origin.test", "mydestination": "local.test",
            "local_header_rewrite_clients": "static:all",
            "mynetworks": "127.0.0.0/8", "smtpd_reject_unlisted_recipient": "no",
            "smtpd_relay_restrictions": "permit_mynetworks, reject",
            "smtpd_data_restrictions": "check_client_access static:HOLD",
        ]
        for parameter in answers.keys { main[parameter] = "proxy:\(SearchSetting.table(parameter, 1))" }
        postfix = try PostfixInstance(parameters: main)
        recorder = try ProxymapRecorder(
            path: postfix.privateSocket("recorder"),
            answers: Dictionary(
                uniqueKeysWithValues: answers.map { (SearchSetting.table($0, 1), $1) }))
        try postfix.start()
    }

    /// Sends a message from each address to itself.
    func results(of addresses: [String]) throws -> [Result] {
        let client = try postfix.client()
        _ = try client.command("EHLO client.test")
        var results: [Result] = []
        var queued: [String: Int] = [:]
        for (number, address) in addresses.enumerated() {
            _ = try client.command("MAIL FROM:<\(address)> SMTPUTF8")
            let taken = try client.command("RCPT TO:<\(address)>").last ?? ""
            guard taken.hasPrefix("250") else {
                results.append([taken])
                _ = try client.command("RSET")
                continue
            }
            _ = try client.command("DATA")
            let reply =
                try client.command("From: \(address)\r\nTo: A name <\(address)>\r\n\r\nA line.\r\n.").last
                ?? ""
            let words = reply.split(separator: " ")
            if reply.hasPrefix("250"), let name = words.last {
                queued[String(name)] = number
                results.append([])
            } else {
                results.append([reply])
            }
        }
        for (name, lines) in try heldMail(Array(queued.keys)) { queued[name].map { results[$0] = lines } }
        return results
    }

    /// The addresses in each message, by the names of queue files.
    private func heldMail(_ names: [String]) throws -> [(String, [String])] {
        guard !names.isEmpty else { return [] }
        let printed = try run("postcat", ["-c", postfix.configurationDirectory, "-eh", "-q"] + names)
        guard printed.status == 0 else { throw SupportError("postcat: \(printed.stderr)") }
        var mail: [(String, [String])] = []
        var isAddresses = false
        for line in printed.text.split(separator: "\n") {
            if line.hasPrefix("*** ENVELOPE RECORDS ") {
                mail.append((String(line.split(separator: " ")[3].split(separator: "/").last ?? ""), []))
                continue
            }
            // Of a header, with the lines that continue it.
            if line.first?.isWhitespace != true {
                isAddresses = ["sender: ", "recipient: ", "From: ", "To: "].contains(where: line.hasPrefix)
            }
            if isAddresses { mail[mail.count - 1].1.append(String(line)) }
        }
        return mail
    }

    var log: String { String(postfix.log().suffix(3000)) }
}
