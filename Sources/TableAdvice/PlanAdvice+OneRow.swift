// Whether a query has one row at most, as its plan shows.

extension PlanAdvice {
    /// Whether the plan itself shows that there is one row at most.
    package var yieldsOneRow: Bool { yieldsOneRow(plan) }

    private func yieldsOneRow(_ node: PlanNode) -> Bool {
        // Subqueries of expressions, and CTEs, add no rows.
        let inputs = node.children.filter { !$0.isSubplan }
        switch node.kind {
        // Without GROUP BY.
        case "Aggregate", "Finalize Aggregate": return true
        // Without FROM.
        case "Result": return inputs.allSatisfy { yieldsOneRow($0) }
        case "Sort", "Unique", "Limit", "Hash", "Materialize", "Memoize", "Subquery Scan", "WindowAgg",
            "LockRows":
            return inputs.first.map { yieldsOneRow($0) } ?? false
        case "Gather", "Gather Merge":
            // Each row of a parallel scan comes from one of the workers; a row of any other node may come from all of them.
            guard let input = inputs.first, input.isScan || node.details["Single Copy"] == "true" else {
                return false
            }
            return yieldsOneRow(input)
        default: return node.isScan ? isUnique(node) : joinsOneRow(node, inputs)
        }
    }

    private func joinsOneRow(_ node: PlanNode, _ inputs: [PlanNode]) -> Bool {
        let joins = ["Nested Loop", "Hash", "Merge"]
        guard inputs.count == 2, joins.contains(where: { node.kind.hasPrefix($0) }),
            !node.kind.contains("Full")
        else { return false }
        let both = inputs.allSatisfy { yieldsOneRow($0) }
        if node.kind.contains("Right") { return both }
        // Each row of the first input is joined with at most one row of the second.
        let isSingle =
            node.kind.contains("Semi") || node.kind.contains("Anti")
            || node.details["Inner Unique"] == "true"
        return both || isSingle && yieldsOneRow(inputs[0])
    }

    /// Whether a scan's conditions compare each column of a unique index with one value.
    private func isUnique(_ node: PlanNode) -> Bool {
        guard let alias = node.alias, let relation = node.relation.flatMap({ relations[$0] }) else {
            return false
        }
        let bitmap = node.children.first { $0.kind == "Bitmap Index Scan" }
        let texts = [node.indexCondition, bitmap?.indexCondition, node.details["Recheck Cond"], node.filter]
        let conditions = texts.compactMap(\.self).flatMap { PlanCondition.conjuncts(of: $0) }
        let used = node.index ?? bitmap?.index
        return relation.indexes.contains { index in
            // A partial index serves only queries that imply its condition.
            index.isUnique && index.isValid && (!index.isPartial || index.name == used)
                && index.keys.allSatisfy { key in
                    conditions.contains { $0.determines(key, of: alias) }
                }
        }
    }
}

extension PlanNode {
    /// Whether it reads a relation, directly or by an index.
    fileprivate var isScan: Bool {
        let kinds = ["Seq Scan", "Index Scan", "Index Only Scan", "Bitmap Heap Scan"]
        return kinds.contains { [$0, "\($0) Backward", "Parallel \($0)"].contains(kind) }
            || ["Parallel Index Scan Backward", "Parallel Index Only Scan Backward"].contains(kind)
    }
}

extension PlanCondition {
    /// Whether it is true for at most one value of an index's key: a column, or an expression as pg_get_indexdef() writes it.
    func determines(_ key: String, of alias: String) -> Bool {
        let key = Self.withoutParentheses(key)
        let whole = Self.withoutParentheses(text(without: alias))
        // A boolean column.
        if whole == key || whole == "NOT \(key)" { return true }
        let sides = Self.split(text, at: " = ").map { PlanCondition(text: $0) }
        guard sides.count == 2 else { return false }
        return [(sides[0], sides[1]), (sides[1], sides[0])].contains { own, other in
            // Such as ANY (…), which may be several values.
            if !other.columns(of: alias).isEmpty || other.text.hasPrefix("ANY ")
                || other.text.hasPrefix("ALL ")
            {
                return false
            }
            let expression = Self.withoutParentheses(own.text(without: alias))
            if expression == key { return true }
            // Values are the same that are the same as text.
            let cast = "::text"
            return expression.hasSuffix(cast)
                && Self.withoutParentheses(String(expression.dropLast(cast.count))) == key
        }
    }
}
