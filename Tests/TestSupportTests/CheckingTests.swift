// Whether the checks of the chaos run find what they are there for: responders that err on purpose.

import Synchronization
import TestSupport
import Testing
import ThrowawayServers

private typealias Event = CheckedClient.Event

@Suite("Checking answers")
struct CheckingTests {
    @Test("A version is right while it can be seen, and only then")
    func versions() {
        let ledger = VersionLedger(keyCount: 2)
        func judge(_ answer: VersionLedger.Answer, _ asked: Int64, _ answered: Int64) -> VersionLedger.Verdict
        {
            ledger.judge(answer, about: 1, asked: asked, answered: answered)
        }
        #expect(judge(.version(1, ofKey: 1), 10, 20) == .right)
        #expect(judge(.version(1, ofKey: 0), 10, 20) == .swapped)
        #expect(judge(.version(2, ofKey: 1), 10, 20) == .invented)
        #expect(judge(.notFound, 10, 20) == .wronglyNotFound)
        ledger.begin(2, of: 1, at: 100)
        // It is being written: either may be seen.
        #expect(judge(.version(1, ofKey: 1), 110, 120) == .right)
        #expect(judge(.version(2, ofKey: 1), 110, 120) == .right)
        #expect(judge(.version(2, ofKey: 1), 80, 99) == .invented)
        ledger.complete(1, at: 200)
        #expect(judge(.version(1, ofKey: 1), 190, 300) == .right)
        #expect(judge(.version(1, ofKey: 1), 201, 300) == .stale)
        #expect(judge(.version(2, ofKey: 1), 201, 300) == .right)
        ledger.begin(nil, of: 1, at: 400)
        #expect(judge(.notFound, 300, 399) == .wronglyNotFound)
        #expect(judge(.notFound, 300, 401) == .right)
        ledger.complete(1, at: 500)
        #expect(judge(.version(2, ofKey: 1), 501, 502) == .stale)
        ledger.begin(3, of: 1, at: 600)
        ledger.complete(1, at: 700)
        #expect(judge(.notFound, 650, 900) == .right)
        #expect(judge(.notFound, 701, 900) == .stale)
        for version in 4..<200 {
            ledger.begin(version, of: 1, at: Int64(version * 1000))
            ledger.complete(1, at: Int64(version * 1000 + 1))
        }
        // However many have followed.
        #expect(judge(.version(5, ofKey: 1), 5_500, 199_500) == .right)
        #expect(judge(.version(3, ofKey: 1), 190_000, 199_500) == .stale)
        #expect(judge(.version(1, ofKey: 0), 190_000, 199_500) == .swapped)
        // What is forgotten is stale all the same.
        for version in 200..<202 {
            ledger.begin(version, of: 1, at: Int64(version) * 1_000_000_000)
            ledger.complete(1, at: Int64(version) * 1_000_000_000)
        }
        #expect(judge(.version(5, ofKey: 1), 202_000_000_000, 203_000_000_000) == .stale)
    }

    @Test(
        "Each of several databases is held to what it has, while another lags, and to silence while it is out"
    )
    func severalDatabases() {
        let ledger = VersionLedger(keyCount: 1, databases: 2)
        func judge(_ version: Int, _ asked: Int64, _ answered: Int64) -> VersionLedger.Verdict {
            ledger.judge(.version(version, ofKey: 0), about: 0, asked: asked, answered: answered)
        }
        // The second database stays at version 1; the first one is written 2 and 3.
        let second = ledger.begin(2, of: 0, at: 100)
        ledger.complete(0, number: second, in: 0, at: 200)
        let third = ledger.begin(3, of: 0, at: 300)
        ledger.complete(0, number: third, in: 0, at: 400)
        #expect(judge(1, 500, 510) == .right)
        #expect(judge(3, 500, 510) == .right)
        // The second database may be anywhere on its way from 1 to 3, but only until it is known to have 2.
        #expect(judge(2, 500, 510) == .right)
        ledger.complete(0, number: second, in: 1, at: 600)
        #expect(judge(1, 601, 610) == .stale)
        ledger.complete(0, number: third, in: 1, at: 700)
        #expect(judge(2, 701, 710) == .stale)
        #expect(judge(2, 690, 710) == .right)
        // The first database goes on to 4, and then there is none but that.
        ledger.begin(4, of: 0, at: 800)
        ledger.complete(0, in: 0, at: 900)
        ledger.beginOutage(of: 1, at: 1000)
        #expect(judge(3, 999, 1100) == .right)
        #expect(judge(3, 1001, 1100) == .stale)
        #expect(judge(4, 1001, 1100) == .right)
        ledger.endOutage(of: 1, at: 2000)
        #expect(judge(3, 1001, 1999) == .stale)
        #expect(judge(3, 1001, 2001) == .right)
        #expect(judge(3, 2500, 2600) == .right)
    }

