// Ends a library's wait on a socket of its own, for which the library has no limit.

internal import CLinux
internal import Glibc

/// Shuts down every blocking connection of this process to the peer of `descriptor`, and those by TCP without an answer yet,
/// whose peer is not known. A thread's wait on one of them ends. The sockets that a loop watches don't block, so they stay;
/// libpq's PQcancel(3) makes one that does block.
///
/// A connection to a Unix-domain socket that is still being made stays. This looks at each descriptor: it is not to be
/// called often.
package func endBlockedConnections(toPeerOf descriptor: Int32) {
    guard let peer = peerAddress(of: descriptor), let directory = unsafe opendir("/proc/self/fd") else {
        return
    }
    defer { unsafe closedir(directory) }
    while let entry = unsafe readdir(directory) {
        // The entry ends with its name, and may be shorter than the structure.
        let name = unsafe UnsafeRawPointer(entry) + MemoryLayout<dirent>.offset(of: \.d_name)!
        guard let number = unsafe Int32(String(cString: name.assumingMemoryBound(to: CChar.self))) else {
            continue
        }
        // A copy, as the number may become another file's meanwhile.
        let copy = fcntl(number, F_DUPFD_CLOEXEC, 0)
        guard copy >= 0 else { continue }
        let socket = Descriptor(owning: copy)
        guard fcntl(socket.raw, F_GETFL) & O_NONBLOCK == 0 else { continue }
        if isConnectingByTCP(socket.raw) || peerAddress(of: socket.raw) == peer {
            _ = shutdown(socket.raw, Int32(SHUT_RDWR))
        }
    }
}

/// Whether a connection by TCP still waits for its peer's first answer.
private func isConnectingByTCP(_ descriptor: Int32) -> Bool {
    // The first byte of TCP_INFO, see tcp(7), is the state.
    var state: UInt8 = 0
    var length: socklen_t = 1
    return unsafe getsockopt(descriptor, Int32(IPPROTO_TCP), 11, &state, &length) == 0 && state == 2
}

/// The peer's address by getpeername(2); nil for a socket that is not connected.
private func peerAddress(of descriptor: Int32) -> [UInt8]? {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            unsafe getpeername(descriptor, $0, &length)
        }
    }
    guard result == 0 else { return nil }
    return unsafe withUnsafeBytes(of: address) { unsafe Array($0.prefix(Int(length))) }
}
