// Where a server listens that a fault proxy stands before.

import Glibc
import ThrowawayServers

package enum ProxyAddress: Equatable, Sendable {
    /// A port of 127.0.0.1.
    case tcp(Int)
    case unix(String)

    /// Begins to connect; what can't be done at once shows later, as with any socket that does not block.
    ///
    /// - Returns: nil where nobody listens.
    func connect() -> Int32? {
        switch self {
        case .tcp(let port):
            return Self.finish(try? connectToLoopback(port: port, blocking: false))
        case .unix(let path):
            return Self.finish(try? connectToUnixSocket(path, blocking: false))
        }
    }

    private static func finish(_ descriptor: Int32?) -> Int32? {
        if let descriptor { setNoDelay(descriptor) }
        return descriptor
    }
}

/// Has every write of a TCP socket go out at once; nothing to a Unix-domain socket.
func setNoDelay(_ descriptor: Int32) {
    var on: Int32 = 1
    unsafe setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
}
