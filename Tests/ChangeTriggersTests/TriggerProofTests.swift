// The text of the triggers' function, and what is taken for a proof.

import Testing

@testable import ChangeTriggers

@Suite("Trigger proof")
struct TriggerProofTests {
    private let needs = RelationNeeds(
        relation: 20001, schema: "mail", name: "alias",
        columns: [
            NeededColumn(number: 1, name: "address", comparison: .bytes),
            NeededColumn(number: 3, name: "active", comparison: .plain),
        ], recipe: KeyRecipe(parts: [.init(column: 1, isLower: true)]))

    private func shortcoming(_ function: TriggerFunction, _ change: (inout [String]) -> Void = { _ in })
        -> String?
    {
        CatalogRows().withTriggers(function, on: 20001, change).facts.shortcoming(for: needs)
    }

    private var function: TriggerFunction { TriggerFunction(telling: [needs]) }

    @Test("A function's text says what it tells, whatever columns are named")
    func texts() {
        let names = [
            "plain", "with space", "Ünï€", "a\"b", "%41", "a:b", "$mapmux$", "line\nbreak", "select", "r",
            "t",
        ]
        var columns: [NeededColumn] = []
        for (index, name) in names.enumerated() {
            columns.append(
                NeededColumn(
                    number: Int16(index + 1), name: name,
                    comparison: [.plain, .bytes, .shown][index % 3]))
        }
        let recipes: Set = [
            KeyRecipe(parts: [.init(column: 2, isLower: false)]),
            KeyRecipe(parts: [.init(column: 5, isLower: true), .init(column: 8, isLower: false)]),
        ]
        let function = TriggerFunction(columns: columns, recipes: recipes)
        #expect(TriggerFunction(source: function.source) == function)
        let none = TriggerFunction(columns: [], recipes: [])
        #expect(TriggerFunction(source: none.source) == none)
        #expect(function.source.split(separator: "\n")[0].utf8.allSatisfy { 0x20..<0x7f ~= $0 })
        // A backslash would mean something else with standard_conforming_strings = off.
        #expect(!function.source.contains("\\"))
    }

    @Test("No text is taken for one that was made here if a byte of it differs")
    func changed() {
        let source = function.source
        let bytes = Array(source.utf8)
        for index in bytes.indices {
            var other = bytes
            other[index] = other[index] == UInt8(ascii: "x") ? UInt8(ascii: "y") : UInt8(ascii: "x")
            let found = TriggerFunction(source: String(decoding: other, as: UTF8.self))
            // If another letter of a name makes another text, it has that name everywhere.
            #expect(found == nil || found != function)
            other = bytes
            other.remove(at: index)
            #expect(TriggerFunction(source: String(decoding: other, as: UTF8.self)) == nil)
        }
        #expect(TriggerFunction(source: source + "\n") == nil && TriggerFunction(source: "") == nil)
    }

