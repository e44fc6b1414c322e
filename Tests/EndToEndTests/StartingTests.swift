// What a daemon finds at its start: others that start too, and streams that are closed.

import Foundation
import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Starting", .serialized)
    struct StartingTests {
        /// A daemon that needs no database: each map that it is asked for is unknown.
        private func daemon(listeningAt path: String? = nil) throws -> MapmuxProcess {
            let mapmux = try MapmuxProcess(maps: [])
            let table = try mapmux.directory.write(
                "table.cf", "hosts = unix:/nonexistent\nuser = a\ndbname = a\nquery = SELECT '%s'\n")
            try mapmux.configure(
                maps: ["pgsql:\(table)"],
                parameters: path.map { ["socketmap_listen": "unix:\($0)"] } ?? [:])
            return mapmux
        }

        @Test("Of two that start at once over a stale socket one serves, and the other says why it does not")
        func pairs() throws {
            let directory = try TemporaryDirectory()
            let path = "\(directory.path)/socketmap"
            let daemons = try (0..<2).map { _ in try daemon(listeningAt: path) }
            try daemons[0].start(socket: path)
            for _ in 0..<5 {
                // What is killed leaves its socket behind.
                for mapmux in daemons {
                    mapmux.signal(SIGKILL)
                    if mapmux.isRunning { _ = try mapmux.waitForExit() }
                }
                #expect(unsafe access(path, F_OK) == 0)
                for mapmux in daemons { try mapmux.launch() }
                try waitUntil("one has ended") { daemons.contains { !$0.isRunning } }
                let loser = try #require(daemons.first { !$0.isRunning })
                let winner = try #require(daemons.first { $0 !== loser })
                #expect(try loser.waitForExit() == 78)
                #expect(
                    loser.log().contains("can't listen on \(path): another process is listening on it"),
                    "\(loser.log())")
                try winner.waitForLog("serving")
                let reply = try SocketmapClient(path: path).lookup("unknown", "key")
                #expect(reply == .perm("there is no map named unknown") && winner.isRunning)
                #expect(try FileManager.default.contentsOfDirectory(atPath: directory.path) == ["socketmap"])
            }
        }

        @Test("Standard streams that are closed become /dev/null, and no socket or file")
        func closedStreams() throws {
            let mapmux = try daemon()
            try mapmux.start(under: ["/bin/sh", "-c", "exec \"$@\" <&- >&- 2>&-", "sh"])
            #expect(try mapmux.client().lookup("unknown", "key") == .perm("there is no map named unknown"))
            let process = "/proc/\(try mapmux.processID())/fd"
            let streams = try (0..<3).map {
                try FileManager.default.destinationOfSymbolicLink(atPath: "\(process)/\($0)")
            }
            #expect(streams == ["/dev/null", "/dev/null", "/dev/null"])
        }
    }
}
