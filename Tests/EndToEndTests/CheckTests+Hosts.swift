// What `mapmux check` says of hosts: how they are reached, standbys that lag, poolers, and connections that run out.

import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd.CheckTests {
    @Test("TCP without a password is a warning, and with one it is none")
    func network() throws {
        let directory = try TemporaryDirectory()
        let access = try directory.write(
            "pg_hba.conf",
            """
            local all all trust
            host all trusted 127.0.0.1/32 trust
            host all all 127.0.0.1/32 scram-sha-256

            """)
        let scene = try CheckScene(
            cluster: try ThrowawayCluster(tcp: true, settings: ["hba_file": "'\(access)'"]))
        try scene.cluster.psql(
            CheckScene.database, "CREATE ROLE trusted LOGIN; GRANT SELECT ON small TO trusted")
        let query = "SELECT goto FROM small WHERE address = '%s'"
        let tcp = scene.cluster.host
        let report = try CheckedJSON(
            try MapmuxProcess(maps: [
                try scene.table("trusted", query: query, user: "trusted", hosts: tcp),
                try scene.table("asked", query: query, hosts: tcp, more: "password = xyzzy"),
                try scene.table("local", query: query, user: "trusted"),
            ]))
        #expect(report.status == 0, "\(report.text)")
        #expect(report.codes(scene.path("trusted")) == ["tcp-without-password"])
        #expect(report.codes(scene.path("asked")) == [])
        // Another host, and no TCP.
        #expect(report.codes(scene.path("local")) == ["differing-hosts"])
        #expect(report.problems(scene.path("local"))[0].severity == "note")
    }

    @Test("Several tables on a worker's only connection are a warning")
    func oneConnection() throws {
        let scene = try CheckScene(cluster: try ThrowawayCluster())
        let maps = try ["one", "two"].map {
            try scene.table($0, query: "SELECT goto FROM small WHERE address = '%s'")
        }
        func codes(_ maps: [String], _ parameters: [String: String]) throws -> [String] {
            let mapmux = try MapmuxProcess(maps: maps, parameters: parameters)
            return try CheckedJSON(mapmux).codes(mapmux.configurationPath)
        }
        #expect(try codes(maps, ["pool_size": "1"]) == ["one-connection"])
        #expect(try codes(maps, ["pool_size": "3", "workers": "2"]) == ["one-connection"])
        #expect(try codes(maps, ["pool_size": "4", "workers": "2"]) == [])
        #expect(try codes([maps[0]], ["pool_size": "1"]) == [])
    }

    @Test("A role that has all its connections is told from a host that does not answer")
    func connectionLimit() throws {
        let scene = try scene()
        try scene.cluster.psql(
            CheckScene.database,
            "CREATE ROLE scarce LOGIN CONNECTION LIMIT 1; GRANT SELECT ON small TO scarce")
        let table = try scene.table(
            "scarce", query: "SELECT goto FROM small WHERE address = '%s'", user: "scarce")
        let daemon = try MapmuxProcess(maps: [table], parameters: ["pool_size": "1"])
        try daemon.start()
        try waitUntil("the daemon is connected") {
            try scene.cluster.psql(
                CheckScene.database, "SELECT count(*) FROM pg_stat_activity WHERE usename = 'scarce'")
                == "1"
        }
        let report = try CheckedJSON(daemon)
        #expect(report.status == 75, "\(report.text)")
        #expect(
            try report.table("scarce")["verdict"] as? String
                == "not checked, as no host has a connection left")
        let problem = try #require(report.problems(scene.path("scarce")).first)
        #expect(
            problem.code == "no-connection-left"
                && problem.message.contains("expected a connection more than the daemon has"),
            "\(problem)")
    }

    @Test("A standby that lags is a warning, one that has nothing to receive is none")
    func lag() throws {
        let scene = try CheckScene(cluster: try ThrowawayCluster())
        let standby = try ThrowawayCluster(standbyOf: scene.cluster)
        let mapmux = try MapmuxProcess(
            maps: [
                try scene.table(
                    "small", query: "SELECT goto FROM small WHERE address = '%s'",
                    hosts: "unix:\(scene.cluster.socketDirectory) unix:\(standby.socketDirectory)")
            ], parameters: ["max_replica_lag": "1s"])
        try waitUntil("the standby follows") {
            try standby.psql(
                "postgres", "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'") == "1"
        }
        let before = try CheckedJSON(mapmux)
        #expect(before.codes(scene.path("small")) == ["connections"], "\(before.text)")
        // Before the first transaction nobody knows how old the data are.
        try scene.cluster.psql(CheckScene.database, "INSERT INTO small VALUES ('w', 'y')")
        try waitUntil("the standby has applied a transaction") {
            try standby.psql("postgres", "SELECT pg_last_xact_replay_timestamp() IS NOT NULL") == "t"
        }
        try standby.psql("postgres", "SELECT pg_wal_replay_pause()")
        try scene.cluster.psql(CheckScene.database, "INSERT INTO small VALUES ('x', 'y')")
        try waitUntil("the standby lags") {
            try CheckedJSON(mapmux).codes(scene.path("small")).contains("replica-lag")
        }
        let after = try CheckedJSON(mapmux)
        #expect(after.status == 0)
        let hosts = try #require(after.databases[0]["hosts"] as? [[String: Any]])
        #expect(hosts.map { $0["is_standby"] as? Bool } == [false, true])
        #expect(try #require(hosts[1]["lag_seconds"] as? Double) > 1)
        #expect(hosts[0]["lag_seconds"] as? Double == 0)
    }

    @Test("Through a pooler it is the same, and no setting stays behind")
    func pooler() throws {
        let scene = try scene()
        let pooler = try PgBouncer(before: scene.cluster, connections: 1)
        let mapmux = try MapmuxProcess(maps: [
            try scene.table(
                "heap", query: "SELECT goto FROM heap WHERE address = '%s'", user: "postgres",
                hosts: pooler.host),
            try scene.table(
                "setting",
                query:
                    "SELECT concat(current_setting('plan_cache_mode'), current_setting('enable_seqscan'), '%s')",
                user: "postgres", hosts: pooler.host),
        ])
        let report = try CheckedJSON(mapmux)
        #expect(report.status == 0)
        #expect(report.codes(scene.path("heap")).contains("no-usable-index"), "\(report.text)")
        #expect(try mapmux.run("query", ["setting", "."]).text == "autoon.\n")
    }

    @Test("PgBouncer in statement mode is no fault, and a key a statement is what is said of it")
    func statementMode() throws {
        let scene = try scene()
        let queries = [
            ("key", "SELECT maildir FROM users WHERE username = '%s'"),
            ("literals", "SELECT concat('%u', goto) FROM heap WHERE address = '%s'"),
            ("gone", "SELECT x FROM no_such_table WHERE y = '%s'"),
        ]
        for mode in ["statement", "transaction"] {
            let pooler = try PgBouncer(before: scene.cluster, connections: 2, mode: mode)
            let maps = try queries.map { name, query in
                try scene.table("\(mode)-\(name)", query: query, user: "postgres", hosts: pooler.host)
            }
            let report = try CheckedJSON(try MapmuxProcess(maps: maps))
            #expect(report.status == 75, "\(report.text)")
            let key = try report.table("\(mode)-key")
            #expect(key["batch"] as? String == "one key a statement, as a pooler is between")
            for name in ["key", "literals"] {
                let verdict = try #require(try report.table("\(mode)-\(name)")["verdict"] as? String)
                #expect(verdict.hasPrefix("ok, "), "\(report.text)")
                #expect(!report.codes(scene.path("\(mode)-\(name)")).contains("refused-query"))
            }
            let gone = report.problems(scene.path("\(mode)-gone")).filter { $0.code == "refused-query" }
            #expect(gone.count == 1 && gone[0].message.contains("no_such_table"), "\(report.text)")
        }
    }
}
