// Whether each fault of the fault proxy really happens, and whether it goes away again.

import Foundation
import TestSupport
import Testing
import ThrowawayServers

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
