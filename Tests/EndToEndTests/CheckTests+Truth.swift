// Whether what check says is what the daemon and its Postfix would meet with: queries asked, as its user, beside its Postfix.

import Foundation
import Glibc
import Testing
import ThrowawayServers

extension EndToEnd.CheckTests {
    @Test(
        "Each query is asked once: what fails for any key is an error, what may keep something is not tried"
    )
    func asked() throws {
        let scene = try scene()
        try scene.cluster.psql(
            CheckScene.database,
            """
            CREATE SCHEMA asked;
            GRANT USAGE ON SCHEMA asked TO reader;
            CREATE TABLE asked.closed (address text, goto text);
            CREATE TABLE asked.nets (net inet, number int, action text);
            GRANT SELECT ON asked.nets TO reader;
            CREATE SEQUENCE asked.count;
            GRANT USAGE ON SEQUENCE asked.count TO reader;
            CREATE FUNCTION asked.body(text) RETURNS text LANGUAGE sql STABLE
                AS $$ SELECT goto FROM asked.closed WHERE address = $1 $$;
            CREATE FUNCTION asked.block(text) RETURNS text LANGUAGE plpgsql STABLE
                AS $$ BEGIN RETURN (SELECT goto FROM asked.closed WHERE address = $1); END $$;
            CREATE FUNCTION asked.writes(text) RETURNS text LANGUAGE plpgsql
                AS $$ BEGIN RETURN nextval('asked.count')::text; END $$;
            CREATE VIEW asked.divides AS SELECT action, 1 / (number - number) AS x, net FROM asked.nets
                UNION ALL SELECT 'x', 1 / (random() * 0)::int, NULL;
            GRANT SELECT ON asked.divides TO reader;
            """)
        let queries = [
            ("closed", "SELECT goto FROM asked.closed WHERE address = '%s'"),
            ("body", "SELECT asked.body('%s')"), ("block", "SELECT asked.block('%s')"),
            ("writes", "SELECT asked.writes('%s')"),
            ("net", "SELECT action FROM asked.nets WHERE net >> '%s'"),
            ("number", "SELECT action FROM asked.nets WHERE number = '%s'"),
            ("made", "SELECT '%s'::text::int::text"),
            ("slow", "SELECT '%s' FROM pg_sleep(30)"),
        ]
        let mapmux = try MapmuxProcess(
            maps: try queries.map { try scene.table($0.0, query: $0.1) },
            parameters: ["query_timeout": "1s", "map_trust": "slow"])
        let report = try CheckedJSON(mapmux)
        #expect(report.status == 75 && report.result == "temporary-failure", "\(report.text)")
        func verdict(_ name: String, _ report: CheckedJSON) throws -> String {
            try #require(try report.table(name)["verdict"] as? String)
        }
        for (name, verdict) in [
            ("closed", "query may not be executed"), ("body", "query may not be executed"),
            ("slow", "query fails for any key"),
        ] {
            #expect(try report.table(name)["verdict"] as? String == verdict, "\(report.text)")
            let error = try #require(report.problems(scene.path(name)).first { $0.severity == "error" })
            #expect(error.code == "refused-query" && error.line == 4, "\(error)")
        }
        for name in ["net", "number"] { #expect(try verdict(name, report).hasPrefix("ok, ")) }
        for name in ["block", "writes"] {
            #expect(try verdict(name, report).hasSuffix("(--execute has it tried)"))
        }
        #expect(
            try verdict("made", report).contains("not tried, as a made-up key is no value"),
            "\(report.text)")
        func used() throws -> String {
            try scene.cluster.psql(CheckScene.database, "SELECT is_called FROM asked.count")
        }
        #expect(try used() == "f")

        let all = try CheckedJSON(mapmux, ["--execute"])
        #expect(try verdict("block", all) == "query may not be executed", "\(all.text)")
        #expect(try verdict("writes", all).hasSuffix("it writes: not tried"), "\(all.text)")
        #expect(try used() == "f")
    }

