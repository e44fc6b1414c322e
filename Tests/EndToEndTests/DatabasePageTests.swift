// The page for DBAs, deploy/dba.md: its statements and files are put to use as they stand there.

import Glibc
import LookupStatistics
import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("The page for DBAs", .serialized)
    struct DatabasePageTests {
        /// The indented blocks below a heading.
        private func blocks(below heading: String) throws -> [String] {
            let page = String(decoding: try readFile("\(ManualTests.root)/deploy/dba.md"), as: UTF8.self)
            let section = page.split(separator: "\n", omittingEmptySubsequences: false)
                .drop { $0 != "## \(heading)" }.dropFirst().prefix { !$0.hasPrefix("## ") }
            var blocks = [""]
            for line in section {
                if line.hasPrefix("    ") {
                    blocks[blocks.count - 1] += line.dropFirst(4) + "\n"
                } else if blocks.last != "" {
                    blocks.append("")
                }
            }
            return blocks.filter { !$0.isEmpty }
        }

        /// The database that the page speaks of, with its role.
        private func fill(_ cluster: ThrowawayCluster) throws {
            try cluster.createDatabase("mail")
            try cluster.psql(
                "mail",
                """
                CREATE TABLE domain (domain text PRIMARY KEY);
                INSERT INTO domain VALUES ('example.com');
                CREATE TABLE alias (address text PRIMARY KEY, goto text NOT NULL, secret text NOT NULL);
                INSERT INTO alias VALUES ('alice@example.com', 'alice@store.example.net', 'xyzzy');
                """)
            let statements = try blocks(below: "A role")
            #expect(statements.count == 1)
            try cluster.psql("mail", statements[0])
        }

        private func table(
            _ directory: TemporaryDirectory, _ name: String, hosts: String, query: String
        ) throws -> String {
            let path = try directory.write(
                "\(name).cf", "hosts = \(hosts)\nuser = mapmux\ndbname = mail\nquery = \(query)\n")
            return "pgsql:\(path)"
        }

        @Test("The role serves lookups, without a password on the machine and by TLS, and may do no more")
        func role() throws {
            let cluster = try EncryptedCluster.make(
                settings: ["shared_preload_libraries": "pg_stat_statements"])
            try fill(cluster)
            try cluster.psql(
                "mail", "ALTER ROLE mapmux PASSWORD 'xyzzy'; CREATE EXTENSION pg_stat_statements;")
            let access = try blocks(below: "pg_hba.conf")
            #expect(access.count == 2 && access[0].contains("192.0.2.25/32"))
            try cluster.replace(
                "pg_hba.conf",
                with: "local all postgres trust\n" + access[0].replacing("192.0.2.25", with: "127.0.0.1"))
            try cluster.replace("pg_ident.conf", with: access[1])
            try cluster.psql("postgres", "SELECT pg_reload_conf()")
            let errors = try cluster.psql(
                "postgres",
                "SELECT error FROM pg_hba_file_rules UNION ALL SELECT error FROM pg_ident_file_mappings")
            #expect(errors.split(separator: "\n") == [])

            let directory = try TemporaryDirectory()
            let here = "unix:\(cluster.socketDirectory)"
            let uri = """
                postgresql://mapmux:xyzzy@127.0.0.1:\(try #require(cluster.port))/mail\
                ?sslmode=verify-full&sslrootcert=\(try EncryptedCluster.certificatePath)
                """
            let maps = try [
                ("alias", here, "SELECT goto FROM alias WHERE address = '%s'"),
                ("domain", uri, "SELECT domain FROM domain WHERE domain = '%s'"),
                (
                    "settings", here,
                    """
                    SELECT current_setting('default_transaction_read_only') || ' ' \
                    || current_setting('statement_timeout') || ' %s'
                    """
                ),
                ("secrets", here, "SELECT secret FROM alias WHERE address = '%s'"),
                ("writer", here, "INSERT INTO domain VALUES ('%s') RETURNING domain"),
            ].map { try table(directory, $0, hosts: $1, query: $2) }
            let mapmux = try MapmuxProcess(
                maps: maps, parameters: ["batch_statements": "always"], isReplaceable: true)
            #expect(unsafe chmod(mapmux.directory.path, 0o777) == 0)
            // libpq looks for a client's certificate at home, which is root's for who has only changed the user.
            try mapmux.start(as: "postfix", environment: ["HOME": directory.path])
            let client = try mapmux.client()
            try waitUntil("both answer: \(mapmux.log())") {
                try client.lookup("alias", "alice@example.com") == .ok("alice@store.example.net")
                    && client.lookup("domain", "example.com") == .ok("example.com")
            }
            #expect(try client.lookup("settings", "x") == .ok("on 5s x"))
            #expect(try client.lookup("secrets", "alice@example.com").isTemporary)
            #expect(try client.lookup("writer", "example.org").isTemporary)
            // insufficient_privilege and read_only_sql_transaction.
            for text in [
                "/secrets.cf sqlstate=42501 text=\"permission denied for table alias\"",
                "/writer.cf sqlstate=25006 text=\"cannot execute INSERT in a read-only transaction\"",
            ] {
                try mapmux.waitForLog(text)
            }
            let reported = try mapmux.statistics().recentErrors.map(\.message)
            #expect(
                reported.contains("query failed: sqlstate=42501 text=permission denied for table alias"),
                "\(reported)")
            // Without the role's settings, which whoever has the password could change.
            let written = Result {
                try cluster.psql(
                    "mail", "SET SESSION AUTHORIZATION mapmux; INSERT INTO domain VALUES ('example.org')")
            }
            #expect(throws: SupportError.self) { try written.get() }
            if case .failure(let error) = written {
                #expect("\(error)".contains("permission denied for table domain"), "\(error)")
            }

            let activity = try #require(try blocks(below: "Connections to expect").first)
            try waitUntil("both pools are whole") {
                let rows = try cluster.psql("mail", activity).split(separator: "\n")
                return rows.count == 2 && rows[0].hasPrefix("mapmux|127.0.0.1|idle|4|")
                    && rows[1].hasPrefix("mapmux||idle|4|")
            }
            let limit = try cluster.psql(
                "mail", "SELECT rolconnlimit FROM pg_roles WHERE rolname = 'mapmux'")
            #expect(limit == "10", "twice pool_size and two, as the page counts")

            let statements = try #require(try blocks(below: "What to watch").first)
            try waitUntil("a statement for many keys is among them") {
                _ = try client.lookup("domain", "example.com")
                let rows = try cluster.psql("mail", statements).split(separator: "\n")
                return rows.contains { $0.contains("|SELECT mapmux_keys.mapmux_place, mapmux_rows.* FROM") }
                    && rows.contains { $0.hasSuffix("|SELECT domain FROM domain WHERE domain = $1") }
            }
        }

        @Test("The role is enough to see that a standby does not lag, and for check and query --explain")
        func standby() throws {
            let primary = try ThrowawayCluster(tcp: true)
            try fill(primary)
            let standby = try ThrowawayCluster(standbyOf: primary)
            let directory = try TemporaryDirectory()
            let alias = try table(
                directory, "alias", hosts: "\(standby.host) \(primary.host)",
                query: "SELECT goto FROM alias WHERE address = '%s'")
            let mapmux = try MapmuxProcess(maps: [alias], parameters: ["max_replica_lag": "1s"])
            try mapmux.start()
            let client = try mapmux.client()
            func isAnswered() throws -> Bool {
                try client.lookup("alias", "alice@example.com") == .ok("alice@store.example.net")
            }
            try waitUntil("it answers: \(mapmux.log())") { try isAnswered() }
            func connections() throws -> String {
                try standby.psql(
                    "mail", "SELECT count(*) FROM pg_stat_activity WHERE usename = 'mapmux'")
            }
            try waitUntil("the standby has the pool") { try connections() == "4" }
            // Longer than it may lag: only a receiver that the role can see tells that nothing was written.
            sleep(3)
            #expect(try isAnswered())
            #expect(try connections() == "4")
            #expect(!mapmux.log().contains("lags"), "\(mapmux.log())")

            let report = try CheckedJSON(mapmux)
            // The test's cluster asks nobody for a password.
            #expect(
                report.status == 0
                    && Set(report.codes("\(directory.path)/alias.cf")) == [
                        "tcp-without-password", "connections",
                    ],
                "\(report.text)")
            let checked = try report.table("alias")
            #expect(checked["plan"] != nil && checked["parameter_types"] as? [String] == ["text"])
            let hosts = try #require(report.databases[0]["hosts"] as? [[String: Any]])
            #expect(hosts.map { $0["is_standby"] as? Bool } == [true, false])
            #expect(hosts.map { $0["lag_seconds"] as? Double } == [0, 0])
            let explained = try mapmux.run("query", ["--explain", "alias", "alice@example.com"])
            #expect(explained.status == 0, "\(explained.text)")
            #expect(explained.text.contains("\nvalue: \"alice@store.example.net\"\n"), "\(explained.text)")
        }
    }
}
