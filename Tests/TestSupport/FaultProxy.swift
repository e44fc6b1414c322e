// A proxy between mapmux and PostgreSQL, in the test's own process, that does to connections what networks do.

import CLinux
import Foundation
import Glibc
import Synchronization
package import ThrowawayServers

/// Faults can be set and lifted at any time, from any thread, and hold when the call returns. One thread serves all
/// connections; it ends with the proxy.
package final class FaultProxy: Sendable {
    /// What is known of a connection, from 1 in the order of accepting.
    package struct Record: Equatable, Sendable {
        package let number: Int
        package let isClosed: Bool
        /// Bytes and messages that have come from each side, passed on or not.
        package let clientBytes: Int
        package let serverBytes: Int
        package let clientMessages: [ProxyMessage]
        package let serverMessages: [ProxyMessage]
    }

    /// The port of 127.0.0.1 where it listens; nil for a Unix-domain socket.
    package let port: Int?
    /// As a pgsql_table(5) file names the host.
    package var host: String { port.map { "inet:127.0.0.1:\($0)" } ?? "unix:\(directory.path)" }
    /// The directory of the Unix-domain socket, which has the default port.
    package var socketDirectory: String { directory.path }

    private let core: ProxyCore
    private let directory: TemporaryDirectory

    /// - Parameters:
    ///   - address: where PostgreSQL listens.
    ///   - tcp: whether to listen on a port of 127.0.0.1 instead of a Unix-domain socket.
    ///   - seed: of what faults leave to chance.
    package init(to address: ProxyAddress, tcp: Bool = true, seed: UInt64 = 1) throws {
        directory = try TemporaryDirectory()
        let listening: Int32
        if tcp {
            let made = try listenOnLoopback()
            listening = made.descriptor
            port = made.port
        } else {
            listening = try listenOnUnixSocket("\(directory.path)/.s.PGSQL.5432")
            port = nil
        }
        let core = try ProxyCore(address: address, listening: listening, seed: seed)
        self.core = core
        let thread = Thread { core.run() }
        thread.stackSize = 1 << 20
        thread.start()
    }

    package convenience init(before cluster: ThrowawayCluster, tcp: Bool = true, seed: UInt64 = 1) throws {
        let socket = ProxyAddress.unix("\(cluster.socketDirectory)/.s.PGSQL.5432")
        try self.init(to: cluster.port.map { .tcp($0) } ?? socket, tcp: tcp, seed: seed)
    }

    deinit {
        core.stop()
    }

    /// Sets the faults of all connections, present and future, in place of those that they had.
    package func set(_ faults: ProxyFaults) {
        core.change { state in
            state.faults = faults
            state.queued = []
            for connection in state.connections { connection.set(faults) }
        }
    }

    /// Sets the faults of one connection.
    package func set(_ faults: ProxyFaults, on number: Int) {
        core.change { state in
            for connection in state.connections where connection.number == number { connection.set(faults) }
        }
    }

    /// Gives the next connections these faults, one each, and those after them what is set for all.
    package func setForNext(_ faults: [ProxyFaults]) {
        core.change { $0.queued += faults }
    }

    /// Lifts all faults: what was held back goes on.
    package func lift() { set(.none) }

    /// Closes one connection, or all; what has not been passed on is lost.
    package func cut(_ number: Int? = nil) { end(number, resetting: false) }

    /// Resets one connection, or all: the peer of a TCP connection gets an error, not an end of file.
    package func reset(_ number: Int? = nil) { end(number, resetting: true) }

    private func end(_ number: Int?, resetting: Bool) {
        core.change { state in
            for connection in state.connections where number == nil || connection.number == number {
                connection.close(resetting: resetting)
            }
        }
    }

    /// The connections that are open, in the order of accepting.
    package var open: [Record] { core.change { $0.connections.map(Record.init) } }

    /// What is known of a connection, open or not; nil before it was accepted and long after it ended.
    package func record(_ number: Int) -> Record? {
        core.change { state in
            state.connections.first { $0.number == number }.map(Record.init)
                ?? state.ended.last { $0.number == number }
        }
    }

    /// How many connections were accepted.
    package var accepted: Int { core.change { $0.accepted } }
}

extension FaultProxy.Record {
    fileprivate init(_ connection: ProxyConnection) {
        number = connection.number
        isClosed = connection.isClosed
        clientBytes = connection.fromClient.total
        serverBytes = connection.fromServer.total
        clientMessages = connection.fromClient.messages
        serverMessages = connection.fromServer.messages
    }
}

