// One client's connection through a fault proxy: two sockets, and the bytes between them.

import CLinux
import Glibc

/// Used under the proxy's lock only.
final class ProxyConnection {
    let number: Int
    private(set) var faults = ProxyFaults.none
    /// -1: closed, or not connected yet.
    private(set) var client: Int32
    private(set) var server: Int32 = -1
    private(set) var fromClient: ProxyFlow
    private(set) var fromServer: ProxyFlow
    private(set) var isClosed = false
    /// When there may be something to do without any event; nil: never.
    private(set) var wakeAt: Int64?
    private let address: ProxyAddress

    init(number: Int, client: Int32, address: ProxyAddress, seed: UInt64) {
        self.number = number
        self.client = client
        self.address = address
        fromClient = ProxyFlow(.client, seed: seed &+ UInt64(number) &* 2)
        fromServer = ProxyFlow(.server, seed: seed &+ UInt64(number) &* 2 &+ 1)
    }

    func set(_ faults: ProxyFaults) {
        self.faults = faults
        fromClient.set(faults)
        fromServer.set(faults)
        pump()
    }

    /// The events to wait for; none: the socket is not to be waited for at all, as an error would come again and again.
    func interest(in side: ProxySide) -> Int16 {
        guard !isClosed, !faults.isHalfOpen else { return 0 }
        let incoming = side == .client ? fromClient : fromServer
        let outgoing = side == .client ? fromServer : fromClient
        var events: Int16 = 0
        if !incoming.isEnded && !incoming.isFull && isConnected { events |= Int16(POLLIN) }
        if outgoing.hasOutput { events |= Int16(POLLOUT) }
        return events
    }

    private var isConnected: Bool { server >= 0 }

    func close(resetting: Bool = false) {
        guard !isClosed else { return }
        isClosed = true
        for descriptor in [client, server] where descriptor >= 0 {
            if resetting {
                var option = linger(l_onoff: 1, l_linger: 0)
                unsafe setsockopt(
                    descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            } else {
                // Unread bytes would turn the close into a reset.
                shutdown(descriptor, Int32(SHUT_WR))
                var scratch = [UInt8](repeating: 0, count: 65536)
                while unsafe recv(descriptor, &scratch, scratch.count, Int32(MSG_DONTWAIT)) > 0 {}
            }
            Glibc.close(descriptor)
        }
        client = -1
        server = -1
    }

    /// Moves everything that can move.
    func pump() {
        guard !isClosed, !faults.isHalfOpen else {
            wakeAt = nil
            return
        }
        if !isConnected {
            guard faults.acceptance != .silent else { return }
            guard let connected = address.connect() else { return close() }
            server = connected
        }
        wakeAt = nil
        for side in [ProxySide.client, .server] {
            receive(from: side)
            if isClosed { return }
        }
        for side in [ProxySide.client, .server] {
            forward(from: side)
            if isClosed || faults.isHalfOpen { return }
        }
        if fromClient.isEndPassedOn && fromServer.isEndPassedOn { close() }
    }

    private func receive(from side: ProxySide) {
        var chunk = [UInt8](repeating: 0, count: 65536)
        while true {
            let flow = side == .client ? fromClient : fromServer
            if flow.isEnded || flow.isFull { return }
            let count = unsafe recv(
                side == .client ? client : server, &chunk, chunk.count, Int32(MSG_DONTWAIT))
            if count <= 0 {
                if count < 0 && errno == EINTR { continue }
                // A server that is still being connected to has nothing either.
                if count < 0 && (errno == EAGAIN || errno == ENOTCONN) { return }
                // A reset is the end as well: what came before it goes on.
                if side == .client { fromClient.isEnded = true } else { fromServer.isEnded = true }
                return
            }
            let bytes = chunk[..<count]
            let now = TestClock.now()
            if side == .client {
                switch fromClient.append(bytes, now: now) {
                case .none: break
                case .encryptionRequested: fromServer.expectSingleByte()
                case .encryptionBegins: break
                }
            } else if fromServer.append(bytes, now: now) == .encryptionBegins {
                fromClient.goOpaque()
            }
            if count < chunk.count { return }
        }
    }

    private func forward(from side: ProxySide) {
        while true {
            let wake =
                side == .client
                ? fromClient.release(now: TestClock.now()) : fromServer.release(now: TestClock.now())
            if let wake { wakeAt = min(wakeAt ?? wake, wake) }
            let flow = side == .client ? fromClient : fromServer
            if !flow.hasOutput { break }
            let target = side == .client ? server : client
            let count = unsafe flow.unwritten.withUnsafeBytes { bytes in
                unsafe send(target, bytes.baseAddress, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0 {
                if errno == EINTR { continue }
                // ENOTCONN: the server is still being connected to.
                if errno == EAGAIN || errno == ENOTCONN { return }
                return close()
            }
            if side == .client { fromClient.written(count) } else { fromServer.written(count) }
        }
        let flow = side == .client ? fromClient : fromServer
        if let action = flow.firing { return perform(action) }
        if flow.isEnded && flow.isEmpty && !flow.isEndPassedOn && !faults.of(side).isStalled {
            shutdown(side == .client ? server : client, Int32(SHUT_WR))
            if side == .client { fromClient.isEndPassedOn = true } else { fromServer.isEndPassedOn = true }
            // Neither PostgreSQL nor libpq goes on with half a connection.
            let other = side.other
            if !faults.of(other).isStalled { close() }
        }
    }

    private func perform(_ action: ProxyTrigger.Action) {
        switch action {
        case .cut: close()
        case .reset: close(resetting: true)
        case .stall:
            var stalled = ProxyFaults.stalled
            stalled.acceptance = faults.acceptance
            faults = stalled
            fromClient.set(stalled)
            fromServer.set(stalled)
        case .halfOpen:
            faults = .halfOpen
            wakeAt = nil
        }
    }
}
