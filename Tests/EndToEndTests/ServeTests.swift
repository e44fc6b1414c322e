// The daemon's life: starting, reloading, draining, and what it does with its sockets.

import Foundation
import Glibc
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("mapmux serve", .serialized)
    struct ServeTests {
        private static let shared = Result { try Scene() }

        private func scene() throws -> Scene { try Self.shared.get() }

        @Test("It starts while the database is down, answers TEMP at once, and recovers with the database")
        func databaseDown() throws {
            let scene = try Scene()
            try scene.cluster.stop()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(), parameters: ["lookup_timeout": "1h", "connect_timeout": "1h"])
            try mapmux.start()
            // An answer that waited for a time-out would come after this client gave up.
            let client = try mapmux.client(timeLimit: 60)
            for number in 0..<100 {
                #expect(try client.lookup("addresses", "user\(number)@example.com").isTemporary)
            }
            // What needs no database has its answer all the same.
            #expect(try client.lookup("literals", "@example.com") == .notFound)
            #expect(try client.lookup("addresses", "") == .notFound)
            try scene.cluster.start()
            try waitForValue(mapmux)
        }

        @Test("TERM: what was asked is answered, nothing new is accepted, and the status is 0")
        func drain() throws {
            let scene = try scene()
            let slow = try scene.table("slow", query: "SELECT 'slept over %s' FROM pg_sleep(2)")
            for signal in [SIGTERM, SIGINT] {
                let mapmux = try MapmuxProcess(maps: try scene.loadTables() + [slow])
                try mapmux.start()
                try waitForValue(mapmux)
                let client = try mapmux.client()
                let idle = try mapmux.client()
                let keys = ["one", "two", "three"]
                try client.send(keys.flatMap { SocketmapClient.request("slow", Array($0.utf8)) })
                try waitUntil("PostgreSQL is at it") {
                    try scene.cluster.psql(
                        Scene.database,
                        """
                        SELECT count(*) > 0 FROM pg_stat_activity
                        WHERE wait_event = 'PgSleep' AND pid <> pg_backend_pid()
                        """) == "t"
                }
                mapmux.signal(signal)
                for key in keys { #expect(try client.readReply() == .ok("slept over \(key)")) }
                #expect(try client.readUntilClosed().isEmpty)
                #expect(try idle.readUntilClosed().isEmpty)
                #expect(try mapmux.waitForExit() == 0, "\(mapmux.log())")
                #expect(throws: SocketmapClient.Failure.self) { try mapmux.client() }
            }
        }

        @Test("TERM with a lookup that takes longer than drain_timeout: the daemon ends all the same")
        func drainTimeout() throws {
            let scene = try scene()
            let slow = try scene.table("endless", query: "SELECT '%s' FROM pg_sleep(3600)")
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables() + [slow],
                parameters: ["drain_timeout": "1s", "lookup_timeout": "1h"])
            try mapmux.start()
            try waitForValue(mapmux)
            let client = try mapmux.client()
            try client.send(SocketmapClient.request("endless", Array("x".utf8)))
            mapmux.signal(SIGTERM)
            #expect(try mapmux.waitForExit() == 0, "\(mapmux.log())")
            #expect(try client.readUntilClosed().isEmpty)
            // The query outlives its client where nobody cancels it.
            try scene.cluster.psql(
                Scene.database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        }

        @Test("HUP: a table that was added and one that was changed are served, to old clients as well")
        func reload() throws {
            let scene = try scene()
            let changing = try scene.table("changing", query: "SELECT 'before %s'")
            let mapmux = try MapmuxProcess(maps: [changing])
            try mapmux.start()
            let client = try mapmux.client()
            try waitUntil("a value arrives: \(mapmux.log())") {
                try client.lookup("changing", "x") == .ok("before x")
            }
            guard case .perm = try client.lookup("added", "x") else {
                Issue.record("the table is not there yet")
                return
            }
            try scene.table("changing", query: "SELECT 'after %s'")
            let added = try scene.table("added", query: "SELECT 'added %s'")
            try mapmux.configure(maps: [changing, added])
            mapmux.signal(SIGHUP)
            try waitUntil("the new table is served: \(mapmux.log())") {
                try client.lookup("added", "x") == .ok("added x")
            }
            #expect(try client.lookup("changing", "x") == .ok("after x"))

            try mapmux.configure(maps: [added])
            mapmux.signal(SIGHUP)
            try waitUntil("the old table is gone: \(mapmux.log())") {
                if case .perm = try client.lookup("changing", "x") { true } else { false }
            }
            #expect(try mapmux.client().lookup("added", "y") == .ok("added y"))
        }

        @Test(
            "HUP with an error in mapmux.conf: all stays as it was; in a table's file: that table; the log says why"
        )
        func brokenReload() throws {
            let scene = try scene()
            let table = try scene.table("edited", query: "SELECT 'old %s'")
            let mapmux = try MapmuxProcess(maps: [table])
            try mapmux.start()
            let client = try mapmux.client()
            try waitUntil("a value arrives: \(mapmux.log())") {
                try client.lookup("edited", "x") == .ok("old x")
            }
            var logged = mapmux.log().count
            try scene.table("edited", query: "SELECT 'new %q'")
            mapmux.signal(SIGHUP)
            try mapmux.waitForLog("edited.cf:5:", beyond: logged)
            #expect(try client.lookup("edited", "x") == .ok("old x"))

            logged = mapmux.log().count
            try scene.table("edited", query: "SELECT 'new %s'")
            try mapmux.configure(maps: [table], parameters: ["pool_sise": "3"])
            mapmux.signal(SIGHUP)
            try mapmux.waitForLog("pool_sise", beyond: logged)
            #expect(try client.lookup("edited", "x") == .ok("old x"))

            logged = mapmux.log().count
            try mapmux.configure(maps: [table, "pgsql:\(scene.directory.path)/missing.cf"])
            mapmux.signal(SIGHUP)
            try mapmux.waitForLog("missing.cf", beyond: logged)
            try waitUntil("the mended table is served: \(mapmux.log())") {
                try client.lookup("edited", "x") == .ok("new x")
            }
        }

        @Test("A socket that a live daemon listens on: the second daemon refuses to start")
        func socketInUse() throws {
            let scene = try scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            try mapmux.start()
            let second = try MapmuxProcess(
                maps: try scene.loadTables(), parameters: ["socketmap_listen": "unix:\(mapmux.socketPath)"])
            try second.launch()
            #expect(try second.waitForExit() == 78)
            #expect(second.log().contains(mapmux.socketPath), "\(second.log())")
            try waitForValue(mapmux)
        }

        @Test("A socket file that a dead daemon left behind is replaced; another kind of file is not")
        func staleSocket() throws {
            let scene = try scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            try mapmux.start()
            mapmux.signal(SIGKILL)
            _ = try mapmux.waitForExit()
            #expect(unsafe access(mapmux.socketPath, F_OK) == 0)
            try mapmux.start()
            try waitForValue(mapmux)
            mapmux.signal(SIGTERM)
            _ = try mapmux.waitForExit()

            let file = try mapmux.directory.write("precious", "not a socket")
            try mapmux.configure(
                maps: try scene.loadTables(), parameters: ["socketmap_listen": "unix:\(file)"])
            try mapmux.launch()
            #expect(try mapmux.waitForExit() == 78)
            #expect(try readFile(file) == Array("not a socket".utf8))
        }

        @Test("Several sockets are served, with the permissions asked for, and -o overrides the file")
        func socketsAndOverrides() throws {
            let scene = try scene()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(),
                parameters: ["socketmap_listen": "unix:/nonexistent/socketmap", "pool_size": "3"])
            let first = "\(mapmux.directory.path)/first"
            let second = "\(mapmux.directory.path)/second"
            try mapmux.start(
                arguments: [
                    "-o", "socketmap_listen=unix:\(first), unix:\(second)", "-o", "pool_size=1",
                    "-o", "socket_mode=0600",
                ], socket: second)
            for path in [first, second] {
                let client = try SocketmapClient(path: path)
                try waitUntil("a value arrives: \(mapmux.log())") {
                    try client.lookup("numbers", "7") == .ok("box7@store.example.net")
                }
                let attributes = try FileManager.default.attributesOfItem(atPath: path)
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
            try waitUntil("one connection") { try scene.connections(to: scene.cluster) == 1 }
        }

        @Test("The log holds no password and, above debug, no key")
        func discreetLog() throws {
            let scene = try Scene()
            let secret = try scene.table(
                "secret", query: "SELECT 1 / 0 FROM addresses WHERE address <> '%s'",
                more: "password = gibraltar")
            let mapmux = try MapmuxProcess(maps: [secret])
            try mapmux.start()
            let client = try mapmux.client()
            #expect(try client.lookup("secret", "whisper@example.com").isTemporary)
            try scene.cluster.stop()
            for _ in 0..<10 { #expect(try client.lookup("secret", "whisper@example.com").isTemporary) }
            mapmux.signal(SIGTERM)
            _ = try mapmux.waitForExit()
            #expect(!mapmux.log().isEmpty)
            #expect(!mapmux.log().contains("gibraltar"))
            #expect(!mapmux.log().contains("whisper"))
        }
    }
}
