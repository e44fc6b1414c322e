// A connected socket whose reads and writes wait, for the clients and servers that tests play.

import CLinux
import Glibc
import ThrowawayServers

/// Used by one thread at a time, but for `end`.
package final class StreamSocket: @unchecked Sendable {
    package enum Failure: Error, Equatable {
        /// End of file where more was due.
        case closed
        case reset
        /// Nothing came, or could be sent, for the time limit.
        case timedOut
        case other(String)
    }

    private let descriptor: Int32

    /// - Parameter timeLimit: seconds that one read or write may wait; a bound for hung tests.
    init(owning descriptor: Int32, timeLimit: Int = 60) {
        self.descriptor = descriptor
        var time = timeval(tv_sec: timeLimit, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            unsafe setsockopt(descriptor, SOL_SOCKET, option, &time, socklen_t(MemoryLayout<timeval>.size))
        }
        setNoDelay(descriptor)
    }

    package convenience init(to address: ProxyAddress, timeLimit: Int = 60) throws {
        switch address {
        case .tcp(let port): self.init(owning: try connectToLoopback(port: port), timeLimit: timeLimit)
        case .unix(let path):
            self.init(owning: try connectToUnixSocket(path, timeLimit: timeLimit), timeLimit: timeLimit)
        }
    }

    deinit {
        close(descriptor)
    }

    /// The process that has connected a Unix-domain socket.
    func peerProcess() throws -> Int32 {
        // struct ucred, which the C library declares under _GNU_SOURCE only: process, user, group.
        var credentials: (pid_t, uid_t, gid_t) = (0, 0, 0)
        var length = socklen_t(MemoryLayout<(pid_t, uid_t, gid_t)>.size)
        let result = unsafe getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length)
        guard result == 0 else { throw SupportError("SO_PEERCRED: \(errorText())") }
        return credentials.0
    }

    package func send(_ bytes: [UInt8]) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { bytes in
                unsafe Glibc.send(
                    descriptor, bytes.baseAddress! + sent, bytes.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if errno != EINTR {
                throw Self.failure()
            }
        }
    }

    /// Sends as much as the kernel takes at once, and returns how much that was.
    @discardableResult
    package func sendWithoutWaiting(_ bytes: [UInt8]) -> Int {
        max(
            0,
            unsafe Glibc.send(
                descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT)))
    }

    /// Tells the other side that no more comes.
    package func finishSending() {
        shutdown(descriptor, Int32(SHUT_WR))
    }

    /// What has come, at least one byte; empty: the end of file.
    package func readSome(_ most: Int = 65536) throws(Failure) -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: most)
        while true {
            let count = unsafe recv(descriptor, &chunk, most, 0)
            if count >= 0 { return Array(chunk[..<count]) }
            if errno != EINTR { throw Self.failure() }
        }
    }

    package func read(_ count: Int) throws(Failure) -> [UInt8] {
        var bytes: [UInt8] = []
        while bytes.count < count {
            let some = try readSome(count - bytes.count)
            if some.isEmpty { throw .closed }
            bytes += some
        }
        return bytes
    }

    /// What has come and is not read yet, without waiting for it.
    package func readWithoutWaiting() -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: 65536)
        return Array(chunk[..<max(0, unsafe recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT)))])
    }

    /// Ends reads and writes in both directions, those of other threads too; the socket stays open until it goes.
    package func end() {
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    /// Closes the connection as close(2) does, at once: the peer of one with unread bytes sees a reset, and no end of file.
    package func closeAtOnce() {
        // The number stays this object's.
        let none = unsafe open("/dev/null", O_RDONLY | O_CLOEXEC)
        dup2(none, descriptor)
        close(none)
    }

    /// Has the socket be reset when it goes, if it is one of TCP.
    package func resetAtEnd() {
        var option = linger(l_onoff: 1, l_linger: 0)
        unsafe setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
    }

    private static func failure() -> Failure {
        switch errno {
        case ECONNRESET: .reset
        case EPIPE: .closed
        case EAGAIN: .timedOut
        default: .other(errorText())
        }
    }
}
