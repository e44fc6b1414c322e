// What a Postfix whose tables are searched has replied and delivered.

import Foundation
import ThrowawayServers

struct SearchRecord: Sendable {
    /// A text a dialogue: its title, and each exchange.
    let replies: [String]
    /// A text a delivery that was logged, sorted: recipient, address before aliases, service, status code.
    let deliveries: [String]
    /// A text a mail that arrived, sorted: how its file is called, and its header.
    let mails: [String]
    /// As `replies`, of the lookups that fail.
    let failures: [String]
    /// For the message of a failed expectation.
    let logs: String

    init(_ way: SearchWay, _ setting: SiteSetting, site: MailSite) throws {
        let searched = try SearchServer(way, setting, site: site)
        let postfix = searched.server.postfix

        func perform(_ dialogues: [SearchDialogue]) throws -> [String] {
            try dialogues.map { dialogue in
                let exchanges = try dialogue.dialogue.perform(on: postfix)
                return "\(dialogue.title): \(exchanges.map(\.description).joined(separator: "\n  "))"
            }
        }

        replies = try perform(SearchDialogues.all)
        try waitUntil("the queue is empty: \(searched.server.logs())") { try postfix.queueIsEmpty() }
        deliveries = Self.deliveries(in: postfix.log())
        mails = (try Self.kept(in: postfix) + searched.sink.mails().map(Self.comparable)).sorted()
        failures = try perform(SearchDialogues.failing)
        logs = searched.server.logs()
    }

    private static func deliveries(in log: String) -> [String] {
        log.split(separator: "\n").filter { $0.contains(" dsn=") }.compactMap { line in
            guard let start = line.range(of: " to=<"), let end = line.range(of: " (") else { return nil }
            // How long it took, and by which port, differs from run to run.
            return line[start.lowerBound..<end.lowerBound].split(separator: ", ")
                .filter { !$0.hasPrefix("delay") && !$0.contains("relay=127.0.0.1") }.joined(separator: ", ")
        }.sorted()
    }

    private static func kept(in postfix: PostfixInstance) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: postfix.sinkDirectory).map { name in
            let text = String(decoding: try readFile("\(postfix.sinkDirectory)/\(name)"), as: UTF8.self)
            return "\(name.dropLast(7))\n\(comparable(text))"
        }
    }

    /// A mail without what differs from run to run.
    private static func comparable(_ mail: String) -> String {
        var isLeftOut = false
        return mail.split(whereSeparator: \.isNewline).filter { line in
            // A line of a header goes on in those that begin with white space.
            if line.first?.isWhitespace == true { return !isLeftOut }
            isLeftOut =
                ["Received:", "Date:", "Message-Id:", "X-Client-Addr:", "From ", "X-Mail-Args:"]
                .contains { line.hasPrefix($0) } && !line.hasPrefix("X-Mail-Args: <")
            return !isLeftOut
        }.joined(separator: "\n")
    }
}
