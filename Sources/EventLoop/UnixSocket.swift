// Unix-domain stream sockets: connecting, and transferring bytes.

internal import CLinux
internal import Glibc

/// A connection to the socket at `path`, non-blocking.
package func connectToSocket(at path: String) throws(SystemError) -> Descriptor {
    let socket = try makeSocket()
    try unsafe withAddress(of: path) { address, length throws(SystemError) in
        try systemCall("connect") { [raw = socket.raw] in unsafe connect(raw, address, length) }
    }
    return socket
}

/// Two connected sockets, non-blocking.
package func makeSocketPair() throws(SystemError) -> SocketPair {
    var raw: [Int32] = [-1, -1]
    try systemCall("socketpair") {
        unsafe socketpair(AF_UNIX, streamType, 0, &raw)
    }
    return SocketPair(one: Descriptor(owning: raw[0]), other: Descriptor(owning: raw[1]))
}

package struct SocketPair: ~Copyable {
    package let one: Descriptor
    package let other: Descriptor

    /// Gives both ends away.
    package consuming func take() -> (raw: Int32, otherRaw: Int32) {
        (one.release(), other.release())
    }
}

/// Receives the bytes that have come, at most as many as `buffer` holds.
package func receive(from descriptor: Int32, into buffer: UnsafeMutableRawBufferPointer) -> Transfer {
    transfer { unsafe linux_recv(descriptor, buffer.baseAddress, buffer.count, 0) }
}

/// Sends as much of `bytes` as the socket takes now. A broken connection raises no SIGPIPE.
package func send(_ bytes: Span<UInt8>, to descriptor: Int32) -> Transfer {
    unsafe bytes.withUnsafeBytes { buffer in
        transfer { unsafe linux_send(descriptor, buffer.baseAddress, buffer.count, Int32(MSG_NOSIGNAL)) }
    }
}

/// How many bytes a socket has received that have not been read yet.
package func unreadBytes(of descriptor: Int32) -> Int {
    var count: Int32 = 0
    _ = unsafe ioctl(descriptor, UInt(FIONREAD), &count)
    return Int(count)
}

/// How much a Unix-domain socket has sent that its peer has not read yet: 0 only if it has read all.
package func unreadByPeer(_ descriptor: Int32) -> Int {
    // SIOCOUTQ, which is TIOCOUTQ: unix_ioctl() in Linux has it count the memory of what is sent and not received.
    var count: Int32 = 0
    _ = unsafe ioctl(descriptor, UInt(TIOCOUTQ), &count)
    return Int(count)
}

/// Ends a connection that is still being made: its socket then reads as reset (ECONNRESET).
package func abandon(_ descriptor: Int32) {
    // tcp_disconnect() in Linux does so to a socket that has no answer to its SYN. One that has, sees its end.
    _ = shutdown(descriptor, Int32(SHUT_RDWR))
}

private let streamType = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)

func makeSocket() throws(SystemError) -> Descriptor {
    Descriptor(owning: try systemCall("socket") { socket(AF_UNIX, streamType, 0) })
}

/// Calls `body` with the address of the socket at `path`, or of an abstract socket if `path` begins with `@`.
func withAddress(
    of path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) throws(SystemError) -> Void
) throws(SystemError) {
    let isAbstract = path.hasPrefix("@")
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
        guard path.utf8.count < field.count else { return false }
        unsafe field.copyBytes(from: path.utf8)
        if isAbstract { unsafe field[0] = 0 }
        return true
    }
    guard fits else { throw SystemError(call: "bind", code: ENAMETOOLONG) }
    // The name of an abstract socket has no end of its own: its length counts.
    let length =
        isAbstract
        ? MemoryLayout<sockaddr_un>.offset(of: \sockaddr_un.sun_path)! + path.utf8.count
        : MemoryLayout<sockaddr_un>.size
    try unsafe withUnsafePointer(to: &address) { pointer throws(SystemError) in
        try unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer throws(SystemError) in
            try unsafe body(pointer, socklen_t(length))
        }
    }
}

/// The user whose process has connected a Unix-domain socket, by SO_PEERCRED of unix(7); nil if the kernel does not say.
package func peerUser(of socket: borrowing Descriptor) -> UInt32? {
    // struct ucred, which the C library declares under _GNU_SOURCE only: process, user, group.
    var credentials: (pid_t, uid_t, gid_t) = (0, .max, .max)
    var length = socklen_t(MemoryLayout<(pid_t, uid_t, gid_t)>.size)
    let result = unsafe getsockopt(socket.raw, SOL_SOCKET, SO_PEERCRED, &credentials, &length)
    return result == 0 && credentials.1 != .max ? credentials.1 : nil
}
