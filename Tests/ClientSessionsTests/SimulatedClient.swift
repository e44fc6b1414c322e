// A client that asks anything, and knows what it is owed: the model that sessions are held against.

import LookupValues
import Testing

@testable import ClientSessions

/// What a client has asked, and what it must be told.
struct AskedRequest {
    enum Expectation {
        /// These bytes.
        case fixed([UInt8])
        /// What the pool says.
        case lookup
        /// These bytes, and nothing after them.
        case last([UInt8])
    }

    let bytes: [UInt8]
    let expectation: Expectation
}

/// A protocol as its clients see it: requests and replies, written down apart from the program's own encoders.
struct Speech {
    let clientProtocol: ClientProtocol

    func randomRequest(mayBeBad: Bool, using random: inout SplitMix64) -> AskedRequest {
        let key = String(repeating: "k", count: .random(in: 0...40, using: &random))
        switch (clientProtocol, Int.random(in: 0..<(mayBeBad ? 42 : 40), using: &random)) {
        case (.socketmap, 0..<25):
            return AskedRequest(bytes: request("good", key), expectation: .lookup)
        case (.socketmap, 25..<38):
            return AskedRequest(
                bytes: request("m\(key)", "x y"), expectation: .fixed(netstring(unknown("m\(key)"))))
        case (.socketmap, 38..<40):
            let long = String(repeating: "l", count: .random(in: 10_001...30_000, using: &random))
            return AskedRequest(bytes: request("good", long), expectation: .fixed(netstring("NOTFOUND ")))
        case (.socketmap, _):
            return AskedRequest(
                bytes: Array("3:abc,".utf8),
                expectation: .last(netstring("TEMP the request has no blank after the map name")))
        case (.proxymap, 0..<25):
            return AskedRequest(bytes: list("lookup", ClientScene.table, ["key", key]), expectation: .lookup)
        case (.proxymap, 25..<30):
            return AskedRequest(
                bytes: list("lookup", "regexp:/other", ["key", key]),
                expectation: .fixed(list([("status", "2"), ("value", "")])))
        case (.proxymap, 30..<35):
            return AskedRequest(
                bytes: list("open", ClientScene.table, []),
                expectation: .fixed(list([("status", "0"), ("flags", "524369")])))
        case (.proxymap, 35..<39):
            return AskedRequest(
                bytes: list("delete", ClientScene.table, ["key", key]),
                expectation: .fixed(list([("status", "4")])))
        case (.proxymap, 39..<40):
            let long = String(repeating: "l", count: .random(in: 131_072...200_000, using: &random))
            return AskedRequest(
                bytes: list("lookup", ClientScene.table, ["key", long]),
                expectation: .fixed(list([("status", "1"), ("value", "")])))
        case (.proxymap, _):
            return AskedRequest(bytes: Array("request\0lookup\0chair\0x\0\0".utf8), expectation: .last([]))
        }
    }

    func reply(_ outcome: LookupOutcome) -> [UInt8] {
        switch (clientProtocol, outcome) {
        case (.socketmap, .found(let value)): netstring("OK " + String(decoding: value, as: UTF8.self))
        case (.socketmap, .notFound): netstring("NOTFOUND ")
        case (.socketmap, .temporaryFailure(let reason)): netstring("TEMP \(reason)")
        case (.socketmap, .permanentFailure(let reason)): netstring("PERM \(reason)")
        case (.proxymap, .found(let value)):
            list([("status", "0"), ("value", String(decoding: value, as: UTF8.self))])
        case (.proxymap, .notFound): list([("status", "1"), ("value", "")])
        case (.proxymap, .temporaryFailure), (.proxymap, .permanentFailure):
            list([("status", "2"), ("value", "")])
        }
    }

    private func netstring(_ text: String) -> [UInt8] { Array("\(text.utf8.count):\(text),".utf8) }

