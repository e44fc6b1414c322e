// What the measure of mails rests on: the messages, the sessions that bring them, what the log says of them, and the table.

import BenchmarkReport
import LoadEngine
import Testing

@Suite("Mails")
struct MailTests {
    private func messages(_ count: Int, seed: UInt64 = 1, addresses: Int = 10_000) -> [MailMix.Message] {
        var mix = MailMix(addresses: addresses)
        mix.begin(seed: seed)
        return (0..<count).map { _ in mix.next() }
    }

    @Test("A seed has the same messages each time, and another one others")
    func seeds() {
        #expect(messages(100) == messages(100))
        #expect(messages(100) != messages(100, seed: 2))
    }

    @Test(
        "Each message has one recipient that is known, and one in ten another one before it that must be refused"
    )
    func recipients() {
        let all = messages(10_000)
        for message in all {
            let known = message.recipients.map { $0.delivered != nil }
            #expect(known == [true] || known == [false, true])
        }
        #expect((900...1_100).contains(all.count { $0.recipients.count == 2 }))
    }

    @Test("An alias' mail goes to the mailbox four numbers on, with its extension; other mail stays as it is")
    func targets() throws {
        var aliases = 0
        var extensions = 0
        for message in messages(10_000) {
            let recipient = try #require(message.recipients.last)
            let parts = try #require(
                recipient.address.wholeMatch(of: #/user(\d+)(\+news)?@example(\d+)\.com/#)
            )
            let (number, domain) = (try #require(Int(parts.1)), try #require(Int(parts.3)))
            #expect(number % 100 == domain && number < 10_000)
            if parts.2 != nil { extensions += 1 }
            guard domain % 10 < 4 else {
                #expect(recipient.delivered == recipient.address)
                continue
            }
            aliases += 1
            let mark = parts.2.map(String.init) ?? ""
            #expect(
                recipient.delivered == "user\(number + 4)\(mark)@example\((number + 4) % 100).com")
        }
        #expect((3_000...6_000).contains(aliases) && (2_800...3_200).contains(extensions))
    }

