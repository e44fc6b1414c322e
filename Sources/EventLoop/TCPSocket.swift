// Facts of the kernel on a connection by TCP.

internal import Glibc

/// The local port of a TCP socket; nil for another kind of socket, or none.
package func localPort(of socket: Int32) -> UInt16? {
    var address = sockaddr_in6()
    var length = socklen_t(MemoryLayout<sockaddr_in6>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) { pointer in
        unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
            unsafe getsockname(socket, pointer, &length)
        }
    }
    // The port is at the same place in sockaddr_in.
    guard result == 0, [AF_INET, AF_INET6].contains(Int32(address.sin6_family)) else { return nil }
    return UInt16(bigEndian: address.sin6_port)
}
