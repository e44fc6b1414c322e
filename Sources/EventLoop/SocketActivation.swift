// Sockets that systemd has opened for the daemon, by the protocol of sd_listen_fds(3).

internal import CLinux
internal import Glibc

/// A socket that was handed over, and the name that its unit gives it (FileDescriptorName=).
package struct InheritedSocket: Sendable {
    package let name: String
    package let socket: ListeningSocket
}

/// Takes over the sockets that LISTEN_FDS counts if LISTEN_PID says that they are for this process. To be called once,
/// before any other descriptor is opened; children don't see the variables any more.
///
/// - Throws: what is wrong with a descriptor.
package func takeInheritedSockets() throws(SystemError) -> [InheritedSocket] {
    func variable(_ name: String) -> String? {
        guard let value = unsafe getenv(name) else { return nil }
        return unsafe String(cString: value)
    }
    let process = variable("LISTEN_PID")
    let count = variable("LISTEN_FDS").flatMap { Int32($0) } ?? 0
    let names = (variable("LISTEN_FDNAMES") ?? "").split(separator: ":", omittingEmptySubsequences: false)
    for name in ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"] { unsafe unsetenv(name) }
    guard process == String(getpid()), count > 0 else { return [] }
    var sockets: [InheritedSocket] = []
    for index in 0..<count {
        // SD_LISTEN_FDS_START: the first one is descriptor 3.
        let socket = try ListeningSocket(inherited: Descriptor(owning: 3 + index))
        let name = Int(index) < names.count ? String(names[Int(index)]) : ""
        sockets.append(InheritedSocket(name: name, socket: socket))
    }
    return sockets
}
