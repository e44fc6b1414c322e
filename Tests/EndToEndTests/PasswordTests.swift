// A password in each place where one can stand, rightly or by mistake: it comes out nowhere.

import Foundation
import TestSupport
import Testing
import ThrowawayServers

private let secret = "c4naryx9"

extension EndToEnd {
    @Suite("Passwords", .serialized)
    struct PasswordTests {
        /// Words of `hosts`, of which some lead to the database, PORT.
        private static let hosts = [
            "postgresql://u:SECRET@127.0.0.1:PORT/d", "postgresql://u:pa%SECRET@127.0.0.1:PORT/d",
            "postgresql://u:a/SECRET@127.0.0.1:PORT/d", "postgresql://u:x@SECRET@127.0.0.1:PORT/d",
            "postgresql://127.0.0.1:PORT/SECRET@u/d", "postgresql://[SECRET", "postgresql://u:SECRET",
            "postgresql://u:SECRET@[127.0.0.1", "postgresql://u%3aSECRET@127.0.0.1:PORT/d",
            "postgresql://u/SECRET@127.0.0.1:PORT/d", "postgresql://u:se,SECRET@127.0.0.1:PORT/d",
            "postgresql://u:se SECRET@127.0.0.1:PORT", "postgresql://127.0.0.1:PORT/d?user=u&password=SECRET",
            "postgresql://127.0.0.1:PORT/d?user=u&password=x&SECRET",
            "postgresql://127.0.0.1:PORT/d?user=u&pasword=SECRET",
            "postgresql://127.0.0.1:PORT/d?user=u&PASSWORD=SECRET",
            "postgresql://127.0.0.1:PORT/d?user=u&pass%77ord=SECRET",
            "postgresql://127.0.0.1:PORT/d?user=u&sslpassword=SECRET",
            "postgresql://127.0.0.1:PORT/d?user=u&passfile=/SECRET",
            "postgresql://127.0.0.1:PORT/d?user=postgres&options=-cwork_mem%3DSECRET",
            "postgresql://127.0.0.1:PORT/dbname=d%20password=SECRET",
            "Postgresql://u:SECRET@127.0.0.1:PORT/d",
            "postgresq://u:SECRET@127.0.0.1:PORT/d", "postgresq://127.0.0.1:PORT/d?password=SECRET",
            "postgresql:/u:SECRET@127.0.0.1/d", "127.0.0.1:PORT password=SECRET",
            "host=127.0.0.1 password='SECRET'", "u:SECRET@127.0.0.1:PORT", "u:SECRET", "u:SECRET:PORT",
            "/run?password=SECRET", "unix:/run&password=SECRET", "[u:SECRET]",
        ]

        private static let databases = [
            "dbname=d password=SECRET", "password=SECRET dbname=d", "dbname=d PASSWORD=SECRET",
            "dbname=d password='SECRET", "dbname=d password=x SECRET", "dbname=d password='x' 'SECRET'",
            "dbname='dbname=d password=SECRET'", "dbname=d sslpassword=SECRET",
            "dbname=d password=\\S\\ECRET",
            "postgresql://u:SECRET@127.0.0.1:PORT/d", "postgresql://u:%SECRET@127.0.0.1:PORT/d",
            "postgresql://u:x@SECRET@127.0.0.1:PORT/d", "Postgresql://u:SECRET@127.0.0.1:PORT/d",
            "u:SECRET@127.0.0.1/d", "dbname:d password:SECRET",
        ]

        /// Lines in place of the user and the password.
        private static let logins = [
            "user = u\npassword = SECRET", "user = u:SECRET", "user = u password=SECRET", "user = u/SECRET",
            "user = u\npassword = x\npassword = SECRET", "user = u\npasword = SECRET",
            "user = u\npassword SECRET", "user = u\nmapmux_password = SECRET", "user = u\nPassword = SECRET",
            "user = u\npassword = \"SECRET\"", "user = u\npassword = x\n SECRET",
        ]

