// Whether each fault of the fault proxy really happens, and whether it goes away again.

import Foundation
import TestSupport
import Testing
import ThrowawayServers

/// Sends back what it gets.
private func echo() throws -> ScriptedServer {
    try ScriptedServer { socket, _ in
        while true {
            let bytes = try socket.readSome()
            if bytes.isEmpty { return }
            try socket.send(bytes)
        }
    }
}

/// Says something at once, and then reads until the end.
private func speaker(_ bytes: [UInt8]) throws -> ScriptedServer {
    try ScriptedServer { socket, _ in
        try socket.send(bytes)
        while try !socket.readSome().isEmpty {}
    }
}

private func message(_ type: Character, _ body: String) -> [UInt8] {
    let length = UInt32(body.utf8.count + 4)
    return Array("\(type)".utf8) + withUnsafeLength(length) + Array(body.utf8)
}

private func withUnsafeLength(_ length: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) }
}

/// Everything up to the end of file.
private func readAll(_ socket: StreamSocket) throws -> [UInt8] {
    var all: [UInt8] = []
    while true {
        let some = try socket.readSome()
        if some.isEmpty { return all }
        all += some
    }
}

/// A connection through the proxy that has been seen to work.
private func connect(_ proxy: FaultProxy, timeLimit: Int = 60) throws -> StreamSocket {
    let client = try client(proxy, timeLimit: timeLimit)
    try client.send([1])
    #expect(try client.read(1) == [1])
    return client
}

private func client(_ proxy: FaultProxy, timeLimit: Int = 60) throws -> StreamSocket {
    let address =
        proxy.port.map { ProxyAddress.tcp($0) } ?? .unix("\(proxy.socketDirectory)/.s.PGSQL.5432")
    return try StreamSocket(to: address, timeLimit: timeLimit)
}

@Suite("Fault proxy")
struct FaultProxyTests {
    @Test("Without faults every byte passes, both ways, and so do the ends", arguments: [true, false])
    func plain(tcp: Bool) throws {
        let server = try echo()
        let proxy = try FaultProxy(to: server.address, tcp: tcp)
        let clients = try (0..<8).map { _ in try client(proxy) }
        let bytes = (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31 >> 3) }
        let threads = clients.map { client in
            let thread = Thread { try? client.send(bytes) }
            thread.start()
            return thread
        }
        for client in clients { #expect(try client.read(bytes.count) == bytes) }
        #expect(threads.count == 8)
        for client in clients { client.end() }
        try waitUntil("the server has seen the ends") { server.open == 0 && proxy.open.isEmpty }
        #expect(proxy.accepted == 8)

        let last = try connect(proxy)
        server.cut()
        #expect(try last.readSome().isEmpty)
    }

    @Test("A stalled connection takes bytes and passes nothing on, until the stall is lifted")
    func stall() throws {
        let server = try echo()
        let proxy = try FaultProxy(to: server.address)
        let stalled = try connect(proxy, timeLimit: 1)
        let other = try connect(proxy)
        proxy.set(.stalled, on: 1)
        try stalled.send([7, 8, 9])
        #expect(throws: StreamSocket.Failure.timedOut) { try stalled.readSome() }
        try other.send([5])
        #expect(try other.read(1) == [5])
        #expect(proxy.record(1)?.clientBytes == 4)
        proxy.lift()
        #expect(try stalled.read(3) == [7, 8, 9])
    }

    @Test("A half-open connection reads nothing, and its end is not told to the other side")
    func halfOpen() throws {
        let server = try echo()
        let proxy = try FaultProxy(to: server.address)
        let half = try connect(proxy, timeLimit: 1)
        proxy.set(.halfOpen, on: 1)
        try half.send([7])
        server.cut()
        #expect(throws: StreamSocket.Failure.timedOut) { try half.readSome() }
        #expect(proxy.record(1)?.clientBytes == 1)
        #expect(proxy.record(1)?.isClosed == false)
        proxy.lift()
        // The server's end is found now.
        #expect(throws: Never.self) { while try !half.readSome().isEmpty {} }
    }

