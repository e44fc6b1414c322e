// Whether a load of checked clients counts each kind of error, seldom as it may be: a responder that errs now and then.

import Foundation
import Synchronization
import TestSupport
import Testing
import ThrowawayServers

@Suite("A checked load")
struct CheckedLoadTests {
    enum Error {
        case stale, swapped, notFound, foreign, double, drop, hush, permanent, temporary, late, close, reset
    }

    private static let keyCount = 50

    /// Answers truthfully, but for every twentieth request.
    private static func respond(_ socket: StreamSocket, _ error: Error?, _ count: borrowing Atomic<Int>)
        throws
    {
        var input: [UInt8] = []
        while true {
            let bytes = try socket.readSome()
            if bytes.isEmpty { return }
            input += bytes
            while let end = input.firstIndex(of: UInt8(ascii: ",")) {
                let request = String(decoding: input[..<end], as: UTF8.self)
                input.removeFirst(end + 1)
                guard let key = Int(request.split(separator: " ").last ?? "") else { return }
                let number = count.add(1, ordering: .relaxed).newValue
                try answer(key, error: number % 20 == 0 ? error : nil, to: socket)
            }
        }
    }

    private static func answer(_ key: Int, error: Error?, to socket: StreamSocket) throws {
        func send(_ text: String) throws { try socket.send(SocketmapClient.netstring(Array(text.utf8))) }
        let right = "OK \(VersionedValue.text(key: key, version: 2))"
        switch error {
        case nil: try send(right)
        case .stale: try send("OK \(VersionedValue.text(key: key, version: 1))")
        case .swapped: try send("OK \(VersionedValue.text(key: (key + 1) % keyCount, version: 2))")
        case .notFound: try send("NOTFOUND ")
        case .foreign: try send("OK somebody@example.net")
        case .double:
            try send(right)
            try send(right)
        case .drop:
            // What follows takes its place.
            break
        case .hush: _ = try socket.readSome()
        case .permanent: try send("PERM no")
        case .temporary: try send("TEMP no")
        case .late:
            usleep(300_000)
            try send(right)
        case .close: socket.closeAtOnce()
        case .reset:
            socket.resetAtEnd()
            socket.closeAtOnce()
        }
    }

    /// Has a load be answered so until it counts what it should, and returns the counts.
    ///
    /// - Parameter lateAfter: seconds.
    private func counts(
        _ error: Error?, lateAfter: Double = 60, mayEnd: Bool = false,
        until isEnough: (CheckedLoad.Counts) -> Bool
    ) throws -> CheckedLoad.Counts {
        let ledger = VersionLedger(keyCount: Self.keyCount)
        for key in 0..<Self.keyCount {
            ledger.begin(2, of: key, at: 1)
            ledger.complete(key, at: 2)
        }
        let count = Count()
        let server = try ScriptedServer { socket, _ in try Self.respond(socket, error, count.value) }
        let load = CheckedLoad(
            socketmap: (server.address, 4), proxymap: nil, ledger: ledger,
            lateAfter: Int64(lateAfter * 1e9), timeLimit: 2, seed: 1
        ) { random, _ in
            CheckedQuestion(map: "m", key: "\(random % Self.keyCount)", number: random % Self.keyCount)
        }
        load.allowEnds(mayEnd)
        defer { _ = try? load.stop() }
        try waitUntil("\(error.map { "\($0)" } ?? "no error") is counted: \(load.current)") {
            isEnough(load.current)
        }
        return try load.stop()
    }

    private final class Count: Sendable {
        let value = Atomic<Int>(0)
    }

    @Test("The truth is right")
    func truth() throws {
        let counts = try counts(nil) { $0.rightTotal > 200 }
        #expect(counts.faulty == 0 && counts.temporary == 0 && counts.examples.isEmpty)
        #expect(counts.answered == counts.rightTotal)
    }

    @Test(
        "Each error is counted as what it is",
        arguments: [
            (Error.stale, Event.judged(.stale)), (.swapped, .judged(.swapped)),
            (.notFound, .judged(.wronglyNotFound)), (.foreign, .judged(.invented)), (.double, .doubled),
            (.drop, .lost), (.hush, .lost), (.permanent, .nonsense), (.close, .lost), (.reset, .unread),
        ])
    func errors(_ error: Error, _ event: CheckedClient.Event) throws {
        let counts = try counts(error) { $0.number(of: event) > 0 }
        #expect(counts.faulty >= counts.number(of: event))
        #expect(!counts.examples.isEmpty)
        if error == .drop { #expect(counts.number(of: .judged(.swapped)) > 0) }
    }

    @Test("A temporary failure is counted, and is no faulty answer")
    func temporary() throws {
        let counts = try counts(.temporary) { $0.temporary > 0 }
        #expect(counts.faulty == 0 && !counts.temporaryExamples.isEmpty)
    }

    @Test("A right answer that is late is faulty")
    func late() throws {
        let counts = try counts(.late, lateAfter: 0.25) { $0.late > 0 }
        #expect(counts.faulty >= counts.late)
    }

    @Test("Where the daemon may end, what it had not read is asked again, but what it had read is lost")
    func mayEnd() throws {
        let reset = try counts(.reset, mayEnd: true) { $0.askedAgain > 3 }
        #expect(reset.faulty == 0)
        let closed = try counts(.close, mayEnd: true) { $0.number(of: .lost) > 0 }
        #expect(closed.faulty > 0)
    }
}

private typealias Event = CheckedClient.Event