        private static func tables(in directory: TemporaryDirectory, port: Int) throws -> [String] {
            func filled(_ text: String) -> String {
                text.replacing("SECRET", with: secret).replacing("PORT", with: "\(port)")
                    .replacing("\\S\\ECRET", with: "\\c4\\naryx9")
            }
            let login = "user = u\n"
            let texts =
                hosts.map { "hosts = \($0)\n\(login)dbname = d" }
                + databases.map { "hosts = 127.0.0.1:PORT\n\(login)dbname = \($0)" }
                + databases.map { "hosts = 127.0.0.1:PORT\ndbname = \($0)" }
                + logins.map { "hosts = 127.0.0.1:PORT\n\($0)\ndbname = d" }
            return try texts.enumerated().map { number, text in
                let path = try directory.write(
                    "t\(number).cf", filled("\(text)\nretry_interval = 1s\nquery = SELECT '%s'\n"),
                    mode: 0o644)
                return "pgsql:\(path)"
            }
        }

        @Test("In no log, report, page or metric is a password or what may be a piece of one")
        func canary() throws {
            let cluster = try ThrowawayCluster(tcp: true)
            let directory = try TemporaryDirectory()
            let http = try freeLoopbackPort()
            let maps = try Self.tables(in: directory, port: try #require(cluster.port))
            let mapmux = try MapmuxProcess(
                maps: maps,
                parameters: [
                    "http_listen": "inet:127.0.0.1:\(http)", "pool_size": "1", "log_level": "debug",
                    "lookup_timeout": "5s", "connect_timeout": "2s",
                ])
            try mapmux.start()
            let client = try mapmux.client()
            var shown: [String: String] = [:]
            for number in maps.indices {
                shown["the answer of t\(number)"] = "\(try client.lookup("t\(number)", "key"))"
            }
            mapmux.signal(SIGHUP)
            try mapmux.waitForLog("reloaded")
            func add(_ command: String, _ arguments: [String]) throws {
                let result = try mapmux.run(command, arguments)
                shown["\(command) \(arguments)"] = "\(result.text)\(result.stderr)"
            }
            for options in [[], ["--json"], ["--connections"], ["--connections", "--json"]] {
                try add("stats", options)
            }
            for options in [[], ["--verbose"], ["--json"]] { try add("check", options) }
            for (command, options) in [
                ("config", ["--all"]), ("config", ["--daemon"]), ("status", []), ("reload", []),
            ] {
                try add(command, options)
            }
            for number in [1, 5, 20, Self.hosts.count + 4, Self.hosts.count + 6] {
                try add("query", ["t\(number)", "key"])
                try add("query", ["--explain", "t\(number)", "key"])
            }
            let page = try HTTPClient(to: .tcp(http))
            for path in ["/metrics", "/stats.json", "/history.json", "/readyz"] {
                shown[path] = try page.request(path).text
            }
            mapmux.signal(SIGTERM)
            #expect(try mapmux.waitForExit() == 0)
            shown["the log"] = mapmux.log()
            for (place, text) in shown {
                #expect(!text.isEmpty, "\(place) says nothing")
                let lines = text.split(separator: "\n").filter { $0.lowercased().contains(secret) }
                #expect(lines.isEmpty, "\(place): \(lines.joined(separator: "\n"))")
            }
            // Everybody may read it.
            let problems = try #require(shown["check [\"--json\"]"])
            let readable = problems.split(separator: "readable-password").count - 1
            #expect(readable > 30, "\(readable)")
            #expect(try #require(shown["stats []"]).contains("postgresql://u@127.0.0.1"))
        }

        @Test(
            "A URI that was put in a file's place is not repeated",
            arguments: [
                "bad=pgsql:postgresql://u:SECRET@127.0.0.1/d", "bad=postgresql://u:SECRET@127.0.0.1/d",
                "pgsql:postgresql://127.0.0.1/d?password=SECRET", "bad=pgsql://u:SECRET@127.0.0.1/d",
            ])
        func entry(_ entry: String) throws {
            let entry = entry.replacing("SECRET", with: secret)
            let mapmux = try MapmuxProcess(maps: [entry])
            for (command, arguments) in [
                ("check", []), ("config", []), ("query", ["bad", "key"]), ("serve", []),
                ("check", ["-o", "maps=\(entry)"]),
            ] {
                let result = try mapmux.run(command, arguments)
                #expect(result.status == 78)
                #expect(result.stderr.contains("password may be in it"), "\(result.stderr)")
                #expect(!"\(result.text)\(result.stderr)".contains(secret), "\(command): \(result.stderr)")
            }
        }
    }
}
