// TCP on 127.0.0.1, and Unix-domain sockets: listening and connecting.

import CLinux
import Glibc

/// A port that nobody listens on now.
package func freeLoopbackPort() throws -> Int {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    defer { close(descriptor) }
    var address = loopbackAddress(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            unsafe bind(descriptor, pointer, length) | getsockname(descriptor, pointer, &length)
        }
    }
    guard result == 0 else { throw SupportError("no free TCP port: \(errorText())") }
    return Int(UInt16(bigEndian: address.sin_port))
}

/// Listens on a free port, without blocking in accept(2).
package func listenOnLoopback() throws -> (descriptor: Int32, port: Int) {
    let descriptor = streamSocket(AF_INET, blocking: false)
    var address = loopbackAddress(port: 0)
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            unsafe bind(descriptor, pointer, length) | listen(descriptor, 4096)
                | getsockname(descriptor, pointer, &length)
        }
    }
    guard result == 0 else { throw SupportError("cannot listen on 127.0.0.1: \(errorText())") }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
}

/// Listens on `path`, for everyone, without blocking in accept(2).
package func listenOnUnixSocket(_ path: String) throws -> Int32 {
    let descriptor = streamSocket(AF_UNIX, blocking: false)
    let result = try unsafe withUnixAddress(path) { unsafe bind(descriptor, $0, $1) }
    guard result == 0, listen(descriptor, 4096) == 0, unsafe chmod(path, 0o666) == 0 else {
        throw SupportError("cannot listen on \(path): \(errorText())")
    }
    return descriptor
}

/// - Parameter blocking: whether to wait for the connection, and let the socket block later.
/// - Returns: a connected descriptor, for the caller to close.
package func connectToLoopback(port: Int, blocking: Bool = true) throws -> Int32 {
    let descriptor = streamSocket(AF_INET, blocking: blocking)
    var address = loopbackAddress(port: port)
    let result = unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            unsafe connect(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
    }
    guard result == 0 || (!blocking && errno == EINPROGRESS) else {
        let reason = errorText()
        close(descriptor)
        throw SupportError("connect to 127.0.0.1:\(port): \(reason)")
    }
    return descriptor
}

/// - Parameter timeLimit: seconds that it may take if the server's backlog is full; 0: any time.
/// - Returns: a connected descriptor, for the caller to close.
package func connectToUnixSocket(_ path: String, blocking: Bool = true, timeLimit: Int = 0) throws -> Int32 {
    let descriptor = streamSocket(AF_UNIX, blocking: blocking)
    var limit = timeval(tv_sec: timeLimit, tv_usec: 0)
    unsafe setsockopt(
        descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    let result = try unsafe withUnixAddress(path) { unsafe connect(descriptor, $0, $1) }
    guard result == 0 else {
        let reason = errorText()
        close(descriptor)
        throw SupportError("connect to \(path): \(reason)")
    }
    return descriptor
}

/// Whether the server at `path` lets another client connect now.
func acceptsConnections(at path: String) -> Bool {
    guard let descriptor = try? connectToUnixSocket(path, blocking: false) else { return false }
    close(descriptor)
    return true
}

private func streamSocket(_ family: Int32, blocking: Bool) -> Int32 {
    let flags = Int32(SOCK_CLOEXEC.rawValue) | (blocking ? 0 : Int32(SOCK_NONBLOCK.rawValue))
    return socket(family, Int32(SOCK_STREAM.rawValue) | flags, 0)
}

private func withUnixAddress(
    _ path: String, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) throws -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
        guard path.utf8.count < field.count else { return false }
        unsafe field.copyBytes(from: path.utf8)
        return true
    }
    guard fits else { throw SupportError("the path is too long: \(path)") }
    return unsafe withUnsafePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            unsafe body(pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
        }
    }
}

private func loopbackAddress(port: Int) -> sockaddr_in {
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    address.sin_port = UInt16(port).bigEndian
    return address
}
