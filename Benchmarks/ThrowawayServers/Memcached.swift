// A memcached(1) at a Unix-domain socket, as memcache_table(5) has it between Postfix and a table.

import EventLoop
import Foundation
import Glibc

package final class Memcached: Sendable {
    package struct Counts: Equatable, Sendable {
        /// Keys that were asked for.
        package let asked: Int
        /// Of these, the ones that were there.
        package let hits: Int
    }

    private let path: String
    private let process: ChildProcess

    /// Starts it, and returns when it listens.
    ///
    /// - Parameters:
    ///   - path: of its socket, which everyone may use.
    ///   - user: whom it runs as if this process is root; the socket's directory must be that user's.
    ///   - connections: how many it may have.
    package init(at path: String, as user: String, connections: Int) throws {
        self.path = path
        let drop = geteuid() == 0 ? ["-u", user] : []
        let process = try ChildProcess(
            "memcached", drop + ["-s", path, "-a", "0666", "-c", "\(connections)"])
        self.process = process
        try Guard.shared.get().atExit(
            "grep -qx memcached /proc/\(process.pid)/comm && kill -KILL \(process.pid)")
        try waitUntil("memcached listens") {
            if let status = process.exitStatus() {
                throw SupportError("memcached ended with status \(status)")
            }
            return acceptsConnections(at: path)
        }
    }

    package var processID: Int32 { process.pid }

    /// What it has counted so far, by its command `stats`.
    package func counts() throws -> Counts {
        let connection = Descriptor(owning: try connectToUnixSocket(path, timeLimit: 10))
        let command = Array("stats\r\n".utf8)
        guard send(command.span, to: connection.raw) == .bytes(command.count) else {
            throw SupportError("memcached takes no command")
        }
        var text = ""
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while !text.hasSuffix("END\r\n") {
            let count = unsafe recv(connection.raw, &chunk, chunk.count, 0)
            guard count > 0 else {
                throw SupportError("memcached's statistics end with \"\(text.suffix(50))\"")
            }
            text += String(decoding: chunk[..<count], as: UTF8.self)
        }
        return Counts(
            asked: try Self.figure("cmd_get", in: text), hits: try Self.figure("get_hits", in: text))
    }

    /// `STAT NAME VALUE`
    private static func figure(_ name: String, in text: String) throws -> Int {
        let line = text.split(separator: "\r\n").first { $0.hasPrefix("STAT \(name) ") }
        guard let value = line?.split(separator: " ").last.flatMap({ Int($0) }) else {
            throw SupportError("memcached does not say \(name)")
        }
        return value
    }

    deinit {
        process.signal(SIGTERM)
        _ = try? process.waitForExit()
    }
}
