// What the clients of a load share: the keys, the count of answers, and how long they took.

internal import EventLoop

/// A key that can be asked for, by its number.
package struct Question {
    let number: Int

    package init(number: Int) {
        self.number = number
    }

    package var key: String { "user\(number)@example\(number % 1_000).com" }
    /// Nil where nothing is to be found.
    package var value: String? {
        number % 50 == 0 ? nil : "mbox\(number)@store\(number % 10).example.net"
    }
    var reply: String { value.map { "OK \($0)" } ?? "NOTFOUND " }
}

package final class Load {
    private let map: String
    private let keys: Int
    private var unasked: Int
    private var clients = 0
    private var random: UInt64
    private var microseconds: [UInt32] = []
    private var buffer = [UInt8](repeating: 0, count: 65_536)
    package private(set) var found = 0
    package private(set) var notFound = 0
    /// Answers other than found and not found.
    package private(set) var failed = 0
    package private(set) var wrong = 0
    /// Questions whose connection ended instead of an answer.
    package private(set) var lost = 0

    /// - Parameter lookups: nil: until `stop`.
    package init(map: String, lookups: Int?, keys: Int, seed: UInt64) {
        self.map = map
        self.keys = keys
        unasked = lookups ?? .max
        random = seed | 1
        microseconds.reserveCapacity(lookups ?? 0)
    }

    /// Whether any client is still asking.
    package var isUnderWay: Bool { clients > 0 }

    /// Found and not found.
    package var right: Int { found + notFound }

    /// Has every client end with its next answer.
    package func stop() {
        unasked = 0
    }

    /// How long the answers took since the last call, in microseconds, in order.
    package func takeTimes() -> [UInt32] {
        defer { microseconds.removeAll(keepingCapacity: true) }
        return microseconds.sorted()
    }

    func nextQuestion() -> Question? {
        if unasked == 0 { return nil }
        unasked -= 1
        // xorshift64: the order of the keys matters to nobody, only that it is the same for the same seed.
        random ^= random << 13
        random ^= random >> 7
        random ^= random << 17
        return Question(number: 1 + Int(random % UInt64(keys)))
    }

    func request(for question: Question) -> [UInt8] {
        let payload = "\(map) \(question.key)"
        return Array("\(payload.utf8.count):\(payload),".utf8)
    }

    /// Receives what has come; false when the connection has ended.
    func read(from descriptor: Int32, into unread: inout [UInt8]) -> Bool {
        switch unsafe buffer.withUnsafeMutableBytes({ unsafe receive(from: descriptor, into: $0) }) {
        case .bytes(let count): unread += buffer[..<count]
        case .wouldBlock: break
        case .closed: return false
        }
        return true
    }

    func note(_ reply: ArraySlice<UInt8>, to question: Question, nanoseconds: Int64) {
        microseconds.append(UInt32(clamping: nanoseconds / 1_000))
        if reply.starts(with: "TEMP".utf8) || reply.starts(with: "PERM".utf8) {
            failed += 1
        } else if !reply.elementsEqual(question.reply.utf8) {
            wrong += 1
        } else if question.number % 50 == 0 {
            notFound += 1
        } else {
            found += 1
        }
    }

    func noteBegin() {
        clients += 1
    }

    /// A client asks no more, because all has been asked or because its connection has ended.
    func noteEnd(isLost: Bool) {
        clients -= 1
        if isLost { lost += 1 }
    }

    package func report(clients: Int, nanoseconds: Int64) -> String {
        microseconds.sort()
        func milliseconds(at part: Double) -> Double {
            guard !microseconds.isEmpty else { return 0 }
            let index = Int(part * Double(microseconds.count - 1))
            return (Double(microseconds[index]) / 10).rounded() / 100
        }
        let rate = Int(Double(microseconds.count) * 1e9 / Double(max(1, nanoseconds)))
        return """
            \(clients) clients, \(microseconds.count) lookups: \(rate)/s, p50 \(milliseconds(at: 0.5)) ms, \
            p99 \(milliseconds(at: 0.99)) ms; found \(found), not found \(notFound), failed \(failed), \
            wrong \(wrong), lost \(lost)
            """
    }
}