    @Test("Each table stands in main.cf, in a parameter or a restriction")
    func main() {
        let lines = MailTable.main(nextHop: "[127.0.0.1]:1") { "<\($0.name)>" }
        for table in MailTable.allCases {
            let places = lines.filter { $0.value.contains("<\(table.name)>") }
            #expect(places.count == 1)
            #expect(
                places.keys.contains(table.parameter)
                    || places.values.contains { $0.contains(table.parameter) })
        }
    }

    // MARK: Sessions

    /// What is sent in answer to each reply.
    private func commands(_ replies: [String], _ message: MailMix.Message) -> [MailDialogue.Reaction] {
        var dialogue = MailDialogue(message)
        return replies.map { dialogue.receive(Array("\($0)\r\n".utf8)) }
    }

    private func message(refused: Bool) -> MailMix.Message {
        messages(1_000).first { ($0.recipients.count == 2) == refused }!
    }

    @Test("A session goes on with each right reply, and ends with the last")
    func session() {
        let message = message(refused: true)
        let replies = [
            "220 ready", "220 ready", "250-mail.test\r\n250 DSN", "250 ok", "550 unknown", "250 ok",
            "354 go on",
            "250 queued", "221 bye",
        ]
        let reactions = commands(replies, message)
        let verbs = reactions.map { reaction -> String in
            guard case .send(let bytes) = reaction else { return "\(reaction)" }
            return String(decoding: bytes.prefix { $0 != UInt8(ascii: " ") && $0 != 13 }, as: UTF8.self)
        }
        #expect(
            verbs == ["XCLIENT", "EHLO", "MAIL", "RCPT", "RCPT", "DATA", "Subject:", "QUIT", "finished"])
        guard case .send(let text) = reactions[6] else { return }
        #expect(String(decoding: text, as: UTF8.self).hasSuffix("\r\n.\r\n"))
    }

    @Test("A reply in pieces is waited for, and its last line decides")
    func pieces() {
        var dialogue = MailDialogue(message(refused: false))
        #expect(dialogue.receive(Array("220-one mom".utf8)) == .wait)
        #expect(dialogue.receive(Array("ent\r\n220 re".utf8)) == .wait)
        guard case .send = dialogue.receive(Array("ady\r\n".utf8)) else {
            Issue.record("nothing was sent")
            return
        }
    }

    @Test(
        "A wrong reply ends a session: a known recipient refused, an unknown one taken, mail not taken",
        arguments: [
            (false, ["220", "220", "250", "250", "450 later"]),
            (true, ["220", "220", "250", "250", "250 ok"]),
            (false, ["220", "220", "250", "250", "250", "354", "451 later"]),
            (false, ["220", "220", "250", "250", "250", "354", "250", "421 no"]),
        ])
    func wrongReplies(refused: Bool, replies: [String]) {
        let reactions = commands(replies, message(refused: refused))
        for reaction in reactions.dropLast() {
            guard case .send = reaction else {
                Issue.record("\(reaction)")
                return
            }
        }
        guard case .failed(let complaint)? = reactions.last else {
            Issue.record("\(reactions)")
            return
        }
        #expect(complaint.contains(replies.last!))
    }

    // MARK: Deliveries

    private let lines = """
        Jan 01 00:00:00 mail postfix/smtp[1]: 4A: to=<a+x@one.test>, orig_to=<b@two.test>, relay=127.0.0.1[127.0.0.1]:25, delay=0, status=sent (250 ok)
        Jan 01 00:00:00 mail postfix/qmgr[1]: 4A: from=<s@three.test>, size=1, nrcpt=1 (queue active)
        Jan 01 00:00:00 mail postfix/smtp[1]: 4B: to=<a+x@one.test>, relay=127.0.0.1[127.0.0.1]:25, status=sent (250 ok)
        Jan 01 00:00:00 mail postfix/smtp[1]: 4C: to=<c@one.test>, relay=none, status=deferred (unknown)

        """

    @Test("The log tells who has mail, in whatever pieces it comes", arguments: [1, 7, 100_000])
    func deliveries(size: Int) {
        var log = DeliveryLog()
        var rest = Array(lines.utf8)[...]
        while !rest.isEmpty {
            log.append(rest.prefix(size))
            rest = rest.dropFirst(size)
        }
        #expect(log.delivered == ["a+x@one.test", "a+x@one.test"])
        #expect(log.undelivered.count == 1 && log.undelivered[0].contains("status=deferred"))
    }

    @Test("Whoever has no mail, or another's, or too much of it, is complained about")
    func complaints() {
        var log = DeliveryLog()
        log.append(lines.utf8)
        let twice = ["a+x@one.test", "a+x@one.test"]
        #expect(log.complaints(expecting: twice).count == 1)
        #expect(log.complaints(expecting: twice + ["d@one.test"]).first == "d@one.test: no mail")
        #expect(log.complaints(expecting: ["a+x@one.test"]).first == "a+x@one.test: mail of another")
    }

    // MARK: The table

    @Test(
        "The table has a row for each cell, names the number of sessions once, and leaves out what was not measured"
    )
    func table() {
        func cell(_ contender: String, distance: Double = 0, watched: Bool) -> MailCell {
            let summary = MailSummary(
                mailsPerSecond: Spread([370, 380, 361]), rateOfStock: Spread([1.41]),
                lookups: watched ? Spread([52.04]) : nil, hits: watched ? Spread([0.8251]) : nil,
                roundTrips: watched ? Spread([20.96]) : nil,
                lookupMilliseconds: watched ? Spread([12.34]) : nil,
                lookupTimeOfStock: watched ? Spread([0.4]) : nil, frontMilliseconds: Spread([0.55]),
                databaseMilliseconds: Spread([1.2]), databaseOfMapmux: watched ? Spread([0.254]) : nil,
                processorOfStock: Spread([0.5]), connections: 4, delivered: 100, faults: watched ? 0 : 3)
            return MailCell(
                distance: distance, sessions: 20, contender: contender, title: contender, summary: summary,
                obstacle: nil)
        }
        let none = MailCell(
            distance: 0, sessions: 100, contender: "c", title: "c", summary: nil, obstacle: "does not run")
        let text = MailReport.table([
            cell("a", watched: true), cell("b", watched: false), none, cell("a", distance: 1, watched: true),
        ])
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "### Database on this machine")
        #expect(
            lines[3]
                == "| 20 | a | **370** (361 to 380) | 1.41 | 52.0 | 82.5 % | 21.0 | 12.3 | 0.40 | 0.55 | 1.20 | 0.25 | 0.50 | 4 |"
        )
        #expect(
            lines[4]
                == "|  | b (3 wrong) | **370** (361 to 380) | 1.41 |  |  |  |  |  | 0.55 | 1.20 |  | 0.50 | 4 |"
        )
        #expect(lines[5].hasPrefix("| 100 | c | does not run |"))
        #expect(lines[6] == "### Database 1 ms away")
        #expect(MailReport.place(0.5) == "Database 0.50 ms away")
        for line in lines where line.hasPrefix("|") { #expect(line.count { $0 == "|" } == 15) }
    }
}
