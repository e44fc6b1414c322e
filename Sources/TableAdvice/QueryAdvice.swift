// Advice on a query's text, without asking a server.

package import LookupTables

extension TableDefinition {
    /// What may surprise in the query's text.
    ///
    /// - Parameter yieldsOneRow: whether its plan shows that there is one row at most.
    package func findings(yieldsOneRow: Bool) -> [Finding] {
        let shape = QueryShape(template)
        var findings: [Finding] = []
        if expansionLimit == 1, template.isSelection, !yieldsOneRow, !shape.isLimited(to: 1) {
            findings.append(
                Finding(
                    .missingLimit, .warning,
                    "found no LIMIT 1 in a query with expansion_limit = 1; expected one, with ORDER BY, as a second "
                        + "row makes the lookup fail and defers the mail"))
        }
        for literal in shape.literals { findings += literal.findings }
        return findings
    }
}

extension QueryShape.Literal {
    fileprivate var findings: [Finding] {
        if let match {
            return [
                Finding(
                    .keyAsPattern, .warning,
                    "found the key in the pattern '\(text)' after \(match), where "
                        + (match.contains("LIKE")
                            ? "a `%` or `_` in it" : "a `.`, `*` or `(` in it")
                        + " has a meaning, so that an address such as a_b@example.com matches others; expected a "
                        + "comparison with =")
            ]
        }
        if text.contains("'") {
            return [
                Finding(
                    .keyInQuotes, .warning,
                    "found the key in quotes inside a literal, '\(text)'; expected it in a literal of its own: whatever "
                        + "takes that text for SQL, such as dblink(), would take a quote in the key for the end"
                )
            ]
        }
        if hasElements {
            return [
                Finding(
                    .keyInElements, .warning,
                    "found the key among elements in a literal, '\(text)', where a comma, quote or bracket in it has a "
                        + "meaning; expected a function that makes them, such as ARRAY['%s'] or json_build_array('%s')"
                )
            ]
        }
        return []
    }
    /// Whether it looks like an array's, a row's or a JSON literal.
    private var hasElements: Bool {
        text.hasPrefix("{") && text.hasSuffix("}")
            || text.hasPrefix("(") && text.hasSuffix(")") && text.contains(",")
            || text.hasPrefix("[\"")
    }
}