    @Test("A word that is ignored in a table's file is a warning")
    func ignored() throws {
        let scene = try scene()
        let report = try CheckedJSON(
            try MapmuxProcess(maps: [
                try scene.table(
                    "ignored", query: "SELECT goto FROM small WHERE address = '%s'",
                    more: "sslmode = require\nport = 5433")
            ]))
        #expect(
            report.codes(scene.path("ignored")) == ["ignored-name", "ignored-name"], "\(report.text)")
        #expect(report.status == 0)
    }

    @Test("As root, check and query act as the user that they are told, and see what that one sees")
    func user() throws {
        let directory = try TemporaryDirectory()
        let access = try directory.write("pg_hba.conf", "local all nobody peer\nlocal all all trust\n")
        let scene = try CheckScene(cluster: try ThrowawayCluster(settings: ["hba_file": "'\(access)'"]))
        try scene.cluster.psql(
            CheckScene.database, "CREATE ROLE nobody LOGIN; GRANT SELECT ON small TO nobody")
        let query = "SELECT goto FROM small WHERE address = '%s' LIMIT 1"
        let mapmux = try MapmuxProcess(maps: [
            try scene.table("peer", query: query, user: "nobody", mode: 0o644)
        ])
        guard geteuid() == 0 else {
            let refused = try mapmux.run("check", ["--user", "root"])
            #expect(refused.status == 77 && refused.stderr.contains("expected to be root"))
            return
        }
        let asRoot = try mapmux.run("check", [])
        #expect(asRoot.status == 75 && asRoot.stderr.lowercased().contains("peer"), "\(asRoot.stderr)")
        let checked = try mapmux.run("check", ["--user", "nobody"])
        #expect(checked.status == 0, "\(checked.stderr)")
        #expect(checked.stderr == "mapmux: acts as user nobody\n" && checked.text.contains(": ok, "))
        let asked = try mapmux.run("query", ["--user", "nobody", "peer", "user1@example.com"])
        #expect(asked.status == 0 && asked.text == "box1\n" && asked.stderr == checked.stderr)
        // A number does, too, as in a unit, and what root's environment tells libpq is not told.
        let command = try MapmuxProcess.commandLine(["check", "-c", mapmux.configurationPath])
        let clean = try run(
            "/bin/sh", ["-c", "PGOPTIONS='-c nonsense=1' exec \(command) --user $(id -u nobody)"])
        #expect(clean.status == 0 && clean.stderr == checked.stderr, "\(clean.stderr)")
        // Only root may read this one.
        try scene.table("peer", query: query, user: "nobody", mode: 0o600)
        #expect(try mapmux.run("check", []).status == 75)
        let closed = try mapmux.run("check", ["--user", "nobody"])
        #expect(closed.status == 78 && closed.stderr.contains("Permission denied"), "\(closed.stderr)")
        #expect(try mapmux.run("check", ["--user", "no-such-user"]).status == 78)
    }

    @Test("With a Postfix beside it, what does not go together is in the report")
    func postfix() throws {
        let scene = try scene()
        let query = "SELECT goto FROM small WHERE address = '%s'"
        let directory = try TemporaryDirectory()
        let queue = "\(directory.path)/queue"
        try directory.write("dynamicmaps.cf", "pgsql\tpostfix-pgsql.so\tdict_pgsql_open\n")
        try directory.write(
            "master.cf", "smtp inet n - y - - smtpd\nproxymap unix - - n - - proxymap\n")
        let mapmux = try MapmuxProcess(
            maps: [try scene.table("asked", query: query), try scene.table("unasked", query: query)],
            parameters: [
                "proxymap_listen": "unix:\(queue)/private/mapmux",
                "proxymap_relay": "unix:\(queue)/private/proxymap",
            ])
        func codes(_ service: String) throws -> (Int32, [String]) {
            try directory.write(
                "main.cf",
                """
                compatibility_level = 3.6
                queue_directory = \(queue)
                proxymap_service_name = \(service)
                relay_domains = proxy:pgsql:\(scene.path("asked")) proxy:pgsql:/other.cf

                """)
            let report = try CheckedJSON(mapmux, ["--postfix", directory.path])
            return (report.status, report.codes("\(directory.path)/main.cf"))
        }
        #expect(try codes("mapmux") == (75, ["no-relay", "not-served", "unused-map", "no-socket"]))
        let text = try mapmux.run("check", ["--postfix", directory.path]).text
        #expect(text.contains("main.cf: note: found the map unasked, for which"), "\(text)")
        #expect(try codes("typo") == (75, ["no-listener", "unused-map"]))
        #expect(try codes("proxymap") == (0, ["unused-map"]))
        // "No configuration", as a package may leave it.
        try FileManager.default.removeItem(atPath: "\(directory.path)/main.cf")
        let without = try CheckedJSON(mapmux, ["--postfix", directory.path])
        let problems = without.problems("\(directory.path)/main.cf")
        #expect(without.status == 0 && problems.map(\.code) == ["no-postfix"], "\(without.text)")
        #expect(problems.first?.severity == "warning", "\(without.text)")
    }

    @Test("What fails for every key is an error, and what only a made-up key meets with is a note")
    func failing() throws {
        let scene = try scene()
        try scene.cluster.psql(
            CheckScene.database,
            """
            CREATE DOMAIN public.plain AS text CHECK (VALUE ~ '^[a-z]+$');
            CREATE TABLE seen (address text);
            CREATE FUNCTION public.note(text) RETURNS text LANGUAGE sql
                AS $$ INSERT INTO seen VALUES ($1) RETURNING address $$;
            CREATE ROLE onlooker LOGIN;
            ALTER ROLE onlooker SET default_transaction_read_only = on;
            GRANT INSERT, SELECT ON seen TO reader, onlooker;
            """)
        let maps = [
            try scene.table(
                "pattern", query: "SELECT goto FROM small WHERE '%s' ~ repeat('(', length(goto))"),
            try scene.table("zero", query: "SELECT '%s' FROM small WHERE 1 / (length(goto) - 4) = 1"),
            try scene.table("domain", query: "SELECT goto FROM small WHERE address = '%s'::plain"),
            try scene.table("cast", query: "SELECT goto FROM small WHERE '%s'::text::int = 1"),
            try scene.table("writes", query: "SELECT note('%s')"),
            try scene.table("onlooker", query: "SELECT note('%s')", user: "onlooker"),
        ]
        let report = try CheckedJSON(try MapmuxProcess(maps: maps), ["--execute"])
        #expect(report.status == 75, "\(report.text)")
        func told(_ name: String) -> [String] {
            report.problems(scene.path(name)).filter { ["refused-query", "not-tried"].contains($0.code) }
                .map {
                    "\($0.severity): \($0.code!)"
                }
        }
        for name in ["pattern", "zero", "onlooker"] {
            #expect(told(name) == ["error: refused-query"], "\(name): \(report.text)")
        }
        for name in ["domain", "cast", "writes"] {
            #expect(told(name) == ["note: not-tried"], "\(name): \(report.text)")
        }
    }

    @Test("Rows that no folded key can meet are counted on request")
    func upperCase() throws {
        let scene = try scene()
        try scene.cluster.psql(
            CheckScene.database,
            """
            CREATE SCHEMA cased;
            CREATE TABLE cased.users (name varchar(100) PRIMARY KEY, goto text);
            INSERT INTO cased.users SELECT 'User' || n, 'x' FROM generate_series(1, 20) AS n;
            INSERT INTO cased.users SELECT 'user' || n, 'X' FROM generate_series(1, 300) AS n;
            ANALYZE cased.users;
            CREATE EXTENSION citext SCHEMA cased;
            CREATE COLLATION cased.blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
            CREATE TABLE cased.mixed (
                free cased.citext, blind varchar(100) COLLATE cased.blind, bare text COLLATE cased.blind, plain text);
            INSERT INTO cased.mixed VALUES ('User', 'User', 'User', 'User'), ('user', 'user', 'user', 'user');
            CREATE TABLE cased.hidden (name text, goto text);
            CREATE VIEW cased.closed AS SELECT name, goto FROM cased.hidden;
            GRANT USAGE ON SCHEMA cased TO reader;
            GRANT SELECT ON cased.users, cased.mixed, cased.closed TO reader;
            ALTER ROLE reader SET search_path = public, cased;
            """)
        let mapmux = try MapmuxProcess(maps: [
            try scene.table("cased", query: "SELECT goto FROM cased.users WHERE name = '%s'"),
            try scene.table("lowered", query: "SELECT goto FROM cased.users WHERE lower(name) = '%s'"),
            try scene.table("mailboxes", query: "SELECT maildir FROM users WHERE username = '%s'"),
            try scene.table("free", query: "SELECT plain FROM mixed WHERE free = '%s'"),
            try scene.table("text", query: "SELECT plain FROM mixed WHERE free::text = '%s'"),
            try scene.table("blind", query: "SELECT plain FROM mixed WHERE blind = '%s'"),
            try scene.table("bare", query: "SELECT plain FROM mixed WHERE bare = '%s'"),
            try scene.table("plain", query: "SELECT plain FROM mixed WHERE plain = '%s'"),
            try scene.table("told", query: "SELECT plain FROM mixed WHERE plain = '%s' COLLATE blind"),
            try scene.table("closed", query: "SELECT goto FROM closed WHERE name = '%s'"),
        ])
        defer { _ = try? scene.cluster.psql(CheckScene.database, "ALTER ROLE reader RESET search_path") }
        #expect(try CheckedJSON(mapmux).codes(scene.path("cased")) == [])
        let report = try CheckedJSON(mapmux, ["--rows"])
        #expect(report.codes(scene.path("cased")) == ["upper-case-rows"], "\(report.text)")
        #expect(
            report.problems(scene.path("cased"))[0].message.hasPrefix("found 20 rows of cased.users with")
        )
        #expect(report.codes(scene.path("mailboxes")) == [])
        for name in ["free", "blind", "bare"] {
            #expect(report.codes(scene.path(name)) == [], "\(name): \(report.text)")
        }
        for name in ["text", "plain"] {
            #expect(report.codes(scene.path(name)) == ["upper-case-rows"], "\(name): \(report.text)")
        }
        // A plan shows no collation; the owner's privileges are the view's, and not the login's.
        for name in ["told", "closed"] {
            #expect(report.codes(scene.path(name)) == ["uncounted-rows"], "\(name): \(report.text)")
        }
        #expect(!report.codes(scene.path("lowered")).contains("upper-case-rows"))
        #expect(
            try CheckedJSON(mapmux, ["--rows", "-o", "fold_keys=no"]).codes(scene.path("cased")) == [])
    }
}
