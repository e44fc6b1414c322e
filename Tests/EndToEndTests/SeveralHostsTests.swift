// Tables that work at one of their hosts only: `mapmux query`, `query --explain` and `check` know it as the daemon does.

import Testing
import ThrowawayServers

/// Two clusters of which the preferred one refuses what the other one answers.
private struct HalfScene {
    static let key = "user7@example.com"

    /// Maps, their queries, and what the preferred host says against them.
    static let refusals: [(map: String, query: String, state: String, message: String)] = [
        (
            "granted", "SELECT goto FROM granted WHERE address = '%s'", "42501",
            "permission denied for table granted"
        ),
        (
            "column", "SELECT goto FROM partly WHERE address = '%s'", "42501",
            "permission denied for table partly"
        ),
        ("function", "SELECT allowed('%s')", "42501", "permission denied for function allowed"),
        (
            "literal", "SELECT concat('%u', goto) FROM granted WHERE address = '%s'", "42501",
            "permission denied for table granted"
        ),
        (
            "present", "SELECT goto FROM present WHERE address = '%s'", "42P01",
            "relation \"present\" does not exist"
        ),
    ]
    /// What can be told of this one by executing it only.
    static let raising = (map: "raising", query: "SELECT raised('%s')", state: "P0001", message: "not here")

    let scene: Scene
    /// Reached by its socket, and so the first to be asked.
    var refusing: ThrowawayCluster { scene.clusters[0] }
    var answering: ThrowawayCluster { scene.clusters[1] }
    /// As messages call them.
    var names: (refusing: String, answering: String) {
        (refusing.socketDirectory, String(answering.host.dropFirst("inet:".count)))
    }

    init() throws {
        scene = try Scene(hosts: 1, tcpHosts: 1)
        let function = "(text) RETURNS text LANGUAGE plpgsql STABLE AS"
        for cluster in scene.clusters {
            try cluster.psql(
                Scene.database,
                """
                CREATE ROLE reader LOGIN;
                CREATE TABLE granted AS SELECT * FROM addresses;
                CREATE TABLE partly AS SELECT * FROM addresses;
                CREATE TABLE nets (net inet, goto text);
                GRANT SELECT ON nets TO reader;
                CREATE FUNCTION allowed\(function) $$ BEGIN RETURN 'box'; END $$;
                """)
        }
        try answering.psql(
            Scene.database,
            """
            CREATE TABLE present AS SELECT * FROM addresses;
            GRANT SELECT ON granted, partly, present TO reader;
            CREATE FUNCTION raised\(function) $$ BEGIN RETURN 'box'; END $$;
            """)
        try refusing.psql(
            Scene.database,
            """
            GRANT SELECT (address) ON partly TO reader;
            REVOKE EXECUTE ON FUNCTION allowed(text) FROM public;
            CREATE FUNCTION raised\(function) $$ BEGIN RAISE 'not here'; END $$;
            """)
    }

    /// Writes a table's file, and returns how `maps` names it.
    func table(_ name: String, _ query: String, hosts: [ThrowawayCluster]? = nil) throws -> String {
        let hosts = (hosts ?? scene.clusters).map(\.host).joined(separator: " ")
        let path = try scene.directory.write(
            "\(name).cf",
            """
            hosts = \(hosts)
            user = reader
            dbname = \(Scene.database)
            query = \(query)

            """)
        return "pgsql:\(path)"
    }

    func path(_ name: String) -> String { "\(scene.directory.path)/\(name).cf" }
}

extension EndToEnd {
    @Suite("Tables that work at one host only", .serialized)
    struct SeveralHostsTests {
        private static let shared = Result { try HalfScene() }

        private func half() throws -> HalfScene { try Self.shared.get() }

        @Test(
            "query always finds what one of two hosts answers, and fails with the server's words where there is but one"
        )
        func query() throws {
            let half = try half()
            let refusals = HalfScene.refusals + [HalfScene.raising]
            var maps: [String] = []
            for refusal in refusals {
                maps.append(try half.table(refusal.map, refusal.query))
                maps.append(try half.table("\(refusal.map)-alone", refusal.query, hosts: [half.refusing]))
            }
            let mapmux = try MapmuxProcess(maps: maps)
            for refusal in refusals {
                // Each kind of refusal often, others of its kind now and then.
                let isOften = ["granted", "present", "raising"].contains(refusal.map)
                for attempt in 1...(isOften ? 20 : 3) {
                    let result = try mapmux.run("query", [refusal.map, HalfScene.key])
                    #expect(
                        result.status == 0 && result.text.contains("box"),
                        "\(refusal.map), \(attempt): \(result.text) \(result.stderr)")
                }
                let alone = try mapmux.run("query", ["\(refusal.map)-alone", HalfScene.key])
                #expect(alone.status == 75 && alone.text.isEmpty, "\(refusal.map): \(alone.text)")
                #expect(alone.stderr.contains(refusal.message), "\(refusal.map): \(alone.stderr)")
            }
        }