/// The proxy's sockets and its thread, which outlive `FaultProxy` by a moment.
private final class ProxyCore: Sendable {
    struct State {
        var faults = ProxyFaults.none
        var queued: [ProxyFaults] = []
        var connections: [ProxyConnection] = []
        /// Those that have ended; the oldest are forgotten.
        var ended: [FaultProxy.Record] = []
        var accepted = 0
        var isStopping = false
    }

    private static let rememberedConnections = 64

    private let address: ProxyAddress
    private let listening: Int32
    private let seed: UInt64
    private let state = Mutex(State())
    /// A byte written to the one wakes the thread, which waits for the other.
    private let waker: Int32
    private let woken: Int32
    private let hasEnded = DispatchSemaphore(value: 0)

    init(address: ProxyAddress, listening: Int32, seed: UInt64) throws {
        self.address = address
        self.listening = listening
        self.seed = seed
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw SupportError("socketpair: \(errorText())")
        }
        waker = ends[0]
        woken = ends[1]
    }

    /// Reads or changes the state; the thread takes up what was changed.
    func change<R: Sendable>(_ body: @Sendable (inout State) -> R) -> R {
        let result = state.withLock { body(&$0) }
        _ = unsafe send(waker, [1], 1, Int32(MSG_NOSIGNAL))
        return result
    }

    /// Returns when the thread has closed everything.
    func stop() {
        change { $0.isStopping = true }
        hasEnded.wait()
        close(waker)
        close(woken)
    }

    func run() {
        var polled: [pollfd] = []
        while true {
            var wakeAt: Int64?
            let stops = state.withLock { state in
                if state.isStopping { return true }
                accept(&state)
                wakeAt = prepare(&state, &polled)
                return false
            }
            if stops { break }
            wait(&polled, until: wakeAt)
        }
        state.withLock { state in
            for connection in state.connections { connection.close() }
            state.connections = []
        }
        close(listening)
        hasEnded.signal()
    }

    /// Moves what can move, and says what to wait for and until when.
    private func prepare(_ state: inout State, _ polled: inout [pollfd]) -> Int64? {
        polled.removeAll(keepingCapacity: true)
        let accepts = state.faults.acceptance != .never || !state.queued.isEmpty
        polled.append(pollfd(fd: woken, events: Int16(POLLIN), revents: 0))
        polled.append(pollfd(fd: accepts ? listening : -1, events: Int16(POLLIN), revents: 0))
        var wakeAt: Int64?
        for connection in state.connections {
            connection.pump()
            if let wake = connection.wakeAt { wakeAt = min(wakeAt ?? wake, wake) }
            for side in [ProxySide.client, .server] {
                let events = connection.interest(in: side)
                guard events != 0 else { continue }
                let descriptor = side == .client ? connection.client : connection.server
                polled.append(pollfd(fd: descriptor, events: events, revents: 0))
            }
        }
        state.ended += state.connections.filter(\.isClosed).map(FaultProxy.Record.init)
        state.ended.removeFirst(max(0, state.ended.count - Self.rememberedConnections))
        state.connections.removeAll(where: \.isClosed)
        return wakeAt
    }

    private func accept(_ state: inout State) {
        while state.faults.acceptance != .never || !state.queued.isEmpty {
            let flags = Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
            let client = accept4(listening, nil, nil, flags)
            guard client >= 0 else { return }
            setNoDelay(client)
            state.accepted += 1
            let connection = ProxyConnection(
                number: state.accepted, client: client, address: address, seed: seed)
            let faults = state.queued.isEmpty ? state.faults : state.queued.removeFirst()
            state.connections.append(connection)
            switch faults.acceptance {
            case .normal, .never, .silent: connection.set(faults)
            case .closing: connection.close()
            case .resetting: connection.close(resetting: true)
            }
        }
    }

    private func wait(_ polled: inout [pollfd], until wakeAt: Int64?) {
        var milliseconds: Int32 = -1
        if let wakeAt {
            // poll(2) knows no times below a millisecond.
            let left = max(0, wakeAt - TestClock.now())
            if left > 0 && left < 1_000_000 { usleep(UInt32((left + 999) / 1000)) }
            milliseconds = Int32(min(left / 1_000_000, 1_000_000))
        }
        _ = unsafe poll(&polled, nfds_t(polled.count), milliseconds)
        if polled[0].revents != 0 {
            var scratch = [UInt8](repeating: 0, count: 256)
            while unsafe recv(woken, &scratch, scratch.count, 0) > 0 {}
        }
    }
}
