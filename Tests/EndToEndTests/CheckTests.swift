// `mapmux check` on a real cluster: plans, logins, files, and what is said of them.

import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("check", .serialized)
    struct CheckTests {
        private static let shared = Result { try CheckScene(cluster: try ThrowawayCluster()) }

        func scene() throws -> CheckScene { try Self.shared.get() }

        @Test("Of each table: the query as sent, its parameters' types, its plan, and what there is to say")
        func plans() throws {
            let scene = try scene()
            let cases: [(name: String, query: String, more: String, codes: [String])] = [
                ("heap", "SELECT goto FROM heap WHERE address = '%s'", "", ["no-usable-index"]),
                ("key", "SELECT maildir FROM users WHERE username = '%s'", "", []),
                (
                    "lower", "SELECT maildir FROM users WHERE lower(username) = '%s'", "",
                    ["function-in-the-way"]
                ),
                ("cast", "SELECT maildir FROM users WHERE number::text = '%s'", "", ["function-in-the-way"]),
                ("number", "SELECT maildir FROM users WHERE number = '%s'", "", []),
                ("first", "SELECT goto FROM parts WHERE domain = '%d'", "", []),
                ("second", "SELECT goto FROM parts WHERE name = '%u'", "", ["no-usable-index"]),
                ("both", "SELECT goto FROM parts WHERE name = '%u' AND domain = '%d'", "", []),
                (
                    "active", "SELECT goto FROM boxes WHERE address = '%s' AND active = '1'", "",
                    ["no-usable-index"]
                ),
                ("created", "SELECT goto FROM boxes WHERE created::text = '%s'", "", ["no-usable-index"]),
                (
                    "either", "SELECT maildir FROM users WHERE username = '%s' OR maildir = '%s'", "",
                    ["no-usable-index"]
                ),
                ("sections", "SELECT goto FROM sections WHERE address = '%u'", "", ["no-usable-index"]),
                ("odd", #"SELECT value FROM "Odd.Schema" WHERE "Key" = '%s'"#, "", ["no-usable-index"]),
                ("small", "SELECT goto FROM small WHERE address = '%s'", "", []),
                ("function", "SELECT upper('%s')", "expansion_limit = 1", []),
                ("labels", "SELECT concat('%3', '%9')", "expansion_limit = 1", []),
                (
                    "unlimited", "SELECT goto FROM small WHERE address = '%s'", "expansion_limit = 1",
                    ["missing-limit"]
                ),
                (
                    "few", "SELECT goto FROM single WHERE address = '%s'", "expansion_limit = 1", []
                ),
                ("unique", "SELECT maildir FROM users WHERE username = '%s'", "expansion_limit = 1", []),
                (
                    "limited", "SELECT goto FROM small WHERE address = '%s' LIMIT 1", "expansion_limit = 1",
                    []
                ),
                (
                    "like", "SELECT goto FROM small WHERE address LIKE '%s'", "", ["key-as-pattern"]
                ),
                (
                    "literals", "SELECT concat('%u', goto) FROM heap WHERE address = '%s'", "",
                    ["no-usable-index"]
                ),
            ]
            let mapmux = try MapmuxProcess(
                maps: try cases.map { try scene.table($0.name, query: $0.query, more: $0.more) })
            let report = try CheckedJSON(mapmux)
            #expect(report.status == 0 && report.result == "ok", "\(report.text)")
            for (name, _, _, codes) in cases {
                #expect(report.codes(scene.path(name)) == codes, "\(name): \(report.text)")
                for problem in report.problems(scene.path(name)) {
                    #expect(problem.severity == "warning" && problem.line == 4)
                }
            }
            let key = try report.table("key")
            #expect(key["sql"] as? String == "SELECT maildir FROM users WHERE username = $1")
            #expect(key["form"] as? String == "parameters")
            #expect(key["parameter_types"] as? [String] == ["text"])
            #expect(key["plan"] as? String == "Index Scan using users_pkey on public.users")
            #expect(key["file"] as? String == scene.path("key") && key["line"] as? Int == 4)
            #expect(key["batch"] as? String == "several keys a statement")
            #expect(try report.table("number")["parameter_types"] as? [String] == ["integer"])
            #expect(try report.table("literals")["form"] as? String == "literals")
            func message(_ name: String) -> String { report.problems(scene.path(name)).first?.message ?? "" }
            #expect(message("heap").contains("CREATE INDEX ON public.heap (address)"))
            #expect(message("heap").contains("about 20000 rows"))
            #expect(
                message("lower").contains("lower((username)::text)")
                    && message("lower").contains("users_pkey"))
            #expect(message("second").contains("name is number 2 of the columns of parts_pkey"))
            #expect(
                message("odd").contains(#"CREATE INDEX ON public."Odd.Schema" ("Key")"#), "\(message("odd"))")
            #expect(message("created").contains("CREATE INDEX ON public.boxes (((created)::text))"))
            #expect(message("either").hasSuffix("each column of the OR: maildir"), "\(message("either"))")
            // What it advises helps.
            try scene.cluster.psql(
                CheckScene.database,
                """
                CREATE INDEX advised_1 ON public.heap (address);
                CREATE INDEX advised_2 ON public.users (lower((username)::text));
                CREATE INDEX advised_3 ON public.users (((number)::text));
                CREATE INDEX advised_4 ON public.parts (name);
                CREATE INDEX advised_5 ON public.boxes (((created)::text));
                CREATE INDEX advised_6 ON public.users (maildir);
                CREATE INDEX advised_7 ON public.boxes (address);
                """)
            let after = try CheckedJSON(mapmux)
            try scene.cluster.psql(
                CheckScene.database, "DROP INDEX \((1...7).map { "advised_\($0)" }.joined(separator: ", "))")
            for name in ["heap", "lower", "cast", "second", "literals", "created", "either", "active"] {
                #expect(after.codes(scene.path(name)) == [], "\(after.text)")
            }
        }

        @Test(
            "Which tables' lookups go each by itself, at which hosts, why, what that costs, and what is trusted"
        )
        func purity() throws {
            let scene = try scene()
            let other = try CheckScene(cluster: try ThrowawayCluster())
            let function = "CREATE FUNCTION public.relay(text) RETURNS text LANGUAGE"
            try scene.cluster.psql(
                CheckScene.database, "\(function) plpgsql STABLE AS $$ BEGIN RETURN $1; END $$")
            try other.cluster.psql(CheckScene.database, "\(function) sql STABLE AS $$ SELECT $1 $$")
            let two = [scene, other].map { "unix:\($0.cluster.socketDirectory)" }
            let relay = "SELECT relay('%s')"
            let mapmux = try MapmuxProcess(
                maps: [
                    try scene.table("plain", query: "SELECT maildir FROM users WHERE username = '%s'"),
                    try scene.table("keeps", query: relay), try scene.table("trusted", query: relay),
                    try scene.table("both", query: relay, hosts: two.joined(separator: " ")),
                ], parameters: ["map_trust": "trusted"])
            let report = try CheckedJSON(mapmux)
            #expect(report.status == 0, "\(report.text)")
            func entries(_ name: String) throws -> [String: [String: Any]] {
                let hosts = try #require(try report.table(name)["hosts"] as? [[String: Any]])
                return Dictionary(hosts.map { ($0["host"] as? String ?? "", $0) }, uniquingKeysWith: { $1 })
            }
            let reason = "public.relay() may keep something (it is in plpgsql)"
            #expect(try report.table("plain")["purity"] as? String == "pure")
            #expect(
                try entries("plain").values.allSatisfy {
                    $0["pure"] as? Bool == true && $0["impurity"] == nil
                })
            #expect(try report.table("keeps")["purity"] as? String == "\(reason): each lookup by itself")
            #expect(try report.table("keeps")["batch"] as? String == "one key a statement")
            #expect(
                try report.table("keeps")["verdict"] as? String
                    == "prepared, 1 parameter; \(reason): each lookup by itself; not tried, as it may keep something "
                    + "(--execute has it tried)")
            #expect(try entries("keeps").values.allSatisfy { $0["tried"] as? Bool == false })
            #expect(try entries("plain").values.allSatisfy { $0["tried"] as? Bool == true })
            #expect(
                try report.table("trusted")["purity"] as? String
                    == "taken for pure, as map_trust says, though \(reason)")
            #expect(try report.table("trusted")["batch"] as? String == "several keys a statement")
            let first = scene.cluster.socketDirectory
            #expect(
                try report.table("both")["purity"] as? String
                    == "at \(first) \(reason): each lookup by itself")
            #expect(try entries("both")[first]?["impurity"] as? String == reason)
            #expect(try entries("both")[other.cluster.socketDirectory]?["pure"] as? Bool == true)
            for (name, codes) in [
                ("plain", []), ("keeps", ["kept-apart", "not-tried"]), ("trusted", []),
                ("both", ["connections", "kept-apart", "not-tried"]),
            ] {
                // The one with another host does not share its connections.
                let found = report.codes(scene.path(name)).filter { $0 != "differing-hosts" }
                #expect(found == codes, "\(name): \(report.text)")
            }
            let text = try mapmux.run("check", []).text
            #expect(text.contains("    note: \(reason), so each lookup is sent by itself"), "\(text)")
            #expect(text.contains("about twice the time of one among many"))
            try scene.cluster.psql(CheckScene.database, "DROP FUNCTION public.relay(text)")
        }

        @Test("For people: a line for each map, warnings on standard error, and the rest with --verbose")
        func text() throws {
            let scene = try scene()
            let heap = try scene.table("heap", query: "SELECT goto FROM heap WHERE address = '%s'")
            let mapmux = try MapmuxProcess(maps: [heap, "again=\(heap)"])
            let short = try mapmux.run("check", [])
            #expect(short.status == 0)
            let line = "\(scene.path("heap")): ok, 1 parameter; several keys a statement; pure"
            #expect(short.text == "heap \(line)\nagain \(line)\n")
            #expect(short.stderr.hasPrefix("mapmux: \(scene.path("heap")):4: found no usable index"))
            #expect(short.stderr.hasSuffix("(warning)\n") && short.stderr.split(separator: "\n").count == 1)
            let long = try mapmux.run("check", ["--verbose"])
            #expect(
                long.text == """
                    heap \(line)
                    again \(line)
                        query: SELECT goto FROM heap WHERE address = $1
                        parameters: $1 text
                        plan: Seq Scan on public.heap
                        host \(scene.cluster.socketDirectory): ok, primary

                    """)
        }

        @Test("Files for the same database: other passwords, other hosts, a password for everybody to read")
        func files() throws {
            let scene = try scene()
            let query = "SELECT goto FROM small WHERE address = '%s'"
            let host = "unix:\(scene.cluster.socketDirectory)"
            let uri = "postgresql:///\(CheckScene.database)?user=reader&host=\(scene.cluster.socketDirectory)"
            let report = try CheckedJSON(
                try MapmuxProcess(maps: [
                    try scene.table("one", query: query, more: "password = xyzzy"),
                    try scene.table("same", query: query, more: "password = xyzzy"),
                    try scene.table("other", query: query, more: "password = plugh"),
                    try scene.table("open", query: query, mode: 0o644, more: "password = xyzzy"),
                    try scene.table("uri", query: query, hosts: "\(uri)&password=plugh"),
                    try scene.table("elsewhere", query: query, hosts: "\(uri)&host=/nowhere"),
                    try scene.table("hosts", query: query, hosts: "\(host) unix:/nowhere"),
                    try scene.table("super", query: query, user: "postgres"),
                ]))
            #expect(report.codes(scene.path("uri")) == ["differing-passwords"], "\(report.text)")
            #expect(
                Set(report.codes(scene.path("elsewhere"))) == ["differing-hosts", "unreachable-host"])
            #expect(report.status == 75 && report.result == "temporary-failure")
            #expect(report.codes(scene.path("one")) == [] && report.codes(scene.path("same")) == [])
            #expect(report.codes(scene.path("other")) == ["differing-passwords"])
            #expect(report.codes(scene.path("open")) == ["readable-password"])
            #expect(
                Set(report.codes(scene.path("hosts"))) == [
                    "differing-hosts", "unreachable-host", "connections",
                ],
                "\(report.text)")
            #expect(report.codes(scene.path("super")) == ["superuser"])
            for secret in ["xyzzy", "plugh"] { #expect(!report.text.contains(secret)) }
            let hosts = report.databases.flatMap { $0["hosts"] as? [[String: Any]] ?? [] }
            #expect(
                hosts.map { $0["is_superuser"] as? Bool } == [false, false, false, nil, false, nil, true])
            #expect(hosts[3]["error"] != nil)
        }

        @Test("What keeps the configuration from use is in the report, with its line")
        func errors() throws {
            let scene = try scene()
            let report = try CheckedJSON(
                try MapmuxProcess(maps: [
                    try scene.table("injectable", query: "SELECT goto FROM small WHERE address = E'%s'"),
                    try scene.table("gone", query: "SELECT x FROM no_such_table WHERE y = '%s'"),
                ]), ["-o", "pool_size=many"])
            #expect(report.status == 78 && report.result == "configuration-error")
            let injectable = try #require(report.problems(scene.path("injectable")).first)
            #expect(injectable.severity == "error" && injectable.code == "injectable" && injectable.line == 4)
            #expect(report.codes("-o pool_size=many") == ["none"])
            #expect(report.codes(scene.path("gone")) == ["refused-query"])
            let gone = try report.table("gone")
            #expect(gone["plan"] == nil && gone["verdict"] as? String == "query can't be prepared")
        }

        @Test("A table that somebody has locked spoils no other; in a terminal the progress shows, and goes")
        func progress() throws {
            let scene = try Scene()
            let maps = try scene.loadTables()
            try scene.cluster.psql(Scene.database, "CREATE TABLE locked (x text, y text)")
            let locked = try scene.table("locked", query: "SELECT y FROM locked WHERE x = '%s'")
            let lock = try TableLock("locked", in: scene)
            defer { try? lock.release() }
            let mapmux = try MapmuxProcess(
                maps: [maps[0], locked] + maps[1...], parameters: ["connect_timeout": "3s"])
            let command = try MapmuxProcess.commandLine(["check", "-c", mapmux.configurationPath])
            let window = try TmuxWindow(
                in: mapmux.directory, columns: 200, rows: 30, running: "\(command); echo status $?; read wait"
            )
            try window.waitForScreen("it tells where it is") {
                $0.contains { $0.hasPrefix("checking 2 of 4 tables") }
            }
            try window.waitForScreen("it ends") { $0.contains { $0.hasPrefix("status 75") } }
            let screen = try window.screen
            #expect(!screen.contains { $0.contains("checking") }, "\(screen)")
            let text = screen.joined(separator: "\n")
            #expect(text.contains("locked.cf: query can't be prepared") && text.contains("lock timeout"))
            for name in ["addresses", "numbers", "literals"] {
                #expect(text.contains("\(name).cf: ok"), "\(text)")
            }
        }
    }
}
