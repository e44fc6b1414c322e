// Every error of a configuration, as `mapmux check` and the other commands tell it, with its place.

import Testing
import ThrowawayServers

extension EndToEnd.CommandTests {
    @Test("check: a line a table and status 0 where all is well")
    func checkWell() throws {
        let mapmux = try MapmuxProcess(maps: try scene().loadTables())
        let result = try mapmux.run("check", [])
        #expect(result.status == 0, "\(result.stderr)")
        for name in ["addresses", "numbers", "literals"] {
            #expect(result.text.split(separator: "\n").contains { $0.contains(name) }, "\(result.text)")
        }
    }

    @Test("check finds a query that PostgreSQL refuses, and says in which file")
    func checkPrepares() throws {
        let scene = try scene()
        let mapmux = try MapmuxProcess(maps: [
            try scene.table("well", query: "SELECT '%s'"),
            try scene.table("gone", query: "SELECT x FROM no_such_table WHERE y = '%s'"),
            try scene.table("typo", query: "SELEKT '%s'"),
        ])
        let result = try mapmux.run("check", [])
        let output = result.text + result.stderr
        #expect(result.status == 75 || result.status == 78)
        #expect(output.contains("gone.cf:5:") && output.contains("no_such_table"), "\(output)")
        #expect(output.contains("typo.cf:5:") && output.contains("SELEKT"), "\(output)")
    }

    @Test("check names every problem of every file with its line; query refuses with status 78")
    func everyProblem() throws {
        let scene = try scene()
        let directory = scene.directory
        let broken: [(name: String, text: String, line: Int)] = [
            ("percent", "dbname = x\nquery = SELECT 1 WHERE '%s' LIKE '%q'\n", 2),
            ("bare", "dbname = x\n\n# comment\nquery = SELECT 1 WHERE x = %s\n", 4),
            ("escape", "dbname = x\nquery = SELECT E'%s'\n", 2),
            ("dollars", "dbname = x\nquery = SELECT $$%s$$\n", 2),
            ("identifier", "dbname = x\nquery = SELECT \"%s\"\n", 2),
            ("comment", "dbname = x\nquery = SELECT '%s' /* %u */\n", 2),
            ("several", "dbname = x\nquery = SELECT '%s'; DROP TABLE x\n", 2),
            ("open", "dbname = x\nquery = SELECT '%s\n", 2),
            ("format", "dbname = x\nquery = SELECT '%s'\nresult_format = %z\n", 3),
            ("limit", "dbname = x\nexpansion_limit = many\nquery = SELECT '%s'\n", 2),
            ("type", "dbname = x\nquery = SELECT '%s'\ndomain = hash:/etc/domains\n", 3),
            ("filter", "dbname = x\nquery = SELECT '%s'\ndomain = \(directory.path)/no-such-file\n", 3),
            ("nameless", "dbname = x\nquery = SELECT '%s'\n= value\n", 3),
        ]
        for (name, text, _) in broken { try directory.write("\(name).cf", text) }
        let mapmux = try MapmuxProcess(
            maps: broken.map { "pgsql:\(directory.path)/\($0.name).cf" })
        let result = try mapmux.run("check", [])
        let output = result.text + result.stderr
        #expect(result.status == 78)
        for (name, _, line) in broken {
            #expect(output.contains("\(directory.path)/\(name).cf:\(line):"), "\(name): \(output)")
        }
        for arguments in [["percent", "x"], ["--explain", "percent", "x"]] {
            let refused = try mapmux.run("query", arguments)
            #expect(refused.status == 78)
            #expect(refused.stderr.contains("percent.cf:2:"), "\(refused.stderr)")
        }
    }

    @Test("A table without a database or without a query is an error that names the file")
    func incompleteTables() throws {
        let directory = try scene().directory
        for (name, text) in [("undated", "query = SELECT '%s'\n"), ("aimless", "dbname = x\n")] {
            let path = try directory.write("\(name).cf", text)
            let result = try MapmuxProcess(maps: ["pgsql:\(path)"]).run("check", [])
            #expect(result.status == 78)
            #expect((result.text + result.stderr).contains(path), "\(result.text) \(result.stderr)")
        }
    }

    @Test("mapmux.conf: unknown names, bad values and bad maps are each named with their line")
    func badConfiguration() throws {
        let mapmux = try MapmuxProcess(maps: [])
        try mapmux.directory.write(
            "mapmux.conf",
            """
            # line 1
            maps = pgsql:/nonexistent/x.cf
            pool_size = 0
            lookup_timeout = soon
            colour = blue
            fold_keys = perhaps
            socketmap_listen = inet:127.0.0.1:99
            socket_mode = 999
            log_level = loud

            """)
        for subcommand in ["check", "serve"] {
            let result = try mapmux.run(subcommand, [])
            let output = result.text + result.stderr
            #expect(result.status == 78)
            for line in 2...9 {
                let place = "\(mapmux.configurationPath):\(line):"
                #expect(output.contains(place), "\(place) \(output)")
            }
        }
        let missing = try MapmuxProcess.run(["check", "-c", "/nonexistent/mapmux.conf"])
        #expect(missing.status == 78)
        #expect(missing.stderr.contains("/nonexistent/mapmux.conf"))
        let overridden = try MapmuxProcess(maps: try scene().loadTables()).run(
            "check", ["-o", "pool_size=many"])
        #expect(overridden.status == 78)
        #expect(overridden.stderr.contains("pool_size"))
    }
}
