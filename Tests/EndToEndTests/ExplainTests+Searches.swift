// mapmux query --explain of maps that are searched, or have several tables.

import Testing
import ThrowawayServers

extension EndToEnd.ExplainTests {
    @Test("A search: each key until one is found, and what Postfix makes of its value")
    func search() throws {
        let scene = try scene()
        let mapmux = try MapmuxProcess(
            maps: try scene.loadTables(),
            parameters: [
                "map_parameters":
                    "addresses=virtual_alias_maps numbers=transport_maps literals=virtual_mailbox_domains",
                "recipient_delimiter": "+",
            ])
        let host = scene.cluster.socketDirectory
        func step(_ key: String, asked: String) -> String {
            """
                key: "\(asked)", folded from "\(key)"
                query: SELECT goto FROM addresses WHERE address = $1
                parameter: $1 = "\(asked)" (text)
                host \(host): Index Scan using addresses_pkey on public.addresses
            """
        }
        let result = try mapmux.run("query", ["--explain", "addresses", "User7+Lists@Example.com"])
        #expect(result.status == 0 && result.stderr.isEmpty, "\(result.stderr)")
        #expect(
            result.text == """
                map: addresses
                table: \(scene.directory.path)/addresses.cf:5
                search: that of virtual_alias_maps
                key 1: "User7+Lists@Example.com"
                \(step("User7+Lists@Example.com", asked: "user7+lists@example.com"))
                    rows: 0
                    value: none
                key 2: "User7@Example.com"
                \(step("User7@Example.com", asked: "user7@example.com"))
                    rows: 1
                        "box7@store.example.net"
                    value: "box7@store.example.net"
                found: key 2
                answer: "box7+Lists@store.example.net", as Postfix makes it of "box7@store.example.net"

                """)
        let none = try mapmux.run("query", ["--explain", "addresses", "nobody+x@example.com"])
        #expect(none.status == 1 && none.text.hasSuffix("found by none of the keys\n"), "\(none.text)")
        #expect(none.text.contains("\nkey 3: \"@example.com\"\n") && !none.text.contains("key 4"))
        // An error ends it, though a later key could be found.
        let failing = try mapmux.run("query", ["--explain", "numbers", "seven@7"])
        #expect(failing.status == 75 && failing.stderr.contains("seven"), "\(failing.stderr)")
        #expect(failing.text.contains("\nkey 1: ") && !failing.text.contains("\nkey 2: "))
        let only = try mapmux.run("query", ["--explain", "literals", "user7@example.com"])
        #expect(
            only.status == 0
                && only.text.contains("\nsearch: this key only: virtual_mailbox_domains has none\nkey: "),
            "\(only.text)")
    }

    @Test("Of several tables all are asked for the first key before any for the second one")
    func severalTables() throws {
        let scene = try scene()
        let tables = [
            try scene.table(
                "catch_all", query: "SELECT 'all@example.net' WHERE '%s' = '@example.com'"),
            try scene.table("users", query: "SELECT goto FROM addresses WHERE address = '%s'"),
        ]
        let map = "aliases={\(tables.joined(separator: " "))}"
        let searched = try MapmuxProcess(
            maps: [map], parameters: ["map_parameters": "aliases=virtual_alias_maps"])
        func lines(_ text: String) -> [Substring] {
            text.split(separator: "\n").filter { !$0.hasPrefix(" ") }
        }
        let user = try searched.run("query", ["--explain", "aliases", "user7@example.com"])
        #expect(
            user.status == 0
                && lines(user.text) == [
                    "map: aliases", "table 1: \(scene.directory.path)/catch_all.cf:5",
                    "table 2: \(scene.directory.path)/users.cf:5", "search: that of virtual_alias_maps",
                    "key 1, table 1: \"user7@example.com\"", "key 1, table 2: \"user7@example.com\"",
                    "found: key 1, table 2",
                ], "\(user.text)")
        let other = try searched.run("query", ["--explain", "aliases", "nobody@example.com"])
        #expect(other.status == 0 && other.text.hasSuffix("\nfound: key 2, table 1\n"), "\(other.text)")

        let plain = try MapmuxProcess(maps: [map])
        let found = try plain.run("query", ["--explain", "aliases", "@example.com"])
        #expect(found.status == 0 && found.text.hasSuffix("\nfound: table 1\n"), "\(found.text)")
        let missing = try plain.run("query", ["--explain", "aliases", "nobody@example.com"])
        #expect(
            missing.status == 1
                && lines(missing.text).suffix(2) == [
                    "table 1: \"nobody@example.com\"", "table 2: \"nobody@example.com\"",
                ], "\(missing.text)")
    }

    @Test("A map of several tables of which one can't be used can't be asked, and its file is named")
    func unusableTable() throws {
        let scene = try scene()
        let broken = try scene.directory.write("unusable.cf", "hosts = unix:/tmp\nquery = SELECT '%s\n")
        let good = try scene.table("usable", query: "SELECT goto FROM addresses WHERE address = '%s'")
        let mapmux = try MapmuxProcess(maps: ["aliases={\(good) pgsql:\(broken)}"])
        let result = try mapmux.run("query", ["--explain", "aliases", "user7@example.com"])
        #expect(
            result.status == 78 && result.stderr.contains("unusable.cf:2") && result.text.isEmpty,
            "\(result.stderr)")
    }
}
