// SQL that makes the triggers of a relation, for its owner to read and execute, and SQL that takes them away.

package struct TriggerScript: Equatable, Sendable {
    /// The relation's OID.
    package let relation: UInt32
    /// What the triggers tell already that these queries don't need, in words: others may.
    package let surplus: [String]
    private let schema: String
    private let name: String
    private let function: TriggerFunction
    private let functionSchema: String
    private let functionName: String

    /// - Parameters:
    ///   - needs: of all queries, of one relation; one at least.
    ///   - facts: of the relation. If it has triggers of mapmux, their function is replaced by one that tells as much.
    package init(telling needs: [RelationNeeds], _ facts: DependencyFacts) {
        relation = needs[0].relation
        schema = needs[0].schema
        name = needs[0].name
        function = TriggerFunction(telling: needs, keeping: facts.relations[relation])
        surplus = function.surplus(over: TriggerFunction(telling: needs))
        let found = facts.relations[relation]?.triggers.first?.function
        functionSchema = found?.schema ?? schema
        functionName = found?.name ?? Self.functionName(for: name)
    }

    /// As a message has it, without quotes.
    package var table: String { "\(schema).\(name)" }

    /// A name of 63 bytes at most, as PostgreSQL would cut a longer one.
    private static func functionName(for table: String) -> String {
        let plain = "mapmux_\(table)"
        if plain.utf8.count <= 63 { return plain }
        // FNV-1a, of 32 bits: long names of partitions differ at their ends.
        let hash = table.utf8.reduce(UInt32(2_166_136_261)) { ($0 ^ UInt32($1)) &* 16_777_619 }
        var short = plain
        while short.utf8.count > 54 { short.removeLast() }
        return "\(short)_\(String(hash, radix: 16))"
    }

    /// A transaction of its own. It can be executed again, and puts a newer set in the place of an older one.
    package var statements: String {
        let table = "\(schema.quoted).\(name.quoted)"
        let call = "\(functionSchema.quoted).\(functionName.quoted)"
        // Making a trigger waits for all who have changed the table to end their transactions, and others wait behind it.
        let begin = """
            BEGIN;
            SET LOCAL lock_timeout = '2s';
            """
        let settings = function.settingClauses.map { "    SET \($0)\n" }.joined()
        let made = """
            CREATE OR REPLACE FUNCTION \(call)() RETURNS trigger LANGUAGE plpgsql SECURITY INVOKER
            \(settings)    AS \(tag)\(function.source)\(tag);
            COMMENT ON FUNCTION \(call)() IS 'tells mapmux of changed rows: see mapmux(8)';
            """
        let triggers = TriggerKind.allCases.map { $0.statement(on: table, calling: call) }
        // ONLY: the partitions have triggers of their own.
        let enabled = TriggerKind.allCases.map { "    ENABLE ALWAYS TRIGGER \($0.name)" }
        return
            ([begin, made] + triggers + [
                "ALTER TABLE ONLY \(table)\n\(enabled.joined(separator: ",\n"));", "COMMIT;",
            ])
            .joined(separator: "\n") + "\n"
    }

    /// A dollar quote that is not in the text.
    private var tag: String {
        var number = 0
        while true {
            let tag = "$mapmux\(number == 0 ? "" : String(number))$"
            if !function.source.contains(tag) { return tag }
            number += 1
        }
    }

    // MARK: Removal

    /// SQL whose rows `removal` takes: all triggers of mapmux in the database. pg_catalog must be the search path.
    package static let installed = """
        SELECT n.nspname::text, c.relname::text, t.tgname::text, m.nspname::text, p.proname::text, c.oid::text
        FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
            JOIN pg_proc AS p ON p.oid = t.tgfoid JOIN pg_namespace AS m ON m.oid = p.pronamespace
        WHERE left(t.tgname, 7) = 'mapmux_' AND left(p.prosrc, 10) = '-- mapmux ' ORDER BY 1, 2, 3
        """

    /// SQL that takes away these triggers and their functions, a transaction for each table.
    ///
    /// - Parameter rows: of `installed`.
    package static func removal(of rows: [[String]]) -> String {
        var script = ""
        var rest = rows.filter { $0.count == 6 }[...]
        while let first = rest.first {
            let own = rest.prefix { $0[5] == first[5] }
            rest = rest.dropFirst(own.count)
            let table = "\(first[0].quoted).\(first[1].quoted)"
            let functions = Set(own.map { "\($0[3].quoted).\($0[4].quoted)" }).sorted()
            // A function that another table's triggers call, too, stays until the last one's have gone.
            let gone = functions.filter { function in
                !rest.contains { "\($0[3].quoted).\($0[4].quoted)" == function }
            }
            script += "BEGIN;\nSET LOCAL lock_timeout = '2s';\n"
            for row in own { script += "DROP TRIGGER IF EXISTS \(row[2].quoted) ON \(table);\n" }
            for function in gone { script += "DROP FUNCTION IF EXISTS \(function)();\n" }
            script += "COMMIT;\n"
        }
        return script
    }
}

extension TriggerFunction {
    /// What SET makes for it. If values are compared as they are shown, all digits of floating-point numbers count.
    var settingClauses: [String] {
        ["search_path = pg_catalog, pg_temp"]
            + (columns.contains { $0.comparison == .shown } ? ["extra_float_digits = 1"] : [])
    }

    /// proconfig, as text.
    var settings: String {
        columns.contains { $0.comparison == .shown }
            ? "{\"search_path=pg_catalog, pg_temp\",extra_float_digits=1}"
            : "{\"search_path=pg_catalog, pg_temp\"}"
    }
}