        @Test("--explain shows each host's word, and has the value of the first that answers")
        func explain() throws {
            let half = try half()
            let (refusing, answering) = half.names
            let refusals = HalfScene.refusals + [HalfScene.raising]
            let mapmux = try MapmuxProcess(maps: try refusals.map { try half.table($0.map, $0.query) })
            for refusal in refusals {
                let result = try mapmux.run("query", ["--explain", refusal.map, HalfScene.key])
                #expect(result.status == 0 && result.stderr.isEmpty, "\(result.stderr)")
                let lines = result.text.split(separator: "\n").map(String.init)
                let word = "host \(refusing): \(refusal.message) (SQLSTATE \(refusal.state))"
                let place = try #require(lines.firstIndex { $0.hasPrefix(word) }, "\(result.text)")
                #expect(lines[place + 1] == "asked at another host, as the query has failed at this one")
                #expect(lines[place + 2].hasPrefix("host \(answering): "), "\(result.text)")
                #expect(lines.last?.hasPrefix("value: \"") == true && lines.last?.contains("box") == true)
            }
        }

        @Test(
            "--explain asks no other host after an error that is the key's own, and none says more than the last that erred"
        )
        func explainKey() throws {
            let half = try half()
            let mapmux = try MapmuxProcess(maps: [
                try half.table("nets", "SELECT goto FROM nets WHERE net = '%s'"),
                try half.table("nowhere", "SELECT goto FROM no_such_table WHERE x = '%s'"),
            ])
            let result = try mapmux.run("query", ["--explain", "nets", "mail.example.com"])
            #expect(result.status == 75 && result.stderr.contains("mail.example.com"), "\(result.stderr)")
            #expect(result.text.contains("(SQLSTATE 22P02)\nnot asked at other hosts: "), "\(result.text)")
            #expect(!result.text.contains("host \(half.names.answering)"), "\(result.text)")
            let nowhere = try mapmux.run("query", ["--explain", "nowhere", "x"])
            #expect(nowhere.status == 75 && nowhere.stderr.contains("no_such_table"), "\(nowhere.stderr)")
            #expect(nowhere.text.split(separator: "\n").filter { $0.hasPrefix("host ") }.count == 2)
        }

        @Test(
            "check tells of each table where it works, and where its login may not execute it, without executing it"
        )
        func check() throws {
            let half = try half()
            let (refusing, answering) = half.names
            let tables = HalfScene.refusals + [HalfScene.raising]
            let maps = try tables.map { try half.table($0.map, $0.query) }
            let alone = try half.table("alone", tables[0].query, hosts: [half.refusing])
            let mapmux = try MapmuxProcess(maps: maps + [alone])
            let report = try CheckedJSON(mapmux)
            #expect(report.status == 75 && report.result == "temporary-failure", "\(report.text)")
            for refusal in HalfScene.refusals {
                let entry = try report.table(refusal.map)
                let verdict = try #require(entry["verdict"] as? String)
                let error = "\(refusal.message) (SQLSTATE \(refusal.state))"
                // What is in plpgsql is not asked for a key that can't exist.
                let state = verdict.contains("plpgsql") ? "prepared" : "ok"
                #expect(verdict.hasPrefix("\(state) at \(answering), "), "\(verdict)")
                #expect(
                    verdict.hasSuffix("; \(refusing): \(error): its lookups go to \(answering)"), "\(verdict)"
                )
                let hosts = try #require(entry["hosts"] as? [[String: Any]])
                #expect(hosts.map { $0["error"] as? String } == [error, nil])
                let problems = report.problems(half.path(refusal.map)).filter { $0.code != "connections" }
                #expect(Set(problems.map(\.code)).isSuperset(of: ["refused-query", "hosts-differ"]))
                let note = try #require(problems.first { $0.code == "hosts-differ" })
                #expect(
                    note.severity == "note"
                        && note.message.contains("works at \(answering) and not at \(refusing)"))
                #expect(problems.first { $0.code == "refused-query" }?.message.contains(error) == true)
            }
            let raising = try #require(try report.table("raising")["verdict"] as? String)
            #expect(raising.hasPrefix("prepared, 1 parameter; "))
            let single = try report.table("alone")
            #expect(single["verdict"] as? String == "query may not be executed")
            #expect(report.codes(half.path("alone")).contains("refused-query"))

            let connections = tables.map(\.map).flatMap { map in
                report.problems(half.path(map)).filter { $0.code == "connections" }
            }
            #expect(connections.count == 1, "\(report.text)")
            #expect(
                connections.first?.message.hasPrefix("expect 7 connections at most: pool_size = 4, ") == true)
            let text = try mapmux.run("check", [])
            #expect(text.status == 75)
            #expect(text.text.contains("granted \(half.path("granted")): ok at \(answering), 1 parameter; "))
            #expect(text.text.contains("one beyond pool_size"), "\(text.text)")
            #expect(text.stderr.contains("that the login may not execute at host \(refusing), "))
            #expect(text.stderr.contains("that host \(refusing) can't prepare, "))
        }
    }
}
