// A real terminal for a command under test: tmux's.

package import ThrowawayServers

/// A tmux server of its own with one window, in which a shell command runs.
package final class TmuxWindow {
    private let socket: String

    package init(in directory: TemporaryDirectory, columns: Int, rows: Int, running command: String) throws {
        socket = "\(directory.path)/tmux"
        try tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "/bin/sh", "-c",
            command)
    }

    deinit {
        _ = try? tmux("kill-server")
    }

    @discardableResult
    package func tmux(_ arguments: String...) throws -> String {
        let result = try run("tmux", ["-S", socket] + arguments)
        guard result.status == 0 else { throw SupportError("tmux \(arguments): \(result.stderr)") }
        return result.text
    }

    /// The lines on the screen.
    package var screen: [Substring] {
        get throws { try tmux("capture-pane", "-p").split(separator: "\n", omittingEmptySubsequences: false) }
    }

    package func waitForScreen(_ what: String, _ condition: ([Substring]) -> Bool) throws {
        try waitUntil("\(what): \((try? screen.joined(separator: "\n")) ?? "")", within: 20) {
            condition(try screen)
        }
    }
}
