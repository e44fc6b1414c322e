// Bounds that are reached under load.

import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Limits", .serialized)
    struct LimitTests {
        @Test("Eight clients where two may connect: all are served in turn, and the log stays short")
        func maxClients() throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(), parameters: ["max_clients": "2"])
            let begun = ContinuousClock.now
            try mapmux.start()
            try waitForValue(mapmux)
            let load = LoadClients(
                path: mapmux.socketPath, clients: 8, lookupsPerConnection: 10, choose: Scene.lookup)
            try load.waitForRight(5000)
            try waitUntil("everybody is served: \(load.current)") { load.current.served.count == 8 }
            expectOnlyRight(try load.stop(), mapmux)
            let lines = mapmux.log().split(separator: "\n").filter { $0.contains("max_clients reached") }
            // One a second at most.
            let seconds = Int((ContinuousClock.now - begun).components.seconds)
            #expect((1...seconds + 2).contains(lines.count), "\(lines)")
        }

        private static let terminateAll = """
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE datname = '\(Scene.database)' AND application_name = 'mapmux'
            """

        /// What it costs to wait: a daemon that spins takes a whole processor.
        private func expectPatience(_ mapmux: MapmuxProcess) throws {
            let used = try mapmux.processorTime(during: 4)
            #expect(used < 2, "\(used) s of processor time in 4 s: \(mapmux.log().suffix(2000))")
        }

        @Test(
            "A low limit of open files: fewer clients, with a warning, and PostgreSQL is reached all the same"
        )
        func lowDescriptorLimit() throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            // Some 80 are set aside.
            try mapmux.start(openFiles: 110)
            try waitForValue(mapmux)
            let line = mapmux.log().split(separator: "\n").first {
                $0.contains("fewer clients than max_clients")
            }
            let warning = try #require(line)
            let match = try #require(try /\sclients=([0-9]+)/.firstMatch(in: warning))
            let most = try #require(Int(match.1))
            #expect((10..<60).contains(most), "\(warning)")

            var clients = try (0..<most).map { _ in try mapmux.client() }
            for (number, client) in clients.enumerated() {
                #expect(
                    try client.lookup("numbers", "\(number)") == .ok("box\(number)@store.example.net"))
            }
            let waiting = try (0..<most).map { _ in try mapmux.client() }
            for client in waiting { try client.send(SocketmapClient.request("numbers", Array("7".utf8))) }
            try mapmux.waitForLog("max_clients reached")
            try expectPatience(mapmux)

            // All connections are made anew though there is no room for one more client.
            try scene.cluster.psql(Scene.database, Self.terminateAll)
            try waitUntil("four connections: \(mapmux.log())") {
                try scene.connections(to: scene.cluster) == 4
            }
            for client in clients {
                try waitUntil("it is served: \(mapmux.log())") {
                    try client.lookup("numbers", "8") == .ok("box8@store.example.net")
                }
            }
            #expect(!mapmux.log().contains("can't be accepted"))
            // As many as leave are let in.
            for client in waiting {
                _ = clients.popLast()
                #expect(try client.readReply() == .ok("box7@store.example.net"))
                clients.insert(client, at: 0)
            }
        }

        @Test(
            "Out of descriptors: a log line a second at most, no spinning, the connected are served, recovery"
        )
        func outOfDescriptors() throws {
            let scene = try Scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            try mapmux.start()
            try waitForValue(mapmux)
            try waitUntil("four connections") { try scene.connections(to: scene.cluster) == 4 }
            let load = LoadClients(path: mapmux.socketPath, clients: 8, choose: Scene.lookup)
            try load.waitForRight(500)
            let stayed = try mapmux.client()
            #expect(try stayed.lookup("numbers", "7") == .ok("box7@store.example.net"))
            let begun = ContinuousClock.now
            // It keeps those that it has, and gets no more.
            try mapmux.limitOpenFiles(to: 8)
            let late = try (0..<20).map { _ in try mapmux.client() }
            for client in late { try client.send(SocketmapClient.request("numbers", Array("7".utf8))) }
            try mapmux.waitForLog("clients can't be accepted")
            try load.waitForRight(2000)
            expectOnlyRight(try load.stop(), mapmux)

            // Nor can connections be made: its clients get temporary failures, and none waits for lookup_timeout.
            try scene.cluster.psql(Scene.database, Self.terminateAll)
            try waitUntil("a temporary failure") { try stayed.lookup("numbers", "7").isTemporary }
            try expectPatience(mapmux)
            #expect(mapmux.isRunning)
            let lines = mapmux.log().split(separator: "\n").filter { $0.contains("can't be accepted") }
            let seconds = Int((ContinuousClock.now - begun).components.seconds)
            #expect((1...seconds + 2).contains(lines.count), "\(lines)")

            try mapmux.limitOpenFiles(to: 1000)
            for client in late {
                let reply = try client.readReply()
                #expect(reply.isTemporary || reply == .ok("box7@store.example.net"))
            }
            try waitForValue(mapmux)
            try waitUntil("four connections: \(mapmux.log())") {
                try scene.connections(to: scene.cluster) == 4
            }
            let after = LoadClients(path: mapmux.socketPath, clients: 8, choose: Scene.lookup)
            try after.waitForRight(500)
            expectOnlyRight(try after.stop(), mapmux)
        }
    }
}
