// `mapmux query --explain`: from the key to the value, step by step.

import TestSupport
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("query --explain", .serialized)
    struct ExplainTests {
        private static let shared = Result { try Scene() }

        func scene() throws -> Scene { try Self.shared.get() }

        @Test("The folded key, what is sent, the plan, the rows and the value")
        func found() throws {
            let scene = try scene()
            let mapmux = try MapmuxProcess(maps: try scene.loadTables())
            let host = scene.cluster.socketDirectory
            let file = "\(scene.directory.path)/addresses.cf"
            let result = try mapmux.run("query", ["--explain", "addresses", "User7@Example.com"])
            #expect(result.status == 0 && result.stderr.isEmpty, "\(result.stderr)")
            #expect(
                result.text == """
                    map: addresses
                    table: \(file):5
                    key: "user7@example.com", folded from "User7@Example.com"
                    query: SELECT goto FROM addresses WHERE address = $1
                    parameter: $1 = "user7@example.com" (text)
                    host \(host): Index Scan using addresses_pkey on public.addresses
                    rows: 1
                        "box7@store.example.net"
                    value: "box7@store.example.net"

                    """)
            let literal = try mapmux.run("query", ["--explain", "literals", "user7@example.com"])
            #expect(
                literal.text.contains(
                    "query: SELECT concat('user7', '=', goto) FROM addresses WHERE address = 'user7@example.com'\n"
                ))
            #expect(literal.text.hasSuffix("value: \"user7=box7@store.example.net\"\n"))
        }

        @Test("What is kept of the map, and given in outages")
        func keeping() throws {
            let scene = try scene()
            func lines(_ parameters: [String: String]) throws -> [String] {
                let mapmux = try MapmuxProcess(maps: try scene.loadTables(), parameters: parameters)
                let result = try mapmux.run("query", ["--explain", "addresses", "user7@example.com"])
                #expect(result.status == 0, "\(result.stderr)")
                return result.text.split(separator: "\n").map(String.init).filter {
                    $0.hasPrefix("kept:") || $0.hasPrefix("while ")
                }
            }
            #expect(try lines([:]) == [])
            #expect(
                try lines(["cache": "addresses=5s"]) == ["kept: for 5 s after the query was sent"])
            #expect(
                try lines(["cache": "addresses=notified/500ms", "stale_while_down": "addresses=1h"]) == [
                    "kept: until a change is notified, or for 500 ms after the query was sent if that is not proved",
                    "while no host can be asked: the last answer, if it was found, if it is not older than 3600 s",
                ])
            #expect(
                try lines([
                    "stale_while_down": "addresses=1h", "map_parameters": "addresses=canonical_maps",
                ]) == [
                    "while no host can be asked: the last answer, found or not, if it is not older than 3600 s"
                ])
        }

        @Test("What a running daemon has kept for the key")
        func keptByDaemon() throws {
            let scene = try scene()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables(), parameters: ["cache": "addresses=1h"])
            try mapmux.start()
            try waitForValue(mapmux)
            func daemonLines(_ key: String) throws -> [String] {
                try mapmux.run("query", ["--explain", "addresses", key]).text.split(separator: "\n")
                    .map(String.init).filter { $0.hasPrefix("daemon: ") }
            }
            #expect(try daemonLines("nobody@example.com") == ["daemon: not kept"])
            _ = try mapmux.client().lookup("addresses", "nobody@example.com")
            let missing = try daemonLines("Nobody@Example.com")
            #expect(missing.count == 1)
            #expect(
                missing.first?.wholeMatch(
                    of: /daemon: kept, last verified [0-9]+\.[0-9] s ago \(not found\)/) != nil, "\(missing)")
            let found = try daemonLines("user7@example.com")
            #expect(found.first?.hasSuffix(" s ago (found)") == true, "\(found)")
            #expect(try mapmux.run("flush", []).status == 0)
            #expect(try daemonLines("user7@example.com") == ["daemon: not kept"])
        }

        @Test("Statuses are those of query: not found, a failure with its reason, no such map")
        func statuses() throws {
            let scene = try scene()
            let mapmux = try MapmuxProcess(
                maps: try scene.loadTables() + [
                    scene.table("gone", query: "SELECT x FROM no_such_table WHERE y = '%s'"),
                    scene.table(
                        "many", query: "SELECT goto FROM addresses WHERE '%s' <> ''",
                        more: "expansion_limit = 2"),
                ])
            let missing = try mapmux.run("query", ["--explain", "addresses", "nobody@example.com"])
            #expect(missing.status == 1 && missing.text.hasSuffix("rows: 0\nvalue: none\n"))
            let failing = try mapmux.run("query", ["--explain", "numbers", "seven"])
            #expect(failing.status == 75 && failing.stderr.contains("seven"), "\(failing.stderr)")
            let gone = try mapmux.run("query", ["--explain", "gone", "x"])
            #expect(gone.status == 75 && gone.stderr.contains("no_such_table"))
            #expect(gone.text.contains("query: SELECT x FROM no_such_table WHERE y = $1\n"))
            let many = try mapmux.run("query", ["--explain", "many", "x"])
            #expect(many.status == 75 && many.stderr.contains("expansion_limit"))
            #expect(many.text.contains("rows: 1000\n") && many.text.hasSuffix("    and 998 more\n"))
            let nowhere = try mapmux.run("query", ["--explain", "nowhere", "x"])
            #expect(nowhere.status == 78 && nowhere.stderr.contains("nowhere"))
            #expect(try mapmux.run("query", ["--explain", "addresses", "-"]).status == 64)
        }

        @Test(
            "A key that is not asked for says why",
            arguments: [
                ("user@elsewhere.example", "domains"), ("nobody", "domains"), ("", "empty"),
            ])
        func excluded(key: String, reason: String) throws {
            let table = try scene().table(
                "filtered", query: "SELECT goto FROM addresses WHERE address = '%s'",
                more: "domain = example.com")
            let mapmux = try MapmuxProcess(maps: [table])
            let result = try mapmux.run("query", ["--explain", "filtered", key])
            let last = try #require(result.text.split(separator: "\n").last)
            #expect(
                result.status == 1 && last.hasPrefix("not asked: ") && last.contains(reason), "\(result.text)"
            )
            #expect(!result.text.contains("query:"))
        }

        @Test("Keys that lack a part, or are not UTF-8, are not asked for")
        func unfit() throws {
            let table = try scene().table(
                "parts", query: "SELECT goto FROM addresses WHERE address = '%u@%d'")
            let mapmux = try MapmuxProcess(maps: [table])
            let result = try mapmux.run("query", ["--explain", "parts", "nobody"])
            #expect(result.status == 1 && result.text.contains("not asked: the key lacks a part"))
            let bytes = try mapmux.run(
                "query", bytes: [Array("--explain".utf8), Array("parts".utf8), [0x61, 0xff]])
            #expect(
                bytes.status == 1 && bytes.text.contains("not asked: the key is not UTF-8"), "\(bytes.text)")
        }

        @Test(
            "It says \"not asked\" of just those keys that a lookup does not find, and has the value of all others",
            arguments: ["yes", "no"])
        func agreement(folds: String) throws {
            let scene = try scene()
            // Each finds whatever it is asked for, and says what that is.
            let tables = [
                "every": try scene.table("every", query: "SELECT concat('<', '%s', '>')"),
                "listed": try scene.table(
                    "listed", query: "SELECT concat('%u', '|', '%d')",
                    more: "result_format = %s of %2\ndomain = A.example é.de short"),
            ]
            let mapmux = try MapmuxProcess(maps: tables.values.sorted(), parameters: ["fold_keys": folds])
            let texts = ["", "u", "U.ß", "o'x\\", "\"%s"].flatMap { local in
                ["", "@", "@a.example", "@A.Example", "@É.de", "@short", "@b.example"].map { local + $0 }
            }
            let keys = texts.map { Array($0.utf8) } + [[0x75, 0xff], Array("u@é.de".utf8) + [0xc3]]
            var said: Set<String> = []
            for map in tables.keys.sorted() {
                let lookups = try mapmux.run(
                    "query", [map, "-"], stdin: Array(keys.joined(separator: [UInt8(ascii: "\n")])))
                #expect(lookups.status == 0 && lookups.stderr.isEmpty, "\(lookups.stderr)")
                var found: [[UInt8]: String] = [:]
                for line in lookups.stdout.split(separator: UInt8(ascii: "\n")) {
                    let tab = try #require(line.lastIndex(of: UInt8(ascii: "\t")))
                    found[Array(line[..<tab])] = String(decoding: line[(tab + 1)...], as: UTF8.self)
                }
                for key in keys {
                    let result = try mapmux.run(
                        "query", bytes: [Array("--explain".utf8), Array(map.utf8), key])
                    let last = try #require(result.text.split(separator: "\n").last)
                    if let value = found[key] {
                        #expect(result.status == 0 && last == "value: \(value.debugDescription)", "\(last)")
                    } else {
                        #expect(result.status == 1 && last.hasPrefix("not asked: "), "\(key): \(last)")
                        said.insert(String(last))
                    }
                }
            }
            #expect(said.count == 4, "\(said)")
        }

        @Test("What a terminal would obey is shown escaped, in a literal too")
        func escaped() throws {
            let mapmux = try MapmuxProcess(maps: try scene().loadTables())
            let key = "\u{1b}[2J\u{9b}x@example.com"
            func isHarmless(_ text: String) -> Bool {
                !text.unicodeScalars.contains {
                    $0 != "\n" && ($0 < " " || ("\u{7f}"..."\u{9f}").contains($0))
                }
            }
            for (map, status) in [("addresses", 1), ("literals", 1), ("numbers", 75)] as [(String, Int32)] {
                let result = try mapmux.run("query", ["--explain", map, key])
                #expect(result.status == status && result.text.contains(#"\u{1B}[2J"#), "\(result.text)")
                #expect(isHarmless(result.text) && isHarmless(result.stderr), "\(result.text)")
            }
        }

        @Test("Nothing is changed by it")
        func harmless() throws {
            let scene = try scene()
            try scene.cluster.psql(
                Scene.database,
                """
                CREATE TABLE visits (key text);
                CREATE FUNCTION visit(text) RETURNS text LANGUAGE sql
                    AS 'INSERT INTO visits VALUES ($1) RETURNING $1';
                """)
            let mapmux = try MapmuxProcess(maps: [
                try scene.table("visit", query: "SELECT visit('%s')"),
                try scene.table("insert", query: "INSERT INTO visits VALUES ('%s') RETURNING key"),
            ])
            let function = try mapmux.run("query", ["--explain", "visit", "x"])
            #expect(function.status == 75 && function.stderr.contains("read-only"), "\(function.stderr)")
            let insert = try mapmux.run("query", ["--explain", "insert", "x"])
            #expect(
                insert.status == 75 && insert.stderr.contains("neither SELECT nor WITH"), "\(insert.stderr)")
            #expect(try scene.cluster.psql(Scene.database, "SELECT count(*) FROM visits") == "0")
        }

        @Test("A standby that lags too far is not asked, as the daemon does not ask it")
        func lag() throws {
            let scene = try Scene(clusters: [try ThrowawayCluster()])
            let standby = try ThrowawayCluster(standbyOf: scene.cluster)
            try waitUntil("the standby follows") {
                try standby.psql(
                    "postgres", "SELECT count(*) FROM pg_stat_wal_receiver WHERE status = 'streaming'") == "1"
            }
            let table = try scene.table(
                "addresses", query: "SELECT goto FROM addresses WHERE address = '%s'",
                hosts: "unix:\(standby.socketDirectory)")
            let mapmux = try MapmuxProcess(maps: [table], parameters: ["max_replica_lag": "1s"])
            func explain() throws -> Command.Result {
                try mapmux.run("query", ["--explain", "addresses", "user7@example.com"])
            }
            try waitUntil("it answers") { try explain().status == 0 }
            try standby.psql("postgres", "SELECT pg_wal_replay_pause()")
            try scene.cluster.psql(Scene.database, "UPDATE addresses SET goto = 'x' WHERE id = 1")
            try waitUntil("it lags") { try explain().status == 75 }
            let result = try explain()
            #expect(result.stderr.contains("more than max_replica_lag = 1s"), "\(result.stderr)")
            #expect(!result.text.contains("rows:"), "\(result.text)")
        }

        @Test("Every host has its plan, the preferred ones first, and one that is down its reason")
        func hosts() throws {
            let scene = try Scene(hosts: 1, tcpHosts: 1)
            let hosts = scene.clusters.map(\.host)
            let table = try scene.table(
                "addresses", query: "SELECT goto FROM addresses WHERE address = '%s'",
                hosts: "\(hosts[1]) \(hosts[0])")
            let mapmux = try MapmuxProcess(maps: [table])
            let places = try mapmux.run("query", ["--explain", "addresses", "user7@example.com"])
                .text.split(separator: "\n").filter { $0.hasPrefix("host ") }
            #expect(places.count == 2 && places.allSatisfy { $0.contains("addresses_pkey") }, "\(places)")
            #expect(places[0].hasPrefix("host \(scene.cluster.socketDirectory): "))
            try scene.cluster.stop()
            let result = try mapmux.run("query", ["--explain", "addresses", "user7@example.com"])
            #expect(result.status == 0 && result.text.hasSuffix("value: \"box7@store.example.net\"\n"))
            #expect(result.text.contains("connection to server on socket"))
        }
    }
}