    private func list(_ kind: String, _ table: String, _ more: [String]) -> [UInt8] {
        terminated(["request", kind, "table", table, "flags", "524353"] + more + [""])
    }

    private func list(_ attributes: [(String, String)]) -> [UInt8] {
        terminated(attributes.flatMap { [$0.0, $0.1] } + [""])
    }

    private func terminated(_ strings: [String]) -> [UInt8] {
        strings.flatMap { Array($0.utf8) + [0 as UInt8] }
    }
}

/// One client of a scene, and what it must be told.
final class SimulatedClient {
    let client: TestClient
    let speech: Speech
    private(set) var asked: [AskedRequest] = []
    private var outcomes: [Int: LookupOutcome] = [:]
    /// What has been asked and is not sent yet.
    private var unsent: [UInt8] = []
    private var sentCount = 0
    private(set) var isBad = false
    private(set) var hasEnded = false
    private(set) var isGone = false
    /// The number of its first request.
    let first: UInt32

    init(_ client: TestClient, _ speech: Speech, startingAt first: UInt32) {
        self.client = client
        self.speech = speech
        self.first = first
    }

    var wantsToAsk: Bool { !isBad && !hasEnded && !isGone }

    func ask(mayBeBad: Bool, using random: inout SplitMix64) {
        let next = speech.randomRequest(mayBeBad: mayBeBad, using: &random)
        asked.append(next)
        unsent += next.bytes
        if case .last = next.expectation { isBad = true }
    }

    /// Sends some of what was asked, whatever the boundaries.
    func send(using random: inout SplitMix64) {
        if hasEnded || isGone { return }
        let count = Int.random(in: 0...unsent.count, using: &random)
        client.write(unsent.prefix(count))
        unsent.removeFirst(count)
        sentCount += count
    }

    func sendAll() {
        if hasEnded || isGone { return }
        client.write(unsent)
        sentCount += unsent.count
        unsent = []
    }

    func end() {
        hasEnded = true
        client.finishSending()
    }

    func hangUp() {
        isGone = true
        client.hangUp()
    }

    func note(_ sequence: UInt32, _ outcome: LookupOutcome) { outcomes[Int(sequence &- first)] = outcome }

    /// What must be received, as far as the pool has said, of so many requests; and how much of that has been looked at.
    private var due: [UInt8] = []
    private var dueRequests = 0
    private var seen = 0

    /// Adds to what is due what the pool has said meanwhile.
    private func addDue() {
        while dueRequests < asked.count {
            switch asked[dueRequests].expectation {
            case .fixed(let reply), .last(let reply): due += reply
            case .lookup:
                guard let outcome = outcomes[dueRequests] else { return }
                due += speech.reply(outcome)
            }
            dueRequests += 1
        }
    }

    /// Whether the client has received nothing but what is due, and all of it before anything else.
    var isAnsweredRightly: Bool {
        addDue()
        guard client.received.count <= due.count else { return false }
        defer { seen = client.received.count }
        return client.received[seen...] == due[seen..<client.received.count]
    }

    /// Whether it has received all that is due.
    var isAnsweredInFull: Bool { isAnsweredRightly && client.received.count == due.count }

    /// Whether it has received all that is due of the requests that were sent whole.
    var isAnsweredWhatWasSent: Bool {
        var (end, length) = (0, 0)
        for (index, request) in asked.enumerated() {
            end += request.bytes.count
            if end > sentCount { break }
            switch request.expectation {
            case .fixed(let reply), .last(let reply): length += reply.count
            case .lookup: length += outcomes[index].map { speech.reply($0).count } ?? 0
            }
        }
        return isAnsweredRightly && client.received.count >= length
    }

    /// Whether the pool was asked for all that needs it.
    var isAllLookedUp: Bool {
        asked.indices.allSatisfy { index in
            if case .lookup = asked[index].expectation { outcomes[index] != nil } else { true }
        }
    }
}
