// Host names that one program alone takes for the machine's, in a mount namespace of its own.

import Foundation
import Glibc

/// Stands in for /etc/hosts, and is all that names are resolved by.
package final class PrivateHosts: Sendable {
    private let directory: TemporaryDirectory
    private var hosts: String { "\(directory.path)/hosts" }

    package init(_ name: String, at address: String) throws {
        directory = try TemporaryDirectory()
        try directory.write("nsswitch.conf", "hosts: files\n")
        try point(name, to: address)
    }

    /// Gives a name its address, in place of all that were there: the very file is mounted, so it must stay.
    package func point(_ name: String, to address: String) throws {
        let descriptor = unsafe open(hosts, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        defer { close(descriptor) }
        // Padded, so that no reader finds the file empty or half a line in it.
        let line = Array("\(address) \(name)".utf8)
        let bytes = line + Array(repeating: UInt8(ascii: " "), count: max(0, 127 - line.count)) + [10]
        let count = unsafe write(descriptor, bytes, bytes.count)
        guard count == bytes.count else { throw SupportError("cannot write \(hosts): \(errorText())") }
    }

    /// Becomes the program whose name and arguments follow.
    var command: [String] {
        let script = """
            mount --bind '\(hosts)' /etc/hosts && mount --bind '\(directory.path)/nsswitch.conf' /etc/nsswitch.conf \
            && exec "$@"
            """
        return ["unshare", getuid() == 0 ? "-m" : "-rm", "/bin/sh", "-c", script, "sh"]
    }
}
