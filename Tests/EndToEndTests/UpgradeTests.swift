// USR2: another process takes the daemon's place, and no client is refused or forgotten.

import Foundation
import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Upgrades", .serialized)
    struct UpgradeTests {
        private static let shared = Result { try Scene() }

        /// Ends the successors that a test has made, which are no children of its own.
        private final class Successors {
            private(set) var processes: [Int32] = []

            /// Asks for an upgrade, and returns when the successor serves.
            func upgrade(_ mapmux: MapmuxProcess) throws {
                let logged = mapmux.log().count
                let old = processes.last
                if let old { kill(old, SIGUSR2) } else { mapmux.signal(SIGUSR2) }
                try mapmux.waitForLog("upgraded", beyond: logged)
                let line = mapmux.log().dropFirst(logged).split(separator: "\n").first {
                    $0.contains("upgraded")
                }!
                let process = try #require(line.firstMatch(of: /process=(\d+)/)?.1)
                processes.append(Int32(process)!)
            }

            deinit {
                for process in processes { kill(process, SIGKILL) }
            }
        }

        @Test("Ten upgrades under load: no connection refused, no lookup lost", arguments: ["1", "2"])
        func underLoad(workers: String) throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(), parameters: ["workers": workers, "socket_mode": "0600"],
                isReplaceable: true)
            try mapmux.start()
            try waitForValue(mapmux)
            let load = LoadClients(
                path: mapmux.socketPath, lookupsPerConnection: 20, choose: Scene.lookup)
            let successors = Successors()
            for _ in 0..<10 {
                try mapmux.replaceProgram()
                try load.waitForRight(200)
                try successors.upgrade(mapmux)
            }
            try load.waitForRight(500)
            expectOnlyRight(try load.stop(), mapmux)
            #expect(try mapmux.waitForExit() == 0)
            #expect(Set(successors.processes).count == 10)

            // The file belongs to the last one now.
            var status = stat()
            #expect(unsafe stat(mapmux.socketPath, &status) == 0 && status.st_mode & 0o777 == 0o600)
            kill(try #require(successors.processes.last), SIGTERM)
            try waitUntil("the socket's file is gone: \(mapmux.log())") {
                unsafe access(mapmux.socketPath, F_OK) != 0
            }
        }

        @Test("A client that stays is served by the old process, until drain_timeout")
        func oldClients() throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(), parameters: ["drain_timeout": "3s"])
            try mapmux.start()
            try waitForValue(mapmux)
            let client = try mapmux.client()
            #expect(try client.lookup("numbers", "7") == .ok("box7@store.example.net"))
            let successors = Successors()
            try successors.upgrade(mapmux)
            #expect(try client.lookup("numbers", "8") == .ok("box8@store.example.net"))
            #expect(try client.readUntilClosed().isEmpty)
            #expect(try mapmux.waitForExit() == 0)
            #expect(try mapmux.client().lookup("numbers", "9") == .ok("box9@store.example.net"))
        }

        @Test("A successor that can't serve: the old process goes on")
        func failure() throws {
            let scene = try Scene()
            let maps = try scene.loadTables()
            let mapmux = try MapmuxProcess(maps: maps, isReplaceable: true)
            try mapmux.start()
            try waitForValue(mapmux)
            let load = LoadClients(path: mapmux.socketPath, choose: Scene.lookup)
            try load.waitForRight(100)

            try mapmux.configure(maps: maps, parameters: ["no_such_parameter": "1"])
            var logged = mapmux.log().count
            mapmux.signal(SIGUSR2)
            try mapmux.waitForLog("the upgrade has failed", beyond: logged)
            try mapmux.configure(maps: maps)
            try FileManager.default.removeItem(atPath: "\(mapmux.directory.path)/mapmux")
            logged = mapmux.log().count
            mapmux.signal(SIGUSR2)
            try mapmux.waitForLog("the upgrade has failed", beyond: logged)
            try mapmux.directory.write("mapmux", "#!/bin/sh\nexit 1\n")
            #expect(unsafe chmod("\(mapmux.directory.path)/mapmux", 0o755) == 0)
            logged = mapmux.log().count
            mapmux.signal(SIGUSR2)
            try mapmux.waitForLog("the upgrade has failed", beyond: logged)
            try load.waitForRight(500)
            expectOnlyRight(try load.stop(), mapmux)

            try mapmux.replaceProgram()
            let successors = Successors()
            try successors.upgrade(mapmux)
            #expect(try mapmux.client().lookup("numbers", "9") == .ok("box9@store.example.net"))
        }

        @Test(
            "The program is the one that its path leads to at the upgrade, however it was called",
            arguments: [
                "exec \"$@\"", "cd DIR; shift; exec ./mapmux \"$@\"",
                "PATH=DIR:$PATH; shift; exec mapmux \"$@\"",
            ])
        func link(call: String) throws {
            let scene = try Self.shared.get()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables(), isReplaceable: true)
            let place = mapmux.directory.path
            let files = FileManager.default
            try files.moveItem(atPath: "\(place)/mapmux", toPath: "\(place)/one")
            try files.createSymbolicLink(atPath: "\(place)/mapmux", withDestinationPath: "one")
            let script = call.replacingOccurrences(of: "DIR", with: place)
            try mapmux.start(under: ["/bin/sh", "-c", script, "sh"])
            try mapmux.replaceProgram()
            try files.moveItem(atPath: "\(place)/mapmux", toPath: "\(place)/two")
            try files.createSymbolicLink(atPath: "\(place)/mapmux", withDestinationPath: "two")
            let successors = Successors()
            try successors.upgrade(mapmux)
            let successor = try #require(successors.processes.last)
            #expect(try files.destinationOfSymbolicLink(atPath: "/proc/\(successor)/exe") == "\(place)/two")
        }

        @Test("A socket that was handed over is handed on, and its file stays")
        func handedSocket() throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            let socket = try HandedSocket(path: "\(mapmux.directory.path)/handed", name: "socketmap")
            try mapmux.start(socket: socket.path, handing: socket)
            try mapmux.waitForLog("serving")
            let successors = Successors()
            for _ in 0..<2 {
                try successors.upgrade(mapmux)
                let client = try SocketmapClient(path: socket.path)
                try waitUntil("a value arrives: \(mapmux.log())") {
                    try client.lookup("numbers", "7") == .ok("box7@store.example.net")
                }
            }
            kill(try #require(successors.processes.last), SIGTERM)
            try mapmux.waitForLog("drained")
            #expect(unsafe access(socket.path, F_OK) == 0)
        }
    }
}
