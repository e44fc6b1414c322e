// A client of either protocol that has every answer judged: whose it is, how old, in which order, and how often it comes.

import Glibc
import ThrowawayServers

package final class CheckedClient {
    package enum Endpoint: Sendable {
        case socketmap(ProxyAddress)
        case proxymap(ProxyAddress)
    }

    /// What came of one request.
    package enum Event: Hashable, Sendable, CustomStringConvertible {
        case judged(VersionLedger.Verdict)
        case temporary
        /// Neither a value, nor not found, nor a temporary failure; or nothing of the protocol at all.
        case nonsense
        /// The request was read and the connection closed, or it stayed silent.
        case lost
        /// The connection was closed with this request unread: it may be asked again.
        case unread
        /// Bytes came that nobody had asked for.
        case doubled
        case refused

        package var description: String {
            switch self {
            case .judged(let verdict): "\(verdict)"
            case .temporary: "temporary"
            case .nonsense: "nonsense"
            case .lost: "lost"
            case .unread: "unread"
            case .doubled: "doubled"
            case .refused: "refused"
            }
        }
    }

    private let endpoint: Endpoint
    private let ledger: VersionLedger
    private let editions: VersionLedger?
    private let timeLimit: Int
    private var socket: StreamSocket?
    private var reader = ReplyReader()
    private var hasGreeting = false
    /// How much older than its question an answer that was kept has been at most, by how old it might have been; in
    /// nanoseconds.
    package private(set) var largestAges: [Int64: Int64] = [:]

    /// - Parameters:
    ///   - editions: when which edition of a table could be asked: see `CheckedQuestion.edition`.
    ///   - timeLimit: seconds after which an answer counts as lost.
    package init(
        _ endpoint: Endpoint, ledger: VersionLedger, editions: VersionLedger? = nil, timeLimit: Int = 60
    ) {
        self.endpoint = endpoint
        self.ledger = ledger
        self.editions = editions
        self.timeLimit = timeLimit
    }

    /// Asks all at once, and waits for the answers.
    ///
    /// - Parameters:
    ///   - readAhead: nanoseconds that an answer may be older than its question.
    ///   - note: is given what came of each, and how long the answer took in nanoseconds; and a word about what should not
    ///     be.
    package func ask(
        _ questions: [CheckedQuestion], readAhead: Int64 = 0,
        _ note: (Event, Int64, @autoclosure () -> String) -> Void
    ) {
        let start = TestClock.now()
        do {
            try connect()
        } catch {
            return note(.refused, 0, "\(error)")
        }
        let sent = TestClock.now()
        let asked = sent - readAhead
        var answered = 0
        do {
            try send(questions.flatMap(request))
            while answered < questions.count {
                let question = questions[answered]
                let reply = try readReply()
                answered += 1
                let now = TestClock.now()
                let event = judge(reply, of: question, asked: asked, answered: now)
                let text = String(decoding: reply.prefix(200).map { $0 == 0 ? 46 : $0 }, as: UTF8.self)
                note(event, now - start, describe(event, question, text, asked: asked))
            }
        } catch {
            disconnect()
            let event = Self.event(for: error)
            for question in questions[answered...] {
                note(event, TestClock.now() - sent, "\(question.map) \(question.key): \(event): \(error)")
            }
            return
        }
        expectSilence(note)
    }

    private func describe(
        _ event: Event, _ question: CheckedQuestion, _ text: String, asked: Int64
    ) -> String {
        let start = "\(question.map) \(question.key): \(event): \(text)"
        guard case .judged = event, let number = question.number else { return start }
        return "\(start); \(ledger.history(of: number, asked: asked))"
    }

    /// Notes answers that came without a question. To be called after a pause, too.
    package func expectSilence(_ note: (Event, Int64, @autoclosure () -> String) -> Void) {
        guard let socket else { return }
        reader.take(socket.readWithoutWaiting())
        let unasked = reader.rest
        if unasked.isEmpty { return }
        let text = String(decoding: unasked.prefix(200).map { $0 == 0 ? 46 : $0 }, as: UTF8.self)
        note(.doubled, 0, "unasked: \(text)")
        disconnect()
    }

    /// What becomes of requests that are unanswered when the connection ends so. Who closes a socket without having read
    /// everything resets it, and a Unix-domain socket, too: see unix_release_sock() in Linux. End of file means that
    /// everything was read.
    private static func event(for error: any Error) -> Event {
        switch error {
        case StreamSocket.Failure.reset: .unread
        case Unsent.closed: .unread
        case is SupportError, is ReplyReader.Nonsense: .nonsense
        default: .lost
        }
    }

    /// The connection was closed before the request was sent.
    private enum Unsent: Error {
        case closed
    }

    package var isConnected: Bool { socket != nil }

    package func disconnect() {
        socket = nil
        reader = ReplyReader()
        hasGreeting = false
    }

    private func connect() throws {
        guard socket == nil else { return }
        switch endpoint {
        case .socketmap(let address), .proxymap(let address):
            socket = try StreamSocket(to: address, timeLimit: timeLimit)
        }
    }

    private func send(_ bytes: [UInt8]) throws {
        do {
            try socket?.send(bytes)
        } catch {
            throw error == .closed ? Unsent.closed : error
        }
    }

    private func request(_ question: CheckedQuestion) -> [UInt8] {
        switch endpoint {
        case .socketmap:
            return SocketmapClient.request(question.map, Array(question.key.utf8))
        case .proxymap:
            // What Postfix 3.7 says, and that the server is to fold.
            let attributes = [
                "request", "lookup", "table", question.map, "flags", "540737", "key", question.key, "",
            ]
            return attributes.flatMap { Array($0.utf8) + [0] }
        }
    }

    /// A reply without its frame.
    private func readReply() throws -> [UInt8] {
        guard let socket else { throw StreamSocket.Failure.closed }
        switch endpoint {
        case .socketmap:
            return try reader.netstring(from: socket)
        case .proxymap:
            if !hasGreeting {
                let greeting = try reader.attributes(from: socket)
                guard greeting == ["protocol", "proxymap_protocol"].map({ Array($0.utf8) }) else {
                    throw SupportError("no greeting")
                }
                hasGreeting = true
            }
            return try reader.attributes(from: socket).flatMap { $0 + [0] }
        }
    }

    private func judge(_ reply: [UInt8], of question: CheckedQuestion, asked: Int64, answered: Int64) -> Event
    {
        let value: [UInt8]?
        switch endpoint {
        case .socketmap:
            switch SocketmapReply(payload: reply) {
            case .ok(let bytes): value = bytes
            case .notFound: value = nil
            case .temp, .timeout: return .temporary
            case .perm, .other: return .nonsense
            }
        case .proxymap:
            let fields = reply.split(separator: 0, omittingEmptySubsequences: false).map {
                String(decoding: $0, as: UTF8.self)
            }
            guard fields.count == 5, fields[0] == "status", fields[2] == "value" else { return .nonsense }
            switch fields[1] {
            case "0": value = Array(fields[3].utf8)
            case "1": value = nil
            case "2": return .temporary
            default: return .nonsense
            }
        }
        guard let value else {
            guard let number = question.number else { return .judged(.right) }
            return .judged(judge(.notFound, to: question, number, asked: asked, answered: answered))
        }
        let text = String(decoding: value, as: UTF8.self)
        guard let number = question.number else { return .judged(.invented) }
        guard let found = question.read(text) else {
            // The prefix has a key in it, too.
            return .judged(text.contains("box") ? .swapped : .invented)
        }
        let verdict = judge(found.answer, to: question, number, asked: asked, answered: answered)
        guard verdict == .right, let table = question.edition, let editions else { return .judged(verdict) }
        let edition = VersionLedger.Answer.version(found.edition ?? 0, ofKey: table)
        return .judged(editions.judge(edition, about: table, asked: asked, answered: answered))
    }

    private func judge(
        _ answer: VersionLedger.Answer, to question: CheckedQuestion, _ number: Int, asked: Int64,
        answered: Int64
    ) -> VersionLedger.Verdict {
        let verdict = ledger.judge(answer, about: number, asked: asked - question.age, answered: answered)
        if verdict == .right, question.age > 0 {
            let age = ledger.age(of: answer, about: number, asked: asked, answered: answered)
            if age > 0 { largestAges[question.age] = max(largestAges[question.age] ?? 0, age) }
        }
        return verdict
    }
}
