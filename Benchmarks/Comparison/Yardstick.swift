// A program of the benchmarks' own in C that answers at a socket: the ceiling, and the responder.

import EventLoop
import Glibc
import ThrowawayServers

final class Yardstick {
    let path: String
    private let directory: TemporaryDirectory
    private let child: ChildProcess

    /// Starts it, and returns when it listens.
    ///
    /// - Parameters:
    ///   - program: what was built beside this program.
    ///   - arguments: what follows the socket's path.
    init(_ program: String, _ arguments: [String] = []) throws {
        directory = try TemporaryDirectory()
        let path = "\(directory.path)/socket"
        self.path = path
        let log = "\(directory.path)/log"
        let child = try ChildProcess(
            try builtProduct(program), [path] + arguments, stdout: log, stderr: log)
        self.child = child
        try Guard.shared.get().atExit(
            "grep -qx '\(program.prefix(15))' /proc/\(child.pid)/comm && kill -KILL \(child.pid)")
        try waitUntil("\(program) listens") {
            if child.exitStatus() != nil {
                throw SupportError("\(program): " + String(decoding: try readFile(log), as: UTF8.self))
            }
            return (try? connectToSocket(at: path)) != nil
        }
    }

    var processID: Int32 { child.pid }

    deinit {
        child.signal(SIGTERM)
        _ = try? child.waitForExit()
    }
}
