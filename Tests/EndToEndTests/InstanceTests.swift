// What tells one daemon from another: for the DBA, in pg_stat_activity, and for whoever looks at its statistics.

import Foundation
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension Scene {
    /// How many connections there are to the database under each name, as `NAME|COUNT`, but for the test's own.
    func connectionsByName() throws -> [Substring] {
        try cluster.psql(
            "postgres",
            """
            SELECT application_name, count(*) FROM pg_stat_activity WHERE datname = '\(Self.database)'
            GROUP BY 1 ORDER BY 1
            """
        ).split(separator: "\n")
    }
}

extension EndToEnd {
    @Suite("Instances", .serialized)
    struct InstanceTests {
        @Test("PostgreSQL calls the connections by the instance, and by a new one after a reload")
        func applicationName() throws {
            let scene = try Scene()
            let maps = try scene.loadTables()
            let mapmux = try MapmuxProcess(maps: maps)
            try mapmux.start()
            try waitForValue(mapmux)
            try waitUntil("the pool is whole") { try scene.connectionsByName() == ["mapmux|4"] }
            let load = LoadClients(path: mapmux.socketPath, clients: 8, choose: Scene.lookup)
            // As long as it may be.
            for instance in ["mx1", String(repeating: "x", count: 56), ""] {
                try mapmux.configure(maps: maps, parameters: ["instance": instance])
                let reload = try mapmux.run("reload", [])
                #expect(reload.status == 0, "\(reload.stderr)")
                let name = instance.isEmpty ? "mapmux" : "mapmux/\(instance)"
                try waitUntil("only \(name) is connected: \(mapmux.log())") {
                    try scene.connectionsByName() == ["\(name)|4"]
                }
                #expect(try mapmux.statistics().process.instance == instance)
                try load.waitForRight(100)
            }
            expectOnlyRight(try load.stop(), mapmux)

            try mapmux.configure(maps: maps, parameters: ["instance": "mx 1"])
            let refused = try mapmux.run("reload", [])
            #expect(refused.status == 78 && refused.stderr.contains("found `instance = mx 1`"))
            #expect(try scene.connectionsByName() == ["mapmux|4"])
        }

        @Test("A name that a table's file sets comes first, and one of the environment too")
        func tablesOwnName() throws {
            let scene = try Scene()
            let socket = scene.cluster.socketDirectory.replacing("/", with: "%2F")
            let own = try scene.table(
                "own", query: "SELECT current_setting('application_name') || ' %s'",
                hosts: "postgresql:///\(Scene.database)?host=\(socket)&user=postgres&application_name=aliases"
            )
            let plain = try scene.table(
                "plain", query: "SELECT current_setting('application_name') || ' %s'")
            let mapmux = try MapmuxProcess(maps: [own, plain], parameters: ["instance": "mx1"])
            try mapmux.start()
            let client = try mapmux.client()
            try waitUntil("both answer: \(mapmux.log())") {
                try client.lookup("own", "x") == .ok("aliases x")
                    && client.lookup("plain", "x") == .ok("mapmux/mx1 x")
            }
            let query = try mapmux.run("query", ["plain", "x"])
            #expect(query.text == "mapmux/mx1 x\n", "\(query.stderr)")

            let named = try MapmuxProcess(maps: [own, plain], parameters: ["instance": "mx1"])
            try named.start(environment: ["PGAPPNAME": "environment"])
            let other = try named.client()
            try waitUntil("both answer: \(named.log())") {
                try other.lookup("own", "x") == .ok("aliases x")
                    && other.lookup("plain", "x") == .ok("environment x")
            }
        }

        @Test("PgBouncer passes the name on")
        func pooler() throws {
            let scene = try Scene()
            let pooler = try PgBouncer(before: scene.cluster, connections: 2)
            let named = try scene.table(
                "named", query: "SELECT current_setting('application_name') || ' %s'", hosts: pooler.host)
            let mapmux = try MapmuxProcess(maps: [named], parameters: ["instance": "mx1"])
            try mapmux.start()
            let client = try mapmux.client()
            try waitUntil("it answers: \(mapmux.log())") {
                try client.lookup("named", "x") == .ok("mapmux/mx1 x")
            }
        }

        @Test("mapmux check connects under the name too")
        func check() throws {
            let cluster = try ThrowawayCluster(settings: [
                "log_line_prefix": "'<%a> '", "log_disconnections": "on",
            ])
            let scene = try Scene(clusters: [cluster])
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(), parameters: ["instance": "mx1"])
            let check = try mapmux.run("check", [])
            #expect(check.status == 0, "\(check.stderr)")
            try waitUntil("PostgreSQL logs that it is gone") {
                let log = String(decoding: try readFile(cluster.logPath), as: UTF8.self)
                return log.contains("<mapmux/mx1> LOG:  disconnection")
            }
        }

        @Test("mapmux stats, mapmux top, the metrics and the page name the instance")
        func statistics() throws {
            let scene = try Scene()
            let (mapmux, port) = try daemonWithStatus(scene, parameters: ["instance": "mx-1.b"])
            let report = try mapmux.run("stats", [])
            #expect(report.text.contains(" (mx-1.b), up "), "\(report.text)")
            let top = try MapmuxProcess.commandLine(["top", "-c", mapmux.configurationPath])
            let window = try TmuxWindow(in: mapmux.directory, columns: 80, rows: 24, running: top)
            try window.waitForScreen("top names it") { $0.first?.contains(" (mx-1.b), up ") == true }
            let metrics = try HTTPClient(to: .tcp(port)).request("/metrics").text
            #expect(metrics.contains(/\nmapmux_build_info\{version="[^"]+",instance_name="mx-1.b"\} 1\n/))
            let page = try Rendering("http://127.0.0.1:\(port)/", width: 1200, isDark: false)
            #expect(try page.text("instance") == "mx-1.b")
            #expect(page.document.contains("<title>mapmux mx-1.b</title>"))
        }
    }
}