    @Test("An answer is as old as the last moment at which any database had it")
    func age() {
        let ledger = VersionLedger(keyCount: 1, databases: 2)
        func age(_ answer: VersionLedger.Answer) -> Int64 {
            ledger.age(of: answer, about: 0, asked: 500, answered: 600)
        }
        let second = ledger.begin(2, of: 0, at: 100)
        ledger.complete(0, number: second, in: 0, at: 200)
        #expect(age(.version(1, ofKey: 0)) == 0)
        ledger.complete(0, number: second, in: 1, at: 300)
        #expect(age(.version(1, ofKey: 0)) == 200)
        #expect(age(.version(2, ofKey: 0)) == 0)
        let gone = ledger.begin(nil, of: 0, at: 310)
        ledger.complete(0, number: gone, in: 0, at: 320)
        ledger.complete(0, number: gone, in: 1, at: 320)
        #expect(age(.version(2, ofKey: 0)) == 180)
        for at: Int64 in [400, 550] {
            ledger.complete(0, number: ledger.begin(at == 400 ? 3 : nil, of: 0, at: at), in: 0, at: at)
            ledger.complete(0, in: 1, at: at)
        }
        // It was away from 320 to 400, and is again since 550.
        #expect(age(.notFound) == 0)
    }

    @Test("An answer by an edition of a table that was replaced is stale, as is one of a value that was")
    func editions() throws {
        let editions = VersionLedger(keyCount: 1)
        editions.begin(2, of: 0, at: 1)
        editions.complete(0, at: 2)
        let value = VersionedValue.text(key: 1, version: 1)
        let server = try ScriptedServer { socket, _ in
            for end in ["#2", "#1", "#3", ""] {
                _ = try socket.readSome()
                try socket.send(SocketmapClient.netstring(Array("OK \(value)\(end)".utf8)))
            }
            _ = try socket.readSome()
        }
        let client = CheckedClient(
            .socketmap(server.address), ledger: VersionLedger(keyCount: 2), editions: editions, timeLimit: 10)
        var events: [Event] = []
        for _ in 0..<4 {
            client.ask([CheckedQuestion(map: "m", key: "k", number: 1, edition: 0)]) { event, _, _ in
                events.append(event)
            }
        }
        #expect(
            events == [
                .judged(.right), .judged(.stale), .judged(.invented), .judged(.swapped),
            ])
    }

    /// What comes of one question where a responder does this to it.
    private func event(_ respond: @escaping @Sendable (StreamSocket) throws -> Void) throws -> [Event] {
        let server = try ScriptedServer { socket, _ in try respond(socket) }
        let client = CheckedClient(
            .socketmap(server.address), ledger: VersionLedger(keyCount: 2), timeLimit: 10)
        var events: [Event] = []
        client.ask([CheckedQuestion(map: "m", key: "k", number: 1)]) { event, _, _ in events.append(event) }
        return events
    }

    @Test("A request that was read is lost with its connection; one that was not may be asked again")
    func ends() throws {
        let read = try event { socket in
            _ = try socket.readSome()
            socket.closeAtOnce()
        }
        #expect(read == [.lost])
        let unread = try event { socket in
            _ = try socket.read(1)
            socket.closeAtOnce()
        }
        #expect(unread == [.unread])
    }

    @Test(
        "What is no netstring is no answer",
        arguments: [
            "28:OK box1.v1@store.example.net;", "-3:OK ,", "+9:NOTFOUND ,", "OK box1.v1@store", "9;NOTFOUND ",
        ])
    func frames(_ text: String) throws {
        let events = try event { socket in
            _ = try socket.readSome()
            try socket.send(Array(text.utf8))
            _ = try socket.readSome()
        }
        #expect(events == [.nonsense])
    }

    /// What a responder does to the replies of one batch.
    private enum Error: CaseIterable {
        case none
        case swap
        case double
        case lose
        case stale
        case foreign
        case notFound
        case permanent
        case temporary
    }

    /// Asks three questions and tells what was noted.
    private func events(_ error: Error) throws -> [Event: Int] {
        let ledger = VersionLedger(keyCount: 10)
        ledger.begin(2, of: 1, at: 1)
        ledger.complete(1, at: 2)
        let server = try ScriptedServer { socket, _ in
            var bytes: [UInt8] = []
            while bytes.filter({ $0 == UInt8(ascii: ",") }).count < 3 { bytes += try socket.readSome() }
            func ok(_ text: String) -> [UInt8] { SocketmapClient.netstring(Array(text.utf8)) }
            let good = [1, 2, 3].map { ok("OK " + VersionedValue.text(key: $0, version: $0 == 1 ? 2 : 1)) }
            switch error {
            case .none: try socket.send(good[0] + good[1] + good[2])
            case .swap: try socket.send(good[1] + good[0] + good[2])
            case .double: try socket.send(good[0] + good[1] + good[2] + good[2])
            case .lose: try socket.send(good[0] + good[1])
            case .stale:
                try socket.send(ok("OK " + VersionedValue.text(key: 1, version: 1)) + good[1] + good[2])
            case .foreign: try socket.send(good[0] + good[1] + ok("OK somebody@example.net"))
            case .notFound: try socket.send(good[0] + ok("NOTFOUND ") + good[2])
            case .permanent: try socket.send(good[0] + ok("PERM no") + good[2])
            case .temporary: try socket.send(good[0] + ok("TEMP no") + good[2])
            }
            // Some time for it to look; a lost answer is one of a closed connection.
            if error != .lose { while try !socket.readSome().isEmpty {} }
        }
        let client = CheckedClient(.socketmap(server.address), ledger: ledger, timeLimit: 10)
        var events: [Event: Int] = [:]
        let questions = (1...3).map { (number: Int) in
            CheckedQuestion(map: "m", key: "user\(number)", number: number)
        }
        client.ask(questions) { event, _, _ in events[event, default: 0] += 1 }
        if error == .double {
            try waitUntil("the second copy is there") {
                client.expectSilence { event, _, _ in events[event, default: 0] += 1 }
                return events[.doubled] != nil
            }
        }
        return events
    }

    @Test("Swapped, doubled, lost, stale, foreign answers and wrong words are told apart")
    func errors() throws {
        #expect(try events(.none) == [.judged(.right): 3])
        #expect(try events(.swap) == [.judged(.swapped): 2, .judged(.right): 1])
        #expect(try events(.double) == [.judged(.right): 3, .doubled: 1])
        #expect(try events(.lose) == [.judged(.right): 2, .lost: 1])
        #expect(try events(.stale) == [.judged(.stale): 1, .judged(.right): 2])
        #expect(try events(.foreign) == [.judged(.right): 2, .judged(.invented): 1])
        #expect(try events(.notFound) == [.judged(.right): 2, .judged(.wronglyNotFound): 1])
        #expect(try events(.permanent) == [.judged(.right): 2, .nonsense: 1])
        #expect(try events(.temporary) == [.judged(.right): 2, .temporary: 1])
    }

    @Test("Proxymap's replies are read and judged as well")
    func proxymap() throws {
        let ledger = VersionLedger(keyCount: 10)
        let replies = [
            "status.0.value.box1!v1@store!example!net..", "status.1.value...", "status.2.value...",
            "status.3.value...", "status.0.value.box2!v1@store!example!net..",
        ]
        let server = try ScriptedServer { socket, _ in
            func send(_ text: String) throws {
                try socket.send(
                    text.utf8.map {
                        $0 == UInt8(ascii: ".") ? 0 : $0 == UInt8(ascii: "!") ? UInt8(ascii: ".") : $0
                    })
            }
            try send("protocol.proxymap_protocol..")
            for reply in replies {
                _ = try socket.readSome()
                try send(reply)
            }
            _ = try socket.readSome()
        }
        let client = CheckedClient(.proxymap(server.address), ledger: ledger, timeLimit: 10)
        var events: [Event] = []
        for _ in replies {
            client.ask([CheckedQuestion(map: "m", key: "k", number: 1)]) { event, _, _ in events.append(event)
            }
        }
        let expected: [Event] = [
            .judged(.right), .judged(.wronglyNotFound), .temporary, .nonsense, .judged(.swapped),
        ]
        #expect(events == expected)
    }
}
