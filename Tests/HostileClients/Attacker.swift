// A process of hostile clients.

import ArgumentParser
import EventLoop
import Foundation
import Glibc
import LoadEngine
import LookupValues
import TestSupport
import ThrowawayServers

struct Attacker: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "attack", abstract: "Be hostile until killed, for two minutes at most.")

    @Argument(help: "What to do.")
    var attack: Attack

    @Option(help: "The path of the socketmap endpoint.")
    var socketmap: String

    @Option(help: "The path of the proxymap endpoint.")
    var proxymap: String

    @Option(help: "A table that proxymap clients may name.")
    var table: String

    private static let end = MonotonicClock.now().advanced(byNanoseconds: 120_000_000_000)

    private var goesOn: Bool { MonotonicClock.now() < Self.end }

    func run() throws {
        _ = raiseDescriptorLimit()
        switch attack {
        case .slowWriters: try writeSlowly()
        case .slowAttributes: try endSlowly()
        case .neverReaders: try neverRead()
        case .connectAndClose: repeatedly(3_000) { _ in }
        case .connectAndStay: try stay(12_000, perSecond: 3_000)
        case .giantLengths: repeatedly(1_000) { $0.sendWithoutWaiting(Array("999999999:xxxxxxxxxxx".utf8)) }
        case .giantPayloads:
            let bytes = SocketmapClient.netstring([UInt8](repeating: 120, count: 100_000))
            repeatedly(300) { try? $0.send(bytes) }
        case .giantAttributes:
            let bytes = requestHead + [UInt8](repeating: 120, count: 200_000)
            repeatedly(300, to: proxymap) { try? $0.send(bytes) }
        case .pipelining: try pipeline { lookup($0) }
        case .unknownMaps: try pipeline { _ in Array("3:a b,".utf8) }
        case .halfClosed:
            var kept: [StreamSocket] = []
            repeatedly(1_000) { socket in
                socket.sendWithoutWaiting(lookup(kept.count))
                socket.finishSending()
                kept.append(socket)
                if kept.count == 2_000 { kept.removeFirst(1_000) }
            }
        case .vanishing:
            let bytes = (0..<100).flatMap { lookup($0) }
            repeatedly(300) { $0.sendWithoutWaiting(bytes) }
        case .idle: try stay(12_500, perSecond: 20_000)
        }
    }

    private func lookup(_ number: Int) -> [UInt8] {
        let key = Question(address: 1 + number % HostileSite.keyCount).key
        return SocketmapClient.request(HostileSite.plain, Array(key.utf8))
    }

    /// The beginning of a proxymap request, up to its key.
    private var requestHead: [UInt8] {
        ["request", "lookup", "table", table, "flags", "540737", "key"].flatMap { Array($0.utf8) + [0] }
    }

    /// To be called when the attack is fully under way.
    private func sayReady() {
        print("ready")
        fflush(nil)
    }

    /// Nil where no connection can be had: the daemon may refuse, and so may the kernel.
    private func connect(to path: String? = nil) -> StreamSocket? {
        try? StreamSocket(to: .unix(path ?? socketmap), timeLimit: 2)
    }

    private func repeatedly(_ rate: Int, to path: String? = nil, _ body: (StreamSocket) -> Void) {
        sayReady()
        var pace = Pace(perSecond: rate)
        while goesOn {
            if let socket = connect(to: path) { body(socket) }
            pace.wait()
        }
    }

    private func stay(_ count: Int, perSecond rate: Int) throws {
        if attack == .connectAndStay { sayReady() }
        var pace = Pace(perSecond: rate)
        var sockets: [StreamSocket] = []
        while sockets.count < count && goesOn {
            if let socket = connect() { sockets.append(socket) }
            pace.wait()
        }
        if attack == .idle { sayReady() }
        while goesOn { sleep(1) }
        withExtendedLifetime(sockets) {}
    }

    private func writeSlowly() throws {
        let sockets = (0..<5_000).compactMap { _ in connect() }
        let bytes = SocketmapClient.request(HostileSite.plain, [UInt8](repeating: 120, count: 10_000))
        var pace = Pace(perSecond: 10_000)
        sayReady()
        for byte in bytes.dropLast() {
            for socket in sockets where goesOn {
                socket.sendWithoutWaiting([byte])
                pace.wait()
            }
        }
    }

    private func endSlowly() throws {
        let sockets = (0..<200).compactMap { _ in connect(to: proxymap) }
        let bytes = requestHead + [UInt8](repeating: 120, count: 120_000)
        for socket in sockets { try? socket.send(bytes) }
        var pace = Pace(perSecond: 10_000)
        sayReady()
        while goesOn {
            for socket in sockets {
                socket.sendWithoutWaiting([120])
                pace.wait()
            }
        }
    }

    private func neverRead() throws {
        let sockets = (0..<1_000).compactMap { _ in connect() }
        let requests = (0..<20).flatMap { number in
            SocketmapClient.request(HostileSite.wide, Array("\(number)".utf8))
        }
        var offsets = [Int](repeating: 0, count: sockets.count)
        var pace = Pace(perSecond: 5_000)
        var isReady = false
        while goesOn {
            var taken = 0
            for (index, socket) in sockets.enumerated() {
                let sent = socket.sendWithoutWaiting(Array(requests[offsets[index]...]))
                offsets[index] = (offsets[index] + sent) % requests.count
                taken += sent
                pace.wait()
            }
            if taken == 0 && !isReady {
                isReady = true
                sayReady()
            }
        }
    }

    /// Asks as fast as the daemon takes it, and reads what it answers.
    private func pipeline(_ request: (Int) -> [UInt8]) throws {
        let sockets = (0..<20).compactMap { _ in connect() }
        let requests = (0..<20_000).flatMap(request)
        var offsets = [Int](repeating: 0, count: sockets.count)
        var pace = Pace(perSecond: 1_000)
        sayReady()
        while goesOn {
            for (index, socket) in sockets.enumerated() {
                let end = min(offsets[index] + 65_536, requests.count)
                let sent = socket.sendWithoutWaiting(Array(requests[offsets[index]..<end]))
                offsets[index] = (offsets[index] + sent) % requests.count
                _ = socket.readWithoutWaiting()
            }
            pace.wait()
        }
    }
}

/// Takes the processor's time and nothing else, as an attack does besides.
struct Burner: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "burn", abstract: "Use a share of a processor until killed, for two minutes at most.")

    @Option(help: "How much of one processor: 0.25, for instance.")
    var share: Double

    func run() throws {
        let end = MonotonicClock.now().nanoseconds + 120_000_000_000
        print("ready")
        fflush(nil)
        var now = MonotonicClock.now().nanoseconds
        while now < end {
            let busy = now + Int64(share * 5_000_000)
            while MonotonicClock.now().nanoseconds < busy {}
            usleep(UInt32(max(0, (1 - share) * 5_000)))
            now = MonotonicClock.now().nanoseconds
        }
    }
}
