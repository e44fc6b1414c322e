// Where tables stand in values, and what a value looks like with `proxy:` before them.

import Testing

@testable import PostfixInventory

@Suite("Tables in values")
struct TableScannerTests {
    private func read(_ text: String) -> ParameterValueText {
        ParameterValueText(text) { word in
            let values = [
                ("${dir}", "/d"), ("$dir", "/d"), ("$sql", "pgsql"), ("${tables}", "pgsql:/t/"),
            ]
            return values.reduce(word) { $0.replacing($1.0, with: $1.1) }
        }
    }

    @Test(
        "Every place that a table can stand in",
        arguments: [
            ("pgsql:/a", ["/a"]),
            ("proxy:pgsql:/a", ["/a"]),
            ("proxy:proxy:pgsql:/a", ["/a"]),
            ("debug:pgsql:/a", ["/a"]),
            ("hash:/x, pgsql:/a,pgsql:/b\tproxy:pgsql:/c", ["/a", "/b", "/c"]),
            ("!pgsql:/a", ["/a"]),
            ("pgsql:old", ["old"]),
            ("pipemap:{pgsql:/a, inline:{x=y}, proxy:pgsql:/b}", ["/a", "/b"]),
            ("proxy:unionmap:{pgsql:/a,pipemap:{pgsql:/b,static:x}} pgsql:/c", ["/a", "/b", "/c"]),
            ("{ check_sender_access pgsql:/a }, permit", ["/a"]),
            ("check_sender_access { pgsql:/a }", ["/a"]),
            ("${stress?pgsql:/a} ${stress:pgsql:/b}", ["/a", "/b"]),
            ("${stress?{pgsql:/a}:{pgsql:/b, pgsql:/c}}", ["/a", "/b", "/c"]),
            ("${stress?{pgsql:/a}:pgsql:/b}", ["/a", "/b"]),
            ("${{$x} == {y} ? {pgsql:/a} : {pgsql:/b}}", ["/a", "/b"]),
            ("$(stress?pgsql:/a)", ["/a"]),
            (
                "pgsql:$dir/a.cf proxy:pgsql:${dir}/b.cf $sql:/c ${tables}d",
                ["/d/a.cf", "/d/b.cf", "/c", "/t/d"]
            ),
        ])
    func found(_ text: String, _ names: [String]) {
        #expect(read(text).references.map(\.name) == names)
    }

    @Test(
        "What only looks like a table is none",
        arguments: [
            "", "hash:/pgsql:/a", "inline:{x=pgsql:/a}", "inline:{ x = pgsql:/a , y = { pgsql:/b } }",
            "static:{pgsql:/a}", "randmap:{pgsql:/a, pgsql:/b}", "static:pgsql:/a", "xpgsql:/a", "pgsql",
            "$pgsql", "}}} ) ", "${pgsql:", "mysql:/a",
        ])
    func nothing(_ text: String) {
        #expect(read(text).references.isEmpty)
    }

    @Test("No text breaks the scanner")
    func anything() {
        let pieces = [
            "{", "}", "(", ")", "$", ":", "?", "!", " ", ",", "proxy:", "pgsql:", "pipemap:", "/a", "x",
        ]
        var state: UInt32 = 1
        for _ in 0..<20_000 {
            var text = ""
            for _ in 0..<12 {
                state = state &* 1_664_525 &+ 1_013_904_223
                text += pieces[Int(state >> 16) % pieces.count]
            }
            let value = read(text)
            #expect(value.replacing { _ in nil } == text)
            _ = value.proxied { _ in true }
        }
    }

    @Test("A table is known by the restriction before it, and by that alone")
    func restrictions() {
        let value = read(
            """
            check_client_access pgsql:/a, check_sasl_access pipemap:{pgsql:/b,pgsql:/c} permit pgsql:/d \
            { check_helo_access { pgsql:/e } } check_sender_access ${x?pgsql:/f} ${x?check_x_access pgsql:/g}
            """)
        #expect(
            value.references.map(\.restriction) == [
                "check_client_access", "check_sasl_access", "check_sasl_access", nil, "check_helo_access",
                "check_sender_access", "check_x_access",
            ])
    }

    @Test(
        "proxy: comes before each served table, once",
        arguments: [
            ("pgsql:/a, proxy:pgsql:/b hash:/x", "proxy:pgsql:/a, proxy:pgsql:/b hash:/x"),
            ("!pgsql:/a", "!proxy:pgsql:/a"),
            ("pgsql:old pgsql:/a", "pgsql:old proxy:pgsql:/a"),
            ("${x?{pgsql:/a}:{pgsql:$dir/b}}", "${x?{proxy:pgsql:/a}:{proxy:pgsql:$dir/b}}"),
            ("pipemap:{pgsql:/a,inline:{x=y}}", "pipemap:{proxy:pgsql:/a,inline:{x=y}}"),
            ("${tables}a", "proxy:${tables}a"),
            ("debug:pgsql:/a", "debug:proxy:pgsql:/a"), ("proxy:debug:pgsql:/a", "debug:proxy:pgsql:/a"),
            ("debug:proxy:pgsql:/a", "debug:proxy:pgsql:/a"), ("debug:pgsql:old", "debug:pgsql:old"),
            // Moved from the compound to its tables, but not where another one would lose it.
            ("proxy:pipemap:{pgsql:/a,pgsql:/b}", "pipemap:{proxy:pgsql:/a,proxy:pgsql:/b}"),
            ("proxy:pipemap:{pgsql:/a,inline:{x=y}}", "pipemap:{proxy:pgsql:/a,inline:{x=y}}"),
            ("proxy:pipemap:{pgsql:/a,hash:/x}", "proxy:pipemap:{pgsql:/a,hash:/x}"),
            ("proxy:pipemap:{pgsql:/a,pgsql:old}", "proxy:pipemap:{pgsql:/a,pgsql:old}"),
        ])
    func proxied(_ text: String, _ expected: String) {
        let result = read(text).proxied { $0.hasPrefix("/") }
        #expect(result == expected)
        #expect(read(result).proxied { $0.hasPrefix("/") } == expected)
    }

    @Test("A replacement takes the place of the whole word")
    func replaced() {
        let value = read("!proxy:pgsql:/a, pgsql:$dir/b, pipemap:{pgsql:/a}")
        #expect(value.replacing { $0 == "/a" ? "new:1" : nil } == "!new:1, pgsql:$dir/b, pipemap:{new:1}")
    }
}
