// A database that is restarted under load: by itself, and in a pause.

import Foundation
import Glibc
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Restarts of the database", .serialized)
    struct PauseTests {
        private static let shared = Result { try Scene() }

        /// Restarts PostgreSQL, and says whether that was quick enough for lookups to wait for it: it is as a rule, but not on
        /// each machine at each time.
        private func restart(_ scene: Scene, _ mode: ThrowawayCluster.StopMode) throws -> Bool {
            let begin = ContinuousClock.now
            try scene.cluster.stop(mode)
            // As long as a minor update takes it to be away.
            usleep(1_000_000)
            try scene.cluster.start()
            return ContinuousClock.now - begin < .seconds(4)
        }

        @Test(
            "PostgreSQL restarted within seconds: no client notices",
            arguments: [ThrowawayCluster.StopMode.fast, .immediate])
        func quickRestart(_ mode: ThrowawayCluster.StopMode) throws {
            let scene = try Self.shared.get()
            var isQuick = false
            for _ in 0..<5 where !isQuick {
                let (mapmux, load) = try underLoad(scene, parameters: ["lookup_timeout": "60s"])
                isQuick = try restart(scene, mode)
                try load.waitForRight(1000)
                let counts = try load.stop()
                if isQuick { expectOnlyRight(counts, mapmux) } else { expectNoneWrongOrLost(counts, mapmux) }
            }
            #expect(isQuick, "this machine does not restart PostgreSQL in four seconds")
        }

        @Test("In a pause PostgreSQL has no connection, and may be away for long: no client notices")
        func pause() throws {
            let scene = try Self.shared.get()
            let (mapmux, load) = try underLoad(scene, parameters: ["lookup_timeout": "60s", "workers": "2"])
            let name = try #require(try mapmux.statistics().targets.first?.name)
            let paused = try mapmux.run("pause", [name])
            #expect(
                paused.status == 0 && paused.text == "paused for 60 s at most: \(name)\n", "\(paused.stderr)")
            try waitUntil("no connection is left") { try scene.connections(to: scene.cluster) == 0 }
            try waitUntil("each client waits") { try mapmux.statistics().targets.first?.waiting == 32 }
            let target = try #require(try mapmux.statistics().targets.first)
            #expect((1...60).contains(target.pausedSeconds) && !target.isLive)
            #expect(try mapmux.run("stats", []).text.contains("  paused: lookups wait, for "))
            try scene.cluster.restart()
            // The pause is the target's, whatever a reload changes of it.
            try mapmux.configure(
                maps: try scene.loadTables(),
                parameters: ["lookup_timeout": "60s", "workers": "2", "pool_size": "6"])
            #expect(try mapmux.run("reload", []).status == 0)
            #expect(try scene.connections(to: scene.cluster) == 0)
            let right = load.current.right
            let resumed = try mapmux.run("resume", [])
            #expect(resumed.status == 0 && resumed.text == "resumed: \(name)\n", "\(resumed.stderr)")
            try load.waitForRight(1000)
            #expect(load.current.right > right)
            expectOnlyRight(try load.stop(), mapmux)
            #expect(try mapmux.statistics().targets.first?.pausedSeconds == 0)
            try mapmux.waitForLog("notice: paused seconds=60 target=\(name)")
            try mapmux.waitForLog("notice: resumed target=\(name)")
        }

        @Test("A lookup fails at its deadline in a pause, too, and a restart of the daemon ends that")
        func deadline() throws {
            let scene = try Self.shared.get()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(), parameters: ["lookup_timeout": "1s"])
            try mapmux.start()
            try waitForValue(mapmux)
            #expect(try mapmux.run("pause", []).status == 0)
            let reply = try mapmux.client().lookup("addresses", "user7@example.com")
            guard case .temp(let reason) = reply else {
                Issue.record("\(reply)")
                return
            }
            #expect(reason.contains("paused"), "\(reason)")
            mapmux.signal(SIGTERM)
            #expect(try mapmux.waitForExit() == 0)
            try mapmux.start()
            try waitForValue(mapmux)
        }

        @Test("What is no target is an error that names those there are, and ends with 64")
        func wrongTarget() throws {
            let mapmux = try MapmuxProcess(maps: try Self.shared.get().loadTables())
            try mapmux.start()
            let name = try #require(try mapmux.statistics().targets.first?.name)
            for command in ["pause", "resume"] {
                let result = try mapmux.run(command, ["nobody@nowhere/x"])
                #expect(result.status == 64 && result.stdout.isEmpty)
                #expect(
                    result.stderr.contains("found target `nobody@nowhere/x`, expected \(name)"),
                    "\(result.stderr)")
                let empty = try mapmux.run(command, [""])
                #expect(
                    empty.status == 64 && empty.stdout.isEmpty
                        && empty.stderr.contains("found an empty name"),
                    "\(empty.stderr)")
            }
            #expect(try mapmux.statistics().targets.first?.pausedSeconds == 0)
        }
    }
}