    @Test("Who connects may be left in the backlog, left without a word, closed, or reset")
    func acceptance() throws {
        let server = try echo()
        let proxy = try FaultProxy(to: server.address)
        for acceptance in [ProxyFaults.Acceptance.never, .silent] {
            proxy.set(.accepting(acceptance))
            let before = proxy.accepted
            let waiting = try client(proxy, timeLimit: 1)
            try waiting.send([3])
            #expect(throws: StreamSocket.Failure.timedOut) { try waiting.readSome() }
            #expect(proxy.accepted == before + (acceptance == .never ? 0 : 1))
            proxy.lift()
            #expect(try waiting.read(1) == [3])
        }
        proxy.set(.accepting(.closing))
        #expect(try client(proxy).readSome().isEmpty)
        proxy.set(.accepting(.resetting))
        #expect(throws: StreamSocket.Failure.reset) { try client(proxy).readSome() }
        proxy.lift()
        _ = try connect(proxy)
    }

    @Test("A cut is an end of file, a reset an error; what was passed on before stays")
    func cutAndReset() throws {
        let server = try echo()
        let proxy = try FaultProxy(to: server.address)
        let cut = try connect(proxy)
        let reset = try connect(proxy)
        proxy.cut(1)
        #expect(try cut.readSome().isEmpty)
        try reset.send([4])
        #expect(try reset.read(1) == [4])
        proxy.reset()
        #expect(throws: StreamSocket.Failure.reset) { try reset.readSome() }
        try waitUntil("the server has seen both") { server.open == 0 }
    }

    @Test("A delay holds bytes back for its time, in order, and without losing any")
    func delay() throws {
        let server = try echo()
        let proxy = try FaultProxy(to: server.address)
        let delayed = try connect(proxy)
        proxy.set(.delayed(.milliseconds(100)))
        let start = ContinuousClock.now
        for number in 0..<50 { try delayed.send([UInt8(number)]) }
        #expect(try delayed.read(50) == (0..<50).map { UInt8($0) })
        // Once there and once back.
        #expect(ContinuousClock.now - start >= .milliseconds(195))
        proxy.lift()
        try delayed.send([1])
        #expect(try delayed.read(1) == [1])
    }

    @Test("Bytes arrive in pieces of the sizes asked for", arguments: [1...1, 3...7, 1000...1000])
    func pieces(_ sizes: ClosedRange<Int>) throws {
        let sent = (0..<5000).map { UInt8(truncatingIfNeeded: $0) }
        let server = try speaker(sent)
        let proxy = try FaultProxy(to: server.address, tcp: false)
        proxy.set(.pieces(sizes))
        let reader = try client(proxy)
        var got: [UInt8] = []
        var reads = 0
        while got.count < sent.count {
            got += try reader.readSome()
            reads += 1
        }
        #expect(got == sent)
        // A busy machine lets some pieces run together.
        #expect(reads > sent.count / sizes.upperBound / 4, "\(reads)")
    }

    @Test("A bandwidth limit holds")
    func bandwidth() throws {
        let server = try speaker([UInt8](repeating: 1, count: 20_000))
        let proxy = try FaultProxy(to: server.address)
        var faults = ProxyFaults.none
        faults.fromServer.bytesPerSecond = 40_000
        proxy.set(faults)
        let start = ContinuousClock.now
        #expect(try client(proxy).read(20_000).count == 20_000)
        #expect(ContinuousClock.now - start > .milliseconds(450))
    }

    @Test("Bytes are flipped, inserted and left out where that was asked for, however they are cut up")
    func corruption() throws {
        let server = try speaker(Array("0123456789abcdef".utf8))
        let proxy = try FaultProxy(to: server.address)
        for sizes in [nil, 1...1, 2...5] {
            var faults = ProxyFaults.corrupting([
                Corruption(offset: 0, .insert(Array("<".utf8))), Corruption(offset: 2, .flip(1)),
                Corruption(offset: 4, .drop(3)), Corruption(offset: 8, .insert(Array("--".utf8))),
                Corruption(offset: 15, .flip(0x20)),
            ])
            faults.fromServer.pieces = sizes.map { FlowFaults.Pieces(sizes: $0) }
            proxy.set(faults)
            let text = String(decoding: try client(proxy).read(16), as: UTF8.self)
            #expect(text == "<01337--89abcdeF")
        }
    }

