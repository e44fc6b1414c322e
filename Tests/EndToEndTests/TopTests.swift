// `mapmux top` in a real terminal: tmux's.

import Foundation
import Glibc
import TestSupport
import Testing

/// A tmux server of its own with one window, in which a shell command runs.
final class TmuxWindow {
    private let socket: String

    init(in directory: TemporaryDirectory, columns: Int, rows: Int, running command: String) throws {
        socket = "\(directory.path)/tmux"
        try tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(rows)", "/bin/sh", "-c",
            command)
    }

    deinit {
        _ = try? tmux("kill-server")
    }

    @discardableResult
    func tmux(_ arguments: String...) throws -> String {
        let result = try TestSupport.run("tmux", ["-S", socket] + arguments)
        guard result.status == 0 else { throw SupportError("tmux \(arguments): \(result.stderr)") }
        return result.text
    }

    /// The lines on the screen.
    var screen: [Substring] {
        get throws { try tmux("capture-pane", "-p").split(separator: "\n", omittingEmptySubsequences: false) }
    }

    func waitForScreen(_ what: String, _ condition: ([Substring]) -> Bool) throws {
        try waitUntil("\(what): \((try? screen.joined(separator: "\n")) ?? "")", within: 20) {
            condition(try screen)
        }
    }
}

extension EndToEnd {
    @Suite("top")
    struct TopTests {
        @Test(
            "It is live at 80x24, follows the terminal's size, and gives the screen back",
            arguments: ["q", "C-c"])
        func live(key: String) throws {
            let scene = try Scene()
            let (mapmux, load) = try underLoad(scene)
            let command = try MapmuxProcess.commandLine(["top", "-c", mapmux.configurationPath])
            let window = try TmuxWindow(
                in: mapmux.directory, columns: 80, rows: 24,
                running: "echo before; \(command); echo status $?; read wait")
            try window.waitForScreen("there are rates") { lines in
                lines.contains { $0.contains("lookups/s, p50 ") && !$0.hasPrefix("- ") }
                    && lines.contains { $0.hasPrefix("addresses") }
                    && lines.contains { $0.hasPrefix("/") && $0.contains(" up ") }
            }
            #expect(try window.screen.prefix(24).last == "q quits")
            #expect(try !window.screen.contains("before"))
            try window.tmux("resize-window", "-x", "100", "-y", "30")
            try window.waitForScreen("it is larger") { $0.count >= 30 && $0[29] == "q quits" }
            try window.tmux("send-keys", "x")
            try window.tmux("send-keys", key)
            try window.waitForScreen("the shell has its screen back") { lines in
                lines.contains("before") && lines.contains("status 0") && !lines.contains("q quits")
            }
            expectOnlyRight(try load.stop(), mapmux)
        }

        @Test("When the daemon goes it says so, on the screen that was")
        func gone() throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            try mapmux.start()
            let command = try MapmuxProcess.commandLine(["top", "-c", mapmux.configurationPath])
            let window = try TmuxWindow(
                in: mapmux.directory, columns: 120, rows: 30, running: "\(command); echo status $?; read wait"
            )
            try window.waitForScreen("it is there") { $0.contains("q quits") }
            mapmux.signal(SIGTERM)
            try window.waitForScreen("it ends") { lines in
                lines.contains("status 69") && lines.contains { $0.contains("control socket") }
            }
        }

        @Test("Where there is no terminal it is a usage error")
        func noTerminal() throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            try mapmux.start()
            let result = try mapmux.run("top", [])
            #expect(result.status == 64 && result.stdout.isEmpty)
            #expect(result.stderr.contains("terminal"), "\(result.stderr)")
        }
    }
}
