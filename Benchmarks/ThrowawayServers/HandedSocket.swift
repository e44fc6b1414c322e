// A listening Unix-domain socket that belongs to this process and outlives the daemons it is handed to.

import CLinux
import Glibc

/// Plays the part of a systemd socket unit: clients that connect while no daemon runs wait in its backlog.
package final class HandedSocket: Sendable {
    package let path: String
    /// What FileDescriptorName= would say.
    package let name: String
    package let descriptor: Int32

    /// Listens on `path`, with everyone allowed to connect.
    package init(path: String, name: String) throws {
        self.path = path
        self.name = name
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
        let made = socket(AF_UNIX, kind, 0)
        // Out of the way of the numbers that it gets in the daemon.
        descriptor = fcntl(made, F_DUPFD_CLOEXEC, 64)
        close(made)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
            guard path.utf8.count < field.count else { return false }
            unsafe field.copyBytes(from: path.utf8)
            return true
        }
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        guard fits, result == 0, listen(descriptor, 4096) == 0, unsafe chmod(path, 0o666) == 0 else {
            throw SupportError("cannot listen on \(path): \(errorText())")
        }
    }

    deinit {
        close(descriptor)
        unsafe unlink(path)
    }

    /// Becomes the program in its arguments: LISTEN_PID must name the very process that serves.
    static func script(handing sockets: [HandedSocket]) -> String {
        let names = sockets.map(\.name).joined(separator: ":")
        return "export LISTEN_PID=$$ LISTEN_FDS=\(sockets.count) LISTEN_FDNAMES=\(names); exec \"$@\""
    }
}