    @Test("Triggers as they were made are a proof, and any other fact is none")
    func facts() {
        #expect(shortcoming(function) == nil)
        #expect(CatalogRows().facts.shortcoming(for: needs) == "mail.alias has no triggers of mapmux")
        let changes: [(place: Int, value: String)] = [
            (3, "1"), (4, "O"), (4, "D"), (4, "R"), (5, "x"), (6, "x"), (7, "false"), (11, "BEGIN END"),
            (12, "false"),
            (13, "{\"search_path=public\"}"), (13, ""),
        ]
        for kind in ["insert", "update", "delete", "truncate"] {
            for change in changes {
                let found = shortcoming(function) { row in
                    if row[2] == "mapmux_\(kind)" { row[change.place] = change.value }
                }
                #expect(found?.contains(kind) == true, "\(kind) \(change)")
            }
            #expect(
                shortcoming(function) { row in if row[2] == "mapmux_\(kind)" { row[2] = "mapmux_other" } }
                    == "mail.alias has no trigger mapmux_\(kind)")
        }
    }

    @Test("Triggers that tell more are a proof, and those that tell less are none")
    func more() {
        let more = RelationNeeds(
            relation: 20001, schema: "mail", name: "alias",
            columns: [NeededColumn(number: 2, name: "goto", comparison: .bytes)],
            recipe: KeyRecipe(parts: [.init(column: 2, isLower: false)]))
        #expect(shortcoming(TriggerFunction(telling: [needs, more])) == nil)
        #expect(shortcoming(TriggerFunction(telling: [more])) != nil)
        #expect(shortcoming(TriggerFunction(columns: needs.columns, recipes: [])) != nil)
        let renamed = needs.columns.map {
            NeededColumn(number: $0.number, name: $0.name + "_", comparison: $0.comparison)
        }
        #expect(shortcoming(TriggerFunction(columns: renamed, recipes: [needs.recipe!])) != nil)
        let loose = needs.columns.map { NeededColumn(number: $0.number, name: $0.name, comparison: .plain) }
        #expect(shortcoming(TriggerFunction(columns: loose, recipes: [needs.recipe!])) != nil)
    }

    @Test("A script quotes every name, makes one transaction, and keeps a function's name")
    func scripts() {
        let odd = RelationNeeds(
            relation: 20001, schema: "My \"s\"", name: "select",
            columns: [NeededColumn(number: 1, name: "$mapmux$", comparison: .shown)], recipe: nil)
        let text = TriggerScript(telling: [odd], DependencyFacts()).statements
        #expect(text.hasPrefix("BEGIN;\nSET LOCAL lock_timeout = ") && text.hasSuffix("COMMIT;\n"))
        #expect(
            text.contains("FUNCTION \"My \"\"s\"\"\".\"mapmux_select\"()") && text.contains("AS $mapmux1$"))
        #expect(text.contains("SET extra_float_digits = 1"))
        #expect(
            text.contains(
                "AFTER UPDATE ON \"My \"\"s\"\"\".\"select\"\n    REFERENCING OLD TABLE AS mapmux_old NEW"))
        #expect(text.components(of: "ENABLE ALWAYS") == 4)
        let facts = CatalogRows().withTriggers(function, on: 20001).facts
        #expect(
            TriggerScript(telling: [needs], facts).statements.contains("FUNCTION \"mail\".\"mapmux_x\"()"))
        func name(_ table: String) -> Substring? {
            let long = RelationNeeds(relation: 1, schema: "s", name: table, columns: [], recipe: nil)
            let text = TriggerScript(telling: [long], DependencyFacts()).statements
            return text.firstMatch(of: /FUNCTION "s"\."([^"]*)"/)?.output.1
        }
        let (one, two) = (String(repeating: "ü", count: 31), String(repeating: "ü", count: 30) + "ab")
        #expect(name(one) != name(two))
        #expect([one, two].allSatisfy { (name($0)?.utf8.count ?? 99) <= 63 })
    }

    @Test("A new script keeps what the triggers tell for others, as far as those columns are still there")
    func joined() {
        let others = RelationNeeds(
            relation: 20001, schema: "mail", name: "alias",
            columns: [
                NeededColumn(number: 2, name: "goto", comparison: .bytes),
                NeededColumn(number: 5, name: "local", comparison: .bytes),
            ], recipe: KeyRecipe(parts: [.init(column: 5, isLower: false), .init(column: 2, isLower: true)]))
        let there = CatalogRows().withTriggers(TriggerFunction(telling: [others]), on: 20001)
        func made(_ rows: CatalogRows) -> (script: TriggerScript, function: TriggerFunction) {
            let facts = rows.facts
            return (
                TriggerScript(telling: [needs], facts),
                TriggerFunction(telling: [needs], keeping: facts.relations[20001])
            )
        }
        let (script, function) = made(there)
        #expect(function.tells(needs) && function.tells(others))
        #expect(script.statements.contains(function.source))
        #expect(script.surplus == ["goto", "local", "the key local with lower(goto)"])
        // Whatever is told already, the same function is made again.
        #expect(made(CatalogRows().withTriggers(function, on: 20001)).function == function)
        let gone: [[String]] = [
            ["column", "20001", "5", "renamed", "1043", "100", "false"],
            ["column", "20001", "5", "local", "23", "0", "false"],
            ["column", "20001", "5", "local", "1043", "100", "true"],
            ["column", "20001", "7", "local", "1043", "100", "false"],
        ]
        for column in gone {
            var rows = there
            let place = rows.rows.firstIndex { $0.prefix(3) == ["column", "20001", "5"] }
            if let place { rows.rows[place] = column }
            let (script, function) = made(rows)
            #expect(function.tells(needs) && !function.tells(others), "\(column)")
            #expect(script.surplus == ["goto"], "\(column)")
        }
        // A text that was not made here says nothing.
        let foreign = CatalogRows().withTriggers(TriggerFunction(telling: [others]), on: 20001) { row in
            row[11] += "\n"
        }
        #expect(made(foreign).script.surplus.isEmpty && made(CatalogRows()).script.surplus.isEmpty)
    }

    @Test("Triggers are taken away table by table, and a function with the last of its tables")
    func removal() {
        func row(_ table: String, _ trigger: String, _ function: String, _ oid: String) -> [String] {
            ["s", table, trigger, "s", function, oid]
        }
        let text = TriggerScript.removal(of: [
            row("a", "mapmux_delete", "f", "1"), row("a", "mapmux_insert", "f", "1"),
            row("b\"", "mapmux_insert", "f", "2"),
        ])
        let parts = text.split(separator: "COMMIT;\n")
        #expect(parts.count == 2)
        let (first, second) = (parts[0], parts[1])
        #expect(first.contains("DROP TRIGGER IF EXISTS \"mapmux_insert\" ON \"s\".\"a\";"))
        #expect(!first.contains("DROP FUNCTION"))
        #expect(second.contains("ON \"s\".\"b\"\"\";\nDROP FUNCTION IF EXISTS \"s\".\"f\"();\n"))
        #expect(TriggerScript.removal(of: []) == "")
    }
}

extension String {
    fileprivate func components(of part: String) -> Int { ranges(of: part).count }
}
