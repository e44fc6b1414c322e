// Columns that a query compares with the key as they are, and their rows that no key equals.

/// A column of a relation, both as SQL writes them.
package struct ComparedColumn: Hashable, Sendable {
    package let relation: String
    package let column: String
    /// Whether the plan casts it to text.
    package let isCast: Bool

    package init(relation: String, column: String, isCast: Bool) {
        self.relation = relation
        self.column = column
        self.isCast = isCast
    }

    /// The query for the number of rows with upper case in the column, which a folded key never equals. It compares with the
    /// column's own collation, to which both cases may be equal. Types other than PostgreSQL's own for text, such as citext,
    /// have an equality of their own, so none of their rows is counted.
    package var upperCaseQuery: String {
        let isText = """
            pg_catalog.pg_typeof(\(column)) OPERATOR(pg_catalog.=) ANY (
                '{pg_catalog.text,pg_catalog.varchar,pg_catalog.bpchar,pg_catalog.name}'::pg_catalog.regtype[])
            """
        return """
            SELECT pg_catalog.count(*) FROM \(relation)
            WHERE \(column)::pg_catalog.text OPERATOR(pg_catalog.<>) pg_catalog.lower(\(column)::pg_catalog.text)
            \(isCast ? "" : "AND \(isText)")
            """
    }

    /// The finding that such rows could not be counted.
    package func uncounted(because reason: String) -> Finding {
        Finding(
            .uncountedRows, .note,
            "rows of \(relation) with upper case in \(column) are not counted, and there may be some: \(reason)"
        )
    }

    /// - Parameter rows: how many have upper case.
    package func finding(rows: Int) -> Finding? {
        guard rows > 0 else { return nil }
        return Finding(
            .upperCaseRows, .warning,
            """
            found \(rows) row\(rows == 1 ? "" : "s") of \(relation) with upper case in \(column), which no lookup finds, as \
            Postfix folds keys to lower case; expected lower case there, or a comparison with lower(\(column)) and an \
            index on that
            """)
    }
}

extension PlanAdvice {
    /// Each once.
    package var comparedColumns: [ComparedColumn] {
        var columns: [ComparedColumn] = []
        for (relation, alias, condition) in conditions {
            guard let (column, isCast) = condition.columnEqualToKey(of: alias, keys) else { continue }
            let compared = ComparedColumn(relation: relation, column: column, isCast: isCast)
            if !columns.contains(compared) { columns.append(compared) }
        }
        return columns
    }

    /// The findings for other operands that the key is compared with, each once: rows with upper case are not counted there.
    /// There is none for an operand that the query itself puts into lower case.
    package var uncountedComparisons: [Finding] {
        var findings: [Finding] = []
        for (relation, alias, condition) in conditions
        where keys.areIn(condition.text) && condition.columnEqualToKey(of: alias, keys) == nil
            && !condition.isLowered(keys)
        {
            let finding = Finding(
                .uncountedRows, .note,
                "rows of \(relation) with upper case are not counted for `\(condition.text)`, and there may be some that no "
                    + "key meets: it is more than a column that equals the key")
            if !findings.contains(finding) { findings.append(finding) }
        }
        return findings
    }

    /// The conditions by which rows of tables are chosen.
    private var conditions: [(relation: String, alias: String, condition: PlanCondition)] {
        plan.all.flatMap { node -> [(relation: String, alias: String, condition: PlanCondition)] in
            guard let relation = node.relation, let alias = node.alias, relations[relation] != nil else {
                return []
            }
            let bitmaps = node.children.filter { $0.kind == "Bitmap Index Scan" }.map(\.indexCondition)
            let texts = bitmaps + [node.indexCondition, node.details["Recheck Cond"], node.filter]
            return texts.compactMap(\.self).flatMap { PlanCondition.conjuncts(of: $0) }
                .map { (relation, alias, $0) }
        }
    }
}

extension PlanCondition {
    /// Whether it compares something in lower case with the key.
    fileprivate func isLowered(_ keys: KeyMarks) -> Bool {
        let sides = Self.split(text, at: " = ")
        return sides.count == 2
            && sides.contains { !keys.areIn($0) && Self.withoutParentheses($0).hasPrefix("lower(") }
    }

    /// The column that is compared by `=` with an operand that has the key in it, and whether it is cast to text for that;
    /// nil for any other condition.
    fileprivate func columnEqualToKey(
        of alias: String, _ keys: KeyMarks
    ) -> (column: String, isCast: Bool)? {
        let sides = Self.split(text, at: " = ")
        guard sides.count == 2, let own = sides.first(where: { !keys.areIn($0) }),
            sides.contains(where: { keys.areIn($0) })
        else { return nil }
        var bare = Self.withoutParentheses(own)
        let isCast = bare.hasSuffix("::text")
        if isCast { bare = Self.withoutParentheses(String(bare.dropLast("::text".count))) }
        guard bare.hasPrefix("\(alias).") else { return nil }
        let column = Array(bare.utf8.dropFirst(alias.utf8.count + 1))
        guard let first = column.first else { return nil }
        let isName =
            first == UInt8(ascii: "\"")
            ? endOfQuoted(0, in: column) == column.count : column.allSatisfy(isNameByte)
        return isName ? (String(decoding: column, as: UTF8.self), isCast) : nil
    }
}
