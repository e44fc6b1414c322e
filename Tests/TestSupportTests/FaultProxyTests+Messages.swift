// Faults of the proxy that PostgreSQL's messages decide on: bytes garbled, connections ended at a byte or a message.

import TestSupport
import Testing
import ThrowawayServers

extension FaultProxyTests {
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
        let request = bigEndian(8) + bigEndian(80_877_103)
        let startup = bigEndian(13) + bigEndian(196_608) + Array("user\0".utf8)
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
}
