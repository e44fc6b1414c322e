// What HUP changes in a running daemon, and what it must not change in one that drains.

import Foundation
import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Signals", .serialized)
    struct SignalTests {
        private static let shared = Result { try Scene() }

        private func scene() throws -> Scene { try Self.shared.get() }

        @Test("HUP after TERM opens no socket again: a successor can listen and stays in place")
        func reloadWhileDraining() throws {
            let scene = try scene()
            let slow = try scene.table("slow", query: "SELECT 'slept over %s' FROM pg_sleep(3)")
            let mapmux = try MapmuxProcess(maps: try scene.loadTables() + [slow])
            try mapmux.start()
            try waitForValue(mapmux)
            let client = try mapmux.client()
            try client.send(SocketmapClient.request("slow", Array("it".utf8)))
            // Its answer shows that the request before it was read.
            let other = try mapmux.client()
            #expect(try other.lookup("numbers", "7") == .ok("box7@store.example.net"))
            mapmux.signal(SIGTERM)
            try mapmux.waitForLog("draining")
            let logged = mapmux.log().count
            mapmux.signal(SIGHUP)
            // Signals are taken lowest number first: once this one is logged, HUP has been obeyed or ignored.
            mapmux.signal(SIGTERM)
            try mapmux.waitForLog("draining", beyond: logged)
            #expect(unsafe access(mapmux.socketPath, F_OK) != 0)

            let successor = try MapmuxProcess(
                maps: try scene.loadTables(),
                parameters: ["socketmap_listen": "unix:\(mapmux.socketPath)"])
            try successor.start(socket: mapmux.socketPath)
            mapmux.signal(SIGHUP)
            #expect(try client.readReply() == .ok("slept over it"))
            #expect(try mapmux.waitForExit() == 0, "\(mapmux.log())")
            let next = try mapmux.client()
            try waitUntil("a value arrives: \(successor.log())") {
                try next.lookup("numbers", "8") == .ok("box8@store.example.net")
            }
            #expect(!mapmux.log().contains("reload"), "\(mapmux.log())")
        }

        @Test("HUP with another log_level: debug lines appear, and stop again")
        func logLevel() throws {
            let maps = try scene().loadTables()
            let mapmux = try MapmuxProcess(maps: maps)
            try mapmux.start()
            try waitForValue(mapmux)
            let client = try mapmux.client()
            /// How many debug lines the daemon writes of a query that fails.
            func debugLines() throws -> Int {
                let logged = mapmux.log().count
                #expect(try client.lookup("numbers", "seven").isTemporary)
                return mapmux.log().dropFirst(logged).components(separatedBy: "debug:").count - 1
            }
            #expect(try debugLines() == 0, "\(mapmux.log())")
            for (level, appear) in [("debug", true), ("info", false), ("debug", true)] {
                let logged = mapmux.log().count
                try mapmux.configure(maps: maps, parameters: ["log_level": level])
                mapmux.signal(SIGHUP)
                try mapmux.waitForLog("reloaded", beyond: logged)
                try waitUntil("the level is \(level): \(mapmux.log())") { (try debugLines() > 0) == appear }
                // A line may be written after the answer.
                for _ in 0..<3 where !appear { #expect(try debugLines() == 0, "\(mapmux.log())") }
            }
        }
    }
}
