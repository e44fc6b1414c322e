// What is said of connections: that there are too few, and in the server's own words why they end.

import Foundation
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Connections that are missing or ended", .serialized)
    struct ConnectionReasonTests {
        private static let shared = Result {
            let scene = try Scene()
            try scene.cluster.psql(
                Scene.database,
                "CREATE ROLE limited LOGIN CONNECTION LIMIT 2; GRANT SELECT ON addresses TO limited")
            return scene
        }

        @Test(
            "A pool with fewer connections than it should have: it is said, and over seconds after there is room"
        )
        func full() throws {
            let scene = try Self.shared.get()
            let table = try scene.table(
                "limited", query: "SELECT goto FROM addresses WHERE address = '%s'",
                more: "user = limited\nretry_interval = 10m")
            let mapmux = try MapmuxProcess(maps: [table])
            try mapmux.start()
            try mapmux.waitForLog("a database host lets in fewer connections than there should be")
            let client = try mapmux.client()
            #expect(try client.lookup("limited", "user7@example.com") == .ok("box7@store.example.net"))
            let line = try #require(
                mapmux.log().split(separator: "\n").first { $0.contains("lets in fewer") })
            #expect(line.contains("expected=4") && line.contains("too many connections for role"), "\(line)")
            #expect(try mapmux.statistics().recentErrors.contains { $0.message.contains("lets in fewer") })
            let status = try mapmux.run("status", ["--warning", "100", "--critical", "100"])
            #expect(status.status == 1, "\(status.text)")
            #expect(
                status.text.contains("has 2 of 4 connections, as host ")
                    && status.text.contains("too many connections for role"), "\(status.text)")
            // Long enough for any back-off to have grown beyond what a postmaster would wait.
            Thread.sleep(forTimeInterval: 5)
            try scene.cluster.psql(Scene.database, "ALTER ROLE limited CONNECTION LIMIT -1")
            try mapmux.waitForLog("a database host lets in all connections again")
            #expect(try mapmux.statistics().targets[0].hosts[0].ready == 4)
            #expect(mapmux.log().split(separator: "\n").count { $0.contains("lets in fewer") } == 1)
        }

        @Test("Where no connection is left, query says that, and not that no host can be reached")
        func noneLeft() throws {
            let scene = try Self.shared.get()
            try scene.cluster.psql(
                Scene.database,
                "CREATE ROLE shut LOGIN CONNECTION LIMIT 0; GRANT SELECT ON addresses TO shut")
            let table = try scene.table(
                "shut", query: "SELECT goto FROM addresses WHERE address = '%s'", more: "user = shut")
            let result = try MapmuxProcess(maps: [table]).run("query", ["shut", "user7@example.com"])
            #expect(result.status == 75)
            #expect(result.stderr.contains("shut: there is no connection left: "), "\(result.stderr)")
            #expect(result.stderr.contains("too many connections for role"), "\(result.stderr)")
            #expect(!result.stderr.contains("can be reached"), "\(result.stderr)")
        }

        @Test("A connection that the server ends while it is idle: the log has the server's reason")
        func ended() throws {
            let scene = try Self.shared.get()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            try mapmux.start()
            try waitForValue(mapmux)
            try scene.cluster.psql(
                Scene.database,
                """
                SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                WHERE application_name = 'mapmux' AND usename = 'postgres'
                """)
            try mapmux.waitForLog("terminating connection due to administrator command (SQLSTATE 57P01)")
            #expect(!mapmux.log().contains("unexpectedly"), "\(mapmux.log())")
            try waitForValue(mapmux)
        }

        @Test("What systemd shows names a database without a connection, until there is one")
        func status() throws {
            let scene = try Scene()
            let directory = try TemporaryDirectory()
            let manager = try NotifySocket(name: "\(directory.path)/notify")
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            try mapmux.start(environment: ["NOTIFY_SOCKET": manager.name])
            try waitForValue(mapmux)
            try scene.cluster.stop()
            try waitUntil("the status has it: \(manager.messages())") {
                manager.messages().last?.contains("maps on \(mapmux.socketPath); no connection to postgres@")
                    == true
            }
            try scene.cluster.start()
            try waitUntil("the status has it no more: \(manager.messages())") {
                manager.messages().last == "STATUS=Serving 3 maps on \(mapmux.socketPath)"
            }
            // libpq's own words have a tab in them.
            #expect(!mapmux.log().contains("\t") && !mapmux.log().contains("\\t"), "\(mapmux.log())")
        }
    }
}