    @Test("A message is garbled by its number")
    func corruptionByMessage() throws {
        let server = try speaker(Self.greeting)
        let proxy = try FaultProxy(to: server.address)
        for sizes in [nil, 1...1] {
            var faults = ProxyFaults.corrupting([
                Corruption(message: 2, offset: 0, .flip(0x20)),
                Corruption(message: 3, offset: 5, .insert([33])),
            ])
            faults.fromServer.pieces = sizes.map { FlowFaults.Pieces(sizes: $0) }
            proxy.set(faults)
            let expected =
                message("R", "auth") + message("s", "one")
                + Array(message("S", "two")[..<5]) + Array("!two".utf8) + message("Z", "I")
            #expect(try client(proxy).read(expected.count) == expected)
        }
    }

    private static let greeting =
        message("R", "auth") + message("S", "one") + message("S", "two") + message("Z", "I")

    @Test("A connection ends at any byte and between any two messages")
    func triggers() throws {
        let server = try speaker(Self.greeting)
        let proxy = try FaultProxy(to: server.address)
        // R is 9 bytes long, each S 8, Z 6.
        let ends: [(ProxyTrigger.Point, Int)] =
            (0...Self.greeting.count).map { (.afterBytes($0), $0) } + [
                (.before(1), 0), (.after(1), 9), (.before(2), 9), (.before(3), 17), (.after(3), 25),
                (.before(1, type: "S"), 9), (.before(2, type: "S"), 17), (.after(2, type: "S"), 25),
                (.before(1, type: "Z"), 25), (.after(1, type: "Z"), 31),
            ]
        for pieces in [nil, 1...1] {
            for (point, length) in ends {
                var faults = ProxyFaults.trigger(.cut, point, from: .server)
                faults.fromServer.pieces = pieces.map { FlowFaults.Pieces(sizes: $0, pause: .zero) }
                proxy.setForNext([faults])
                #expect(try readAll(client(proxy)) == Array(Self.greeting[..<length]), "\(point)")
            }
        }
        proxy.setForNext([.trigger(.reset, .after(1), from: .server)])
        #expect(throws: StreamSocket.Failure.reset) { _ = try readAll(client(proxy)) }
        for action in [ProxyTrigger.Action.stall, .halfOpen] {
            proxy.setForNext([.trigger(action, .after(1), from: .server)])
            let stalled = try client(proxy, timeLimit: 1)
            #expect(try stalled.read(9) == Array(Self.greeting[..<9]))
            #expect(throws: StreamSocket.Failure.timedOut) { try stalled.readSome() }
            proxy.lift()
            #expect(try stalled.read(22) == Array(Self.greeting[9...]))
        }
    }

    @Test(
        "The client's messages are told apart, from its startup packet on, and so is the reply about encryption"
    )
    func clientMessages() throws {
        let server = try ScriptedServer { socket, _ in
            _ = try socket.read(8)
            try socket.send(Array("N".utf8))
            try socket.send(Self.greeting)
            while try !socket.readSome().isEmpty {}
        }
        let proxy = try FaultProxy(to: server.address)
        let client = try client(proxy)
        let request = withUnsafeLength(8) + withUnsafeLength(80_877_103)
        let startup = withUnsafeLength(13) + withUnsafeLength(196_608) + Array("user\0".utf8)
        try client.send(request)
        #expect(try client.read(32) == Array("N".utf8) + Self.greeting)
        try client.send(startup + message("P", "select") + message("S", ""))
        try waitUntil("all has come") { proxy.record(1)?.clientBytes == 8 + 13 + 11 + 5 }
        let record = try #require(proxy.record(1))
        #expect(record.clientMessages.map(\.type) == ["\0", "\0", "P", "S"])
        #expect(record.clientMessages.map(\.offset) == [0, 8, 21, 32])
        #expect(record.serverMessages.map(\.type) == ["\0", "R", "S", "S", "Z"])
        #expect(record.serverMessages.map(\.offset) == [0, 1, 10, 18, 26])
    }

    @Test("Proxies that go leave neither threads nor sockets behind")
    func nothingLeft() throws {
        func count(_ what: String) -> Int {
            (try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/\(what)").count) ?? -1
        }
        let server = try echo()
        func use() throws {
            let proxy = try FaultProxy(to: server.address)
            for _ in 0..<5 { _ = try connect(proxy) }
            let left = try connect(proxy)
            proxy.set(.halfOpen)
            try left.send([1])
        }
        try use()
        let (threads, files) = (count("task"), count("fd"))
        for _ in 0..<40 { try use() }
        // Other tests run meanwhile.
        try waitUntil("no more threads and files than before: \(count("task")), \(count("fd"))") {
            count("task") < threads + 30 && count("fd") < files + 30
        }
    }
}
