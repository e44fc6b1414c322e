// What a daemon tells its service manager, in the place of systemd: see sd_notify(3).

import CLinux
import Glibc
import Synchronization
import ThrowawayServers

package final class NotifySocket: Sendable {
    /// What NOTIFY_SOCKET is to be.
    package let name: String
    private let descriptor: Int32
    private let received = Mutex<[String]>([])

    /// - Parameter name: a path, or `@` and the name of an abstract socket.
    package init(name: String) throws {
        self.name = name
        descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        let bytes = Array(name.utf8)
        let fits = unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
            guard bytes.count < field.count else { return false }
            unsafe field.copyBytes(from: bytes)
            if name.hasPrefix("@") { unsafe field[0] = 0 }
            return true
        }
        let length = MemoryLayout<sockaddr_un>.offset(of: \sockaddr_un.sun_path)! + bytes.count
        let result = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                unsafe bind(descriptor, pointer, socklen_t(length))
            }
        }
        guard fits, result == 0, unsafe (name.hasPrefix("@") || chmod(name, 0o666) == 0) else {
            throw SupportError("cannot listen on \(name): \(errorText())")
        }
    }

    deinit {
        close(descriptor)
        if !name.hasPrefix("@") { unsafe unlink(name) }
    }

    /// All messages until now, a line each, in the order of their coming.
    package func messages() -> [String] {
        received.withLock { received in
            var buffer = [UInt8](repeating: 0, count: 4096)
            while true {
                let count = unsafe recv(descriptor, &buffer, buffer.count, Int32(MSG_DONTWAIT))
                if count < 0 { return received }
                received += String(decoding: buffer[..<count], as: UTF8.self).split(separator: "\n").map(
                    String.init)
            }
        }
    }

    /// Returns what came after the first `start` messages, once that holds one with such a beginning.
    @discardableResult
    package func wait(for beginning: String, beyond start: Int = 0) throws -> [String] {
        try waitUntil("\(beginning)… is told: \(messages())") {
            messages().dropFirst(start).contains { $0.hasPrefix(beginning) }
        }
        return Array(messages().dropFirst(start))
    }
}
