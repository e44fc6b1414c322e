// A server that takes each mail and keeps it in a file: smtp-sink(1) of Postfix's package.

import Foundation
import Glibc

package final class SMTPSink: Sendable {
    /// On 127.0.0.1.
    package let port: Int
    private let directory: TemporaryDirectory
    private let process: ChildProcess

    package init() throws {
        directory = try TemporaryDirectory()
        port = try freeLoopbackPort()
        guard unsafe chmod(directory.path, 0o777) == 0 else { throw SupportError("chmod: \(errorText())") }
        // It insists on a user of its own if it is started by root.
        let user = geteuid() == 0 ? ["-u", "nobody"] : []
        let process = try ChildProcess(
            "smtp-sink", user + ["-d", "\(directory.path)/mail.", "127.0.0.1:\(port)", "100"],
            stderr: "\(directory.path)/log")
        self.process = process
        try Guard.shared.get().atExit(
            "grep -qx smtp-sink /proc/\(process.pid)/comm && kill -KILL \(process.pid)")
        try waitUntil("smtp-sink listens") { [port] in
            guard process.exitStatus() == nil else { throw SupportError("smtp-sink has ended") }
            guard let connection = try? connectToLoopback(port: port) else { return false }
            close(connection)
            return true
        }
    }

    deinit {
        process.signal(SIGKILL)
        _ = try? process.waitForExit()
    }

    /// Each mail as the client sent it, after lines that say what the client said before.
    package func mails() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.path).filter { $0.hasPrefix("mail.") }
            .map { String(decoding: try readFile("\(directory.path)/\($0)"), as: UTF8.self) }
    }
}
