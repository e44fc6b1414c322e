// What the commands for those who watch say of a running daemon: status, stats --connections, config.

import Foundation
import Glibc
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Commands for monitoring", .serialized)
    struct MonitoringCommandTests {
        private static let shared = Result { try Scene() }

        private func daemon(
            maps more: [String] = [], _ parameters: [String: String] = [:]
        ) throws -> MapmuxProcess {
            let mapmux = try MapmuxProcess(
                maps: try Self.shared.get().loadTables() + more, parameters: parameters)
            try mapmux.start()
            try waitForValue(mapmux)
            return mapmux
        }

        // MARK: status

        @Test("status: 0 and figures when all is well, 2 when a database is away or everything fails")
        func status() throws {
            let scene = try Self.shared.get()
            let mapmux = try daemon()
            // Those that have failed before the database was connected to.
            var well = try mapmux.run("status", ["--warning", "100", "--critical", "100"])
            #expect(well.status == 0 && well.stderr.isEmpty, "\(well.text)")
            #expect(well.text.hasPrefix("MAPMUX OK - 3 maps; 1 database connected; "))
            // The pool may not be whole yet.
            #expect(well.text.contains(#/\| failed_share=.* connections=[1-4];;;0\n$/#), "\(well.text)")

            let broken = try scene.table("broken", query: "SELECT '%s' FROM nowhere")
            let lost = try scene.table(
                "lost", query: "SELECT '%s'", hosts: "unix:\(scene.directory.path)/nobody")
            try mapmux.configure(maps: try scene.loadTables() + [broken, lost])
            #expect(try mapmux.run("reload", []).status == 0)
            #expect(try mapmux.client().lookup("broken", "x").isTemporary)
            let name = "postgres@\(scene.directory.path)/nobody/\(Scene.database)"
            try waitUntil("the host has failed") {
                try mapmux.statistics().targets.contains { $0.hosts[0].state == .failing }
            }
            let bad = try mapmux.run("status", ["--warning", "100", "--critical", "100"])
            #expect(bad.status == 2 && bad.text.hasPrefix("MAPMUX CRITICAL - "), "\(bad.text)")
            #expect(bad.text.contains("has no live connection") && bad.text.contains(name), "\(bad.text)")
            #expect(bad.text.contains("each lookup in broken has failed"), "\(bad.text)")
            #expect(bad.text.split(separator: "\n").count == 1)

            // Nobody is there, nobody may ask, and nobody knows where to ask.
            mapmux.signal(SIGTERM)
            #expect(try mapmux.waitForExit() == 0)
            well = try mapmux.run("status", [])
            #expect(
                well.status == 2 && well.text.hasPrefix("MAPMUX CRITICAL - can't connect"), "\(well.text)")
            let unknown = try MapmuxProcess.run(["status", "-c", "/nowhere.conf"])
            #expect(unknown.status == 3 && unknown.text.hasPrefix("MAPMUX UNKNOWN - /nowhere.conf: "))
            #expect(try mapmux.run("status", ["--warning", "20", "--critical", "10"]).status == 64)
        }

        @Test("A database whose connections idle_interval has closed is no fault, and is one when it fails")
        func dormant() throws {
            let scene = try Self.shared.get()
            let rare = try scene.table(
                "rare", query: "SELECT goto FROM addresses WHERE address = '%s'",
                more: "user = sleeper\nidle_interval = 1s")
            try scene.cluster.psql(
                Scene.database, "CREATE ROLE sleeper LOGIN; GRANT SELECT ON addresses TO sleeper")
            let (mapmux, port) = try daemonWithStatus(scene, maps: [rare])
            #expect(try mapmux.client().lookup("rare", "user7@example.com") != .notFound)
            try waitUntil("it is dormant: \(mapmux.log())") {
                try mapmux.statistics().targets.contains { $0.isDormant && !$0.isLive }
            }
            let status = try mapmux.run("status", ["--warning", "100", "--critical", "100"])
            #expect(status.status == 0, "\(status.text)")
            #expect(status.text.contains("; 1 database connected, 1 dormant; "), "\(status.text)")
            let http = try HTTPClient(to: .tcp(port))
            let ready = try http.request("/readyz")
            #expect(ready.status == 200 && ready.text.contains(" is dormant: "), "\(ready.text)")
            let name = try #require(try mapmux.statistics().targets.first(where: \.isDormant)).name
            let metrics = try http.request("/metrics").text
            #expect(metrics.contains("\nmapmux_target_up{target=\"\(name)\"} 1\n"))
            #expect(metrics.contains("\nmapmux_target_dormant{target=\"\(name)\"} 1\n"))
            #expect(try mapmux.run("stats", []).text.contains("  dormant: "))

            try scene.cluster.psql(Scene.database, "ALTER ROLE sleeper NOLOGIN")
            #expect(try mapmux.client().lookup("rare", "user7@example.com").isTemporary)
            let fault = try mapmux.run("status", ["--warning", "100", "--critical", "100"])
            #expect(fault.status == 2, "\(fault.text)")
            #expect(
                fault.text.contains("\(name) has no live connection: ")
                    && fault.text.contains("is not permitted to log in"), "\(fault.text)")
            #expect(try http.request("/readyz").status == 503)
        }

        @Test("A reload that was refused is a warning, until one is carried out")
        func refusedReload() throws {
            let tables = try Self.shared.get().loadTables()
            let mapmux = try daemon()
            try mapmux.configure(maps: tables, parameters: ["pool_size": "many"])
            #expect(try mapmux.run("reload", []).status == 78)
            let limits = ["--warning", "100", "--critical", "100"]
            let refused = try mapmux.run("status", limits)
            #expect(refused.status == 1, "\(refused.text)")
            #expect(
                refused.text.hasPrefix("MAPMUX WARNING - the last reload was refused: ")
                    && refused.text.contains("found `pool_size = many`"), "\(refused.text)")
            try mapmux.configure(maps: tables, parameters: [:])
            #expect(try mapmux.run("reload", []).status == 0)
            #expect(try mapmux.run("status", limits).status == 0)
        }

        // MARK: stats --connections

        @Test("stats --connections: each connection is in pg_stat_activity by its pid, with its host and age")
        func connections() throws {
            let scene = try Self.shared.get()
            let mapmux = try daemon(["pool_size": "3", "instance": "seen"])
            let query = "SELECT pid FROM pg_stat_activity WHERE application_name = 'mapmux/seen' ORDER BY pid"
            var targets: [TargetConnections] = []
            try waitUntil("all are idle: \(targets)") {
                let result = try mapmux.run("stats", ["--connections", "--json"])
                targets = try JSONDecoder().decode([TargetConnections].self, from: Data(result.stdout))
                return targets.count == 1 && targets[0].connections.count == 3
                    && targets[0].connections.allSatisfy { $0.state == .idle }
            }
            let pids = targets[0].connections.map(\.pid).sorted().map { "\($0)" }
            #expect(
                try scene.cluster.psql(Scene.database, query).split(separator: "\n").map(String.init) == pids)
            #expect(targets[0].target == (try mapmux.statistics().targets.first?.name))
            for connection in targets[0].connections {
                #expect(connection.ageSeconds >= 0 && connection.inFlight == 0)
                #expect("unix:\(connection.host)" == scene.cluster.host, "\(connection)")
            }
            let text = try mapmux.run("stats", ["--connections"]).text
            #expect(text.hasPrefix("TARGET \(targets[0].target)\n  HOST"), "\(text)")
            for pid in pids { #expect(text.contains(" \(pid)   idle "), "\(text)") }
        }

        @Test("A connection at work is active, with the queries in flight")
        func active() throws {
            let scene = try Self.shared.get()
            let slow = try scene.table("slow", query: "SELECT '%s' FROM pg_sleep(20)")
            let mapmux = try daemon(maps: [slow], ["lookup_timeout": "5s", "instance": "slow"])
            let client = try mapmux.client()
            try client.send(SocketmapClient.request("slow", Array("x".utf8)))
            try waitUntil("one is at work") {
                let connections = try mapmux.statistics().targets[0].connections
                return connections.contains {
                    $0.inFlight == 1 && ($0.state == .active || $0.state == .stalled)
                }
            }
        }

        // MARK: config

        @Test("config: what is given, in the manual's order; --all has the defaults, a name only its own")
        func config() throws {
            let mapmux = try daemon(["pool_size": "3", "lookup_timeout": "  7s"])
            let maps = try Self.shared.get().loadTables().joined(separator: " ")
            let expected = """
                maps = \(maps)
                socketmap_listen = unix:\(mapmux.socketPath)
                pool_size = 3
                lookup_timeout = 7s
                control_socket = unix:\(mapmux.controlPath)

                """
            let here = try mapmux.run("config", [])
            #expect(here.status == 0 && here.text == expected && here.stderr.isEmpty, "\(here.text)")
            #expect(try mapmux.run("config", ["--daemon"]).text == expected)
            #expect(try mapmux.run("config", ["-o", "pool_size=9", "pool_size"]).text == "pool_size = 9\n")
            let two = try mapmux.run("config", ["workers", "instance"])
            #expect(two.text == "workers = 1\ninstance =\n", "\(two.text)")
            let all = try mapmux.run("config", ["--all"]).text.split(separator: "\n")
            #expect(all.contains("pool_size = 3") && all.contains("pipeline_depth = 256"))
            #expect(all.count > 25 && Set(all.map { $0.prefix { $0 != " " } }).count == all.count)

            // The daemon goes on with what it has read.
            try mapmux.configure(maps: try Self.shared.get().loadTables(), parameters: ["pool_size": "5"])
            #expect(try mapmux.run("config", ["pool_size"]).text == "pool_size = 5\n")
            #expect(try mapmux.run("config", ["--daemon", "pool_size"]).text == "pool_size = 3\n")
        }

        @Test(
            "config: errors of mapmux.conf are told with their lines and end with 78, an unknown name with 64"
        )
        func wrongConfig() throws {
            let maps = try Self.shared.get().loadTables()
            let mapmux = try MapmuxProcess(maps: maps + ["pgsql:/nowhere.cf"], parameters: [:])
            // A table's trouble is not the configuration's.
            #expect(try mapmux.run("config", ["pool_size"]).text == "pool_size = 4\n")
            let unknown = try mapmux.run("config", ["pool_sizes", "workers"])
            #expect(unknown.status == 64 && unknown.text == "workers = 1\n")
            #expect(unknown.stderr.contains("found the unknown parameter `pool_sizes`"), "\(unknown.stderr)")
            try mapmux.configure(maps: maps, parameters: ["pool_size": "many"])
            let wrong = try mapmux.run("config", [])
            #expect(wrong.status == 78 && wrong.stdout.isEmpty)
            #expect(
                wrong.stderr.contains(#/mapmux\.conf:[0-9]+: found `pool_size = many`/#), "\(wrong.stderr)")
            #expect(try mapmux.run("config", ["--daemon"]).status == 69)
        }
    }
}
