// A client of either protocol that has every answer judged: whose it is, how old, in which order, and how often it comes.

import Glibc

/// A lookup and what may be found.
package struct CheckedQuestion: Sendable {
    package let map: String
    package let key: String
    /// The key's number in the ledger; nil: nothing may ever be found.
    package let number: Int?
    /// What the table puts before the value.
    package let prefix: String

    package init(map: String, key: String, number: Int?, prefix: String = "") {
        self.map = map
        self.key = key
        self.number = number
        self.prefix = prefix
    }
}

/// What the database holds for a key: `box12.v7@store.example.net`.
package enum VersionedValue {
    private static let end = "@store.example.net"

    package static func text(key: Int, version: Int) -> String { "box\(key).v\(version)\(end)" }

    static func read(_ text: Substring) -> VersionLedger.Answer? {
        guard text.hasPrefix("box"), text.hasSuffix(end) else { return nil }
        let parts = text.dropFirst(3).dropLast(end.count).split(
            separator: ".v", omittingEmptySubsequences: false)
        guard parts.count == 2, let key = Int(parts[0]), let version = Int(parts[1]) else { return nil }
        return .version(version, ofKey: key)
    }
}

package final class CheckedClient {
    package enum Endpoint: Sendable {
        case socketmap(ProxyAddress)
        case proxymap(ProxyAddress)
    }

    /// What came of one request.
    package enum Event: Hashable, Sendable {
        case judged(VersionLedger.Verdict)
        case temporary
        /// Neither a value, nor not found, nor a temporary failure.
        case nonsense
        /// The connection was closed, or stayed silent, with this request unanswered.
        case lost
        /// Bytes came that nobody had asked for.
        case doubled
        case refused
    }

    private let endpoint: Endpoint
    private let ledger: VersionLedger
    private let timeLimit: Int
    private var socket: StreamSocket?
    private var buffer: [UInt8] = []
    private var hasGreeting = false

    /// - Parameter timeLimit: seconds after which an answer counts as lost.
    package init(_ endpoint: Endpoint, ledger: VersionLedger, timeLimit: Int = 60) {
        self.endpoint = endpoint
        self.ledger = ledger
        self.timeLimit = timeLimit
    }

    /// Asks all at once, and waits for the answers.
    ///
    /// - Parameter note: is given what came of each, and how long the answer took in nanoseconds; and a word about what
    ///   should not be.
    package func ask(
        _ questions: [CheckedQuestion], _ note: (Event, Int64, @autoclosure () -> String) -> Void
    ) {
        let start = ProxyClock.now()
        do {
            try connect()
        } catch {
            return note(.refused, 0, "\(error)")
        }
        let asked = ProxyClock.now()
        var answered = 0
        do {
            try socket?.send(questions.flatMap(request))
            while answered < questions.count {
                let question = questions[answered]
                let reply = try readReply()
                answered += 1
                let now = ProxyClock.now()
                let event = judge(reply, of: question, asked: asked, answered: now)
                let text = String(decoding: reply.prefix(200).map { $0 == 0 ? 46 : $0 }, as: UTF8.self)
                note(event, now - start, "\(question.map) \(question.key): \(event): \(text)")
            }
        } catch {
            disconnect()
            for question in questions[answered...] {
                note(.lost, ProxyClock.now() - asked, "\(question.map) \(question.key): lost: \(error)")
            }
            return
        }
        expectSilence(note)
    }

    /// Notes answers that came without a question. To be called after a pause, too.
    package func expectSilence(_ note: (Event, Int64, @autoclosure () -> String) -> Void) {
        guard let socket else { return }
        buffer += socket.readWithoutWaiting()
        if buffer.isEmpty { return }
        let text = String(decoding: buffer.prefix(200).map { $0 == 0 ? 46 : $0 }, as: UTF8.self)
        note(.doubled, 0, "unasked: \(text)")
        disconnect()
    }

    package func disconnect() {
        socket = nil
        buffer = []
        hasGreeting = false
    }

    private func connect() throws {
        guard socket == nil else { return }
        switch endpoint {
        case .socketmap(let address), .proxymap(let address):
            socket = try StreamSocket(to: address, timeLimit: timeLimit)
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
        switch endpoint {
        case .socketmap:
            return try readNetstring()
        case .proxymap:
            if !hasGreeting { _ = try readAttributes() }
            hasGreeting = true
            return try readAttributes()
        }
    }

    private func fill() throws {
        let bytes = try socket?.readSome() ?? []
        if bytes.isEmpty { throw StreamSocket.Failure.closed }
        buffer += bytes
    }

    private func readNetstring() throws -> [UInt8] {
        while true {
            if let colon = buffer.firstIndex(of: UInt8(ascii: ":")) {
                guard let length = Int(String(decoding: buffer[..<colon], as: UTF8.self)) else {
                    throw SupportError("no netstring")
                }
                if buffer.count > colon + 1 + length {
                    defer { buffer.removeFirst(colon + 2 + length) }
                    return Array(buffer[(colon + 1)..<(colon + 1 + length)])
                }
            } else if buffer.count > 8 {
                throw SupportError("no netstring")
            }
            try fill()
        }
    }

    /// An attribute list, which an empty name ends.
    private func readAttributes() throws -> [UInt8] {
        while true {
            var position = 0
            var isName = true
            while let end = buffer[position...].firstIndex(of: 0) {
                if isName && end == position {
                    defer { buffer.removeFirst(end + 1) }
                    return Array(buffer[..<end])
                }
                position = end + 1
                isName.toggle()
            }
            try fill()
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
            return .judged(ledger.judge(.notFound, about: number, asked: asked, answered: answered))
        }
        let text = String(decoding: value, as: UTF8.self)
        guard let number = question.number else { return .judged(.invented) }
        guard text.hasPrefix(question.prefix),
            let answer = VersionedValue.read(text.dropFirst(question.prefix.count))
        else {
            // The prefix has a key in it, too.
            return .judged(text.contains("box") ? .swapped : .invented)
        }
        return .judged(ledger.judge(answer, about: number, asked: asked, answered: answered))
    }
}
