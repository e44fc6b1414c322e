// The rows of catalogs for the tables of the recorded queries.

@testable import ChangeTriggers

/// What `DependencyQueries` would bring.
struct CatalogRows {
    var rows: [[String]] = [
        ["encoding", "UTF8"], ["collation", "100"],
        ["type", "25", "text", "textin", "i", "textout", "i", "true", ""],
        ["type", "1043", "character varying", "varcharin", "i", "varcharout", "i", "true", ""],
        ["type", "16", "boolean", "boolin", "i", "boolout", "i", "true", ""],
        ["type", "20", "bigint", "int8in", "i", "int8out", "i", "true", ""],
        ["type", "23", "integer", "int4in", "i", "int4out", "i", "true", ""],
        [
            "type", "1184", "timestamp with time zone", "timestamptz_in", "s", "timestamptz_out", "s", "true",
            "",
        ],
        ["relation", "20001", "mail", "alias", "r", "p", "false", "false"],
        ["relation", "20002", "mail", "domains", "r", "p", "false", "false"],
        ["column", "20001", "1", "address", "25", "100", "false"],
        ["column", "20001", "2", "goto", "25", "100", "false"],
        ["column", "20001", "3", "active", "16", "0", "false"],
        ["column", "20001", "4", "last_used", "1184", "0", "false"],
        ["column", "20001", "5", "local", "1043", "100", "false"],
        ["column", "20001", "6", "domain", "1043", "100", "false"],
        ["column", "20002", "1", "domain", "1043", "100", "false"],
        ["column", "20002", "2", "transport", "25", "100", "false"],
    ]

    var facts: DependencyFacts {
        var facts = DependencyFacts()
        for row in rows { facts.learn(row) }
        return facts
    }

    /// With the row that begins so replaced.
    func with(_ row: [String], insteadOf count: Int) -> CatalogRows {
        var other = self
        let place = other.rows.firstIndex { $0.prefix(count) == row.prefix(count) }
        if let place { other.rows[place] = row } else { other.rows.append(row) }
        return other
    }

    func with(_ row: [String]) -> CatalogRows { with(row, insteadOf: row.count + 1) }

    /// With the triggers that a script makes.
    func withTriggers(
        _ function: TriggerFunction, on relation: UInt32, _ change: (inout [String]) -> Void = { _ in }
    ) -> CatalogRows {
        var other = self
        let tables = [
            ("insert", "4", "", "mapmux_new"), ("update", "16", "mapmux_old", "mapmux_new"),
            ("delete", "8", "mapmux_old", ""), ("truncate", "32", "", ""),
        ]
        for (kind, type, old, new) in tables {
            var row = [
                "trigger", "\(relation)", "mapmux_\(kind)", type, "A", old, new, "true", "30000", "mail",
                "mapmux_x",
                function.source, "true", function.settings,
            ]
            change(&row)
            other.rows.append(row)
        }
        return other
    }
}
