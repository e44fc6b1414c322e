// `mapmux top` in a real terminal: tmux's.

import Foundation
import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("top", .serialized)
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
