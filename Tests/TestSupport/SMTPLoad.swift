// SMTP clients that open one session after the other and check each reply, until they are told to stop.

import Glibc
import LookupValues
import Synchronization
import ThrowawayServers

package final class SMTPLoad: Sendable {
    package struct Recipient: Sendable {
        package let address: String
        /// How the reply must begin.
        package let expected: String

        package init(_ address: String, _ expected: String) {
            self.address = address
            self.expected = expected
        }
    }

    package struct Counts: Sendable {
        /// From the greeting to the reply to QUIT, with nothing unexpected between them.
        package var sessions = 0
        package var failedSessions = 0
        /// The first few of what should not be.
        package var examples: [String] = []
    }

    private let port: Int
    private let choose: @Sendable (Int) -> Recipient
    private let counts = Mutex(Counts())
    private let threads = LoadThreads()

    /// - Parameter choose: the recipient for a random number.
    package init(port: Int, clients: Int, choose: @escaping @Sendable (Int) -> Recipient) {
        self.port = port
        self.choose = choose
        for number in 0..<clients {
            threads.start { [self] in drive(seed: UInt64(number)) }
        }
    }

    package var current: Counts { counts.withLock { $0 } }

    /// Returns once `count` more sessions than now have ended.
    package func waitForSessions(_ count: Int) throws {
        let before = current
        try waitUntil("\(count) more sessions: \(current)", within: 240) {
            let now = current
            return now.sessions + now.failedSessions >= before.sessions + before.failedSessions + count
        }
    }

    /// Lets every client finish the session it is in.
    package func stop() throws -> Counts {
        try threads.stop(within: 240)
        return current
    }

    private func drive(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        while threads.goOn {
            do {
                let client = try SMTPClient(port: port)
                try expect("250", client.command("EHLO client.test"), to: "EHLO")
                for _ in 0..<2 {
                    try expect("250", client.command("MAIL FROM:<someone@outside.test>"), to: "MAIL")
                    for _ in 0..<4 {
                        let recipient = choose(Int(random.next() >> 33))
                        try expect(
                            recipient.expected, client.command("RCPT TO:<\(recipient.address)>"),
                            to: recipient.address)
                    }
                    try expect("250", client.command("RSET"), to: "RSET")
                }
                try expect("221", client.command("QUIT"), to: "QUIT")
                counts.withLock { $0.sessions += 1 }
            } catch {
                counts.withLock {
                    $0.failedSessions += 1
                    if $0.examples.count < 8 { $0.examples.append("\(error)") }
                }
                usleep(2000)
            }
        }
    }

    private func expect(_ expected: String, _ reply: [String], to command: String) throws {
        guard reply.last?.hasPrefix(expected) == true else {
            throw SupportError("\(command): expected \(expected), got \(reply)")
        }
    }
}
