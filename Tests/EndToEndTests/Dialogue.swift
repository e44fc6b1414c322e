// Performs a dialogue script against a server and records every line of every reply.

import Foundation
import TestSupport
import ThrowawayServers

struct Dialogue {
    struct Step {
        /// What the client says, or `client …` for a new connection. `MESSAGE` is a whole message, which is sent only if
        /// the server waits for it; its header is what follows, with `|` between the lines.
        let command: String
        /// How the reply's last line must begin.
        let expected: String
    }

    let steps: [Step]

    /// A dialogue whose replies are known to another server only.
    init(commands: [String]) {
        steps = commands.map { Step(command: $0, expected: "") }
    }

    /// - Parameter script: in the form of `DialogueScript`.
    init(script: String) throws {
        steps = try script.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            if line.hasPrefix("client ") { return Step(command: String(line), expected: "220 mail.test") }
            guard let arrow = line.range(of: " -> ") else { throw SupportError("no reply in \"\(line)\"") }
            return Step(
                command: String(line[..<arrow.lowerBound]), expected: String(line[arrow.upperBound...]))
        }
    }

    /// One step as it went: all lines of the reply.
    struct Exchange: Equatable, CustomStringConvertible {
        let command: String
        let reply: [String]

        var description: String { "\(command)\n    \(reply.joined(separator: "\n    "))" }
    }

    /// - Returns: an exchange a step. What differs from run to run, a queue file's name, is left out.
    func perform(on postfix: PostfixInstance) throws -> [Exchange] {
        var client: SMTPClient?
        var last = ""
        return try steps.map { step in
            if step.command.hasPrefix("client ") {
                let words = step.command.split(separator: " ").map(String.init)
                let fresh = try postfix.client()
                client = fresh
                let reply = try fresh.impersonate(
                    address: words[1], name: words[2], login: words.count > 3 ? words[3] : nil)
                return Exchange(command: step.command, reply: reply)
            }
            guard let client else { throw SupportError("the script begins without a client") }
            var text = step.command
            if text.hasPrefix("MESSAGE") {
                guard last.hasPrefix("354") else { return Exchange(command: step.command, reply: []) }
                text = message(header: text.dropFirst("MESSAGE ".count))
            }
            let reply = try client.command(text).map(withoutQueueName)
            last = reply.last ?? ""
            return Exchange(command: step.command, reply: reply)
        }
    }

    private func message(header: Substring) -> String {
        let lines = header.isEmpty ? ["Subject: A dialogue"] : header.split(separator: "|")
        return lines.map { "\($0)\r\n" }.joined() + "\r\nA line.\r\n."
    }

    /// The steps whose replies are not what the script says.
    func surprises(in exchanges: [Exchange]) -> [String] {
        zip(steps, exchanges).compactMap { step, exchange in
            exchange.reply.last?.hasPrefix(step.expected) == true
                ? nil : "expected \(step.expected): \(exchange)"
        }
    }
}

private func withoutQueueName(_ line: String) -> String {
    guard let mark = line.range(of: "queued as ") else { return line }
    return String(line[..<mark.upperBound])
}
