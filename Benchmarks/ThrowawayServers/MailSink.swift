// Where mail ends: smtp-sink(1), which Debian's postfix package has, takes everything and keeps nothing.

import Glibc

package final class MailSink: Sendable {
    private let child: ChildProcess
    private let port: Int
    /// As main.cf and transport tables name it.
    package var nextHop: String { "[127.0.0.1]:\(port)" }

    /// Returns once it accepts connections.
    package init() throws {
        let port = try freeLoopbackPort()
        self.port = port
        // It refuses to run as root.
        let user = geteuid() == 0 ? ["-u", "nobody"] : []
        let child = try ChildProcess("smtp-sink", user + ["127.0.0.1:\(port)", "1000"])
        self.child = child
        try Guard.shared.get().atExit(
            "grep -qx smtp-sink /proc/\(child.pid)/comm && kill -KILL \(child.pid)")
        try waitUntil("smtp-sink listens") {
            if let status = child.exitStatus() { throw SupportError("smtp-sink ended with status \(status)") }
            guard let connected = try? connectToLoopback(port: port) else { return false }
            close(connected)
            return true
        }
    }

    deinit {
        child.signal(SIGKILL)
        _ = try? child.waitForExit()
    }
}
