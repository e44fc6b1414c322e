// One SMTP session that hands over a message: replies in, commands out.

package struct MailDialogue {
    package enum Reaction: Equatable, Sendable {
        /// The reply is not whole yet.
        case wait
        case send([UInt8])
        /// All is said, and each reply was what it must be.
        case finished
        /// A reply that must not be.
        case failed(String)
    }

    private struct Step {
        /// How the reply to what was said before must begin.
        let expected: String
        /// What is said then.
        let command: String
    }

    /// A kilobyte, as short messages have it.
    private static let text =
        "Subject: a message\r\n\r\n" + String(repeating: "A line of text in a message.\r\n", count: 32)

    private let steps: [Step]
    private var next = 0
    private var line: [UInt8] = []

    /// XCLIENT has smtpd(8) take the session for one of the message's client; see Postfix's XCLIENT_README.
    package init(_ message: MailMix.Message) {
        var steps = [
            Step(
                expected: "220",
                command: "XCLIENT ADDR=\(message.clientAddress) NAME=\(message.clientName)"),
            Step(expected: "220", command: "EHLO \(message.clientName)"),
            Step(expected: "250", command: "MAIL FROM:<\(message.sender)>"),
        ]
        var expected = "250"
        for recipient in message.recipients {
            steps.append(Step(expected: expected, command: "RCPT TO:<\(recipient.address)>"))
            expected = recipient.delivered == nil ? "550" : "250"
        }
        steps.append(Step(expected: expected, command: "DATA"))
        steps.append(Step(expected: "354", command: "\(Self.text)."))
        steps.append(Step(expected: "250", command: "QUIT"))
        self.steps = steps
    }

    /// Takes what the server has sent.
    package mutating func receive(_ bytes: [UInt8]) -> Reaction {
        for byte in bytes {
            line.append(byte)
            guard byte == UInt8(ascii: "\n") else { continue }
            let text = String(decoding: line, as: UTF8.self)
            line.removeAll(keepingCapacity: true)
            // All lines but a reply's last have a hyphen after the code.
            if text.utf8.dropFirst(3).first == UInt8(ascii: "-") { continue }
            return react(to: text)
        }
        return .wait
    }

    private mutating func react(to reply: String) -> Reaction {
        guard next < steps.count else {
            return reply.hasPrefix("221") ? .finished : .failed("QUIT: \(reply)")
        }
        let step = steps[next]
        guard reply.hasPrefix(step.expected) else {
            let said = next == 0 ? "the connection" : steps[next - 1].command.prefix(100)
            return .failed("\(said): expected \(step.expected), got \(reply)")
        }
        next += 1
        return .send(Array("\(step.command)\r\n".utf8))
    }
}
