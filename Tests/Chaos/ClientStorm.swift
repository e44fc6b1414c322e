// Clients that misbehave beside those that are counted.

import Glibc
import LookupValues
import TestSupport
import ThrowawayServers

struct ClientStorm {
    private let socketmap: ProxyAddress
    private let proxymap: ProxyAddress
    private var random: SplitMix64

    init(daemon: DaemonKeeper, seed: UInt64) {
        socketmap = .unix(daemon.socketmap.path)
        proxymap = .unix(daemon.proxymap.path)
        random = SplitMix64(seed: seed)
    }

    private func connect() throws -> StreamSocket { try StreamSocket(to: socketmap, timeLimit: 10) }

    private func request(_ number: Int) -> [UInt8] {
        SocketmapClient.request("plain", Array(ChaosSite.address(number % ChaosSite.keyCount).utf8))
    }

    /// Errors are the storm's own: what it does to others is seen by those.
    func rage(_ kind: FaultKind) {
        var storm = self
        switch kind {
        case .connectFlood: storm.flood()
        case .vanishing: storm.vanish()
        case .neverReaders: storm.neverRead()
        default: storm.writeSlowly()
        }
    }

    private mutating func flood() {
        for _ in 0..<3 {
            let sockets = (0..<500).compactMap { number in
                try? StreamSocket(to: number % 2 == 0 ? socketmap : proxymap, timeLimit: 10)
            }
            for socket in sockets { try? socket.send(Array("1".utf8)) }
            usleep(200_000)
        }
    }

    private mutating func vanish() {
        for _ in 0..<300 {
            guard let socket = try? connect() else { continue }
            let first = random.below(ChaosSite.keyCount)
            try? socket.send((0..<20).flatMap { request(first + $0) })
            if random.below(2) == 0 { usleep(UInt32(random.below(2000))) }
        }
    }

    private mutating func neverRead() {
        let sockets = (0..<20).compactMap { _ in try? connect() }
        let requests = (0..<500).flatMap { request($0) }
        for _ in 0..<20 {
            for socket in sockets { socket.sendWithoutWaiting(requests) }
            usleep(100_000)
        }
    }

    private mutating func writeSlowly() {
        let sockets = (0..<50).compactMap { _ in try? connect() }
        for byte in request(7).dropLast() {
            for socket in sockets { try? socket.send([byte]) }
            usleep(50_000)
        }
    }
}
