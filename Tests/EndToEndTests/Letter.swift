// Letters for sendmail(1) to take, and where they must arrive.

import Foundation
import ThrowawayServers

struct Letter {
    let recipient: String
    /// As the log tells them: recipient, service, delivery status code.
    let outcomes: [String]
    /// The directories, below the instance's `mail`, that get a file each.
    let files: [String]

    private init(_ recipient: String, _ outcomes: String, files: String...) {
        self.recipient = recipient
        self.outcomes = outcomes.split(separator: ", ").map(String.init)
        self.files = files
    }

    /// A letter that cannot be delivered, and the notice that comes back for it.
    private static func bounced(_ recipient: String, _ outcome: String) -> Letter {
        Letter(recipient, "\(outcome), bounces@mbx.test virtual 2.0.0", files: "virtual/mbx/bounces/new")
    }

    static let all = [
        Letter("user1@mbx.test", "user1@mbx.test virtual 2.0.0", files: "virtual/mbx/user1/new"),
        Letter("user1+ext@mbx.test", "user1+ext@mbx.test virtual 2.0.0", files: "virtual/mbx/user1/new"),
        Letter(
            "user3+fixed@mbx.test", "user3+fixed@mbx.test virtual 2.0.0", files: "virtual/mbx/user3-fixed/new"
        ),
        Letter("anything@any.test", "anything@any.test virtual 2.0.0", files: "virtual/any/new"),
        Letter("hit+ext@alias.test", "user1+ext@mbx.test virtual 2.0.0", files: "virtual/mbx/user1/new"),
        Letter(
            "list@alias.test", "user1@mbx.test virtual 2.0.0, user2@mbx.test virtual 2.0.0",
            files: "virtual/mbx/user1/new", "virtual/mbx/user2/new"),
        Letter("chain@alias.test", "user1@mbx.test virtual 2.0.0", files: "virtual/mbx/user1/new"),
        Letter("o'brien@alias.test", "user2@mbx.test virtual 2.0.0", files: "virtual/mbx/user2/new"),
        Letter("named@catchall.test", "user1@mbx.test virtual 2.0.0", files: "virtual/mbx/user1/new"),
        Letter("unnamed@catchall.test", "user2@mbx.test virtual 2.0.0", files: "virtual/mbx/user2/new"),
        Letter("away@alias.test", "known@relay.test sink 2.0.0", files: "sink/relay"),
        Letter("forwarded@mbx.test", "known@relay.test sink 2.0.0", files: "sink/relay"),
        Letter("deep@sub.relay.test", "deep@sub.relay.test sink 2.0.0", files: "sink/subrelay"),
        Letter("whoever@secondary.test", "whoever@secondary.test sink 2.0.0", files: "sink/secondary"),
        Letter("special@mbx.test", "special@mbx.test sink 2.0.0", files: "sink/special"),
        Letter("home@alias.test", "nobody@local.test local 2.0.0", files: "spool/nobody/new"),
        Letter("nobody", "nobody@local.test local 2.0.0", files: "spool/nobody/new"),
        Letter(
            "postbox@local.test", "user1@mbx.test virtual 2.0.0, postbox@local.test local 2.0.0",
            files: "virtual/mbx/user1/new"),
        bounced("miss@alias.test", "miss@alias.test error 5.1.1"),
        bounced("nobody.here@mbx.test", "nobody.here@mbx.test virtual 5.1.1"),
        bounced("gone@mbx.test", "gone@mbx.test virtual 5.1.1"),
        bounced("nowhere@alias.test", "nobody.here@mbx.test virtual 5.1.1"),
        bounced("someone@dead.test", "someone@dead.test error 5.7.1"),
        bounced("no-such-user", "no-such-user@local.test local 5.1.1"),
    ]

    /// What the instance has logged about deliveries, sorted.
    static func outcomes(in postfix: PostfixInstance) -> [String] {
        postfix.log().split(separator: "\n").compactMap { line in
            guard let recipient = value(of: "to", in: line), let code = value(of: "dsn", in: line),
                let service = line.split(separator: "/").dropFirst().first?.prefix(while: { $0 != "[" })
            else { return nil }
            // The pipe service logs under its program's name; relay= has the name of the transport.
            let relay = service == "pipe" ? value(of: "relay", in: line) ?? "" : String(service)
            return "\(recipient.filter { $0 != "<" && $0 != ">" }) \(relay) \(code)"
        }.sorted()
    }

    private static func value(of name: String, in line: Substring) -> String? {
        guard let mark = line.range(of: " \(name)=") else { return nil }
        return String(line[mark.upperBound...].prefix { $0 != "," })
    }

    /// The directory of every file below the instance's `mail`, sorted; a sink's files count by their names' beginnings.
    static func files(in postfix: PostfixInstance) throws -> [String] {
        let root = "\(postfix.directory.path)/mail"
        return try FileManager.default.subpathsOfDirectory(atPath: root).filter { path in
            let attributes = try FileManager.default.attributesOfItem(atPath: "\(root)/\(path)")
            return attributes[.type] as? FileAttributeType == .typeRegular
        }.map { path in
            let parts = path.split(separator: "/")
            guard parts.first == "sink" else { return parts.dropLast().joined(separator: "/") }
            return "sink/\(parts[1].prefix { $0 != "." })"
        }.sorted()
    }
}
