// Advice on a query's plan.

/// The plan of a query for any key, and what the catalog says of the relations in it.
package struct PlanAdvice: Sendable {
    let plan: PlanNode
    let relations: [String: RelationFacts]
    let keys: KeyMarks
    private let reads: [WholeRead]

    /// - Parameters:
    ///   - relations: those of `PlanAdvice.relations(of:)` that the catalog has.
    ///   - keys: how the key shows in the plan.
    package init(plan: PlanNode, relations: [RelationFacts], keys: KeyMarks) {
        self.plan = plan
        self.relations = Dictionary(relations.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
        self.keys = keys
        reads = WholeRead.all(in: plan, of: self.relations, keys: keys)
    }

    /// The relations whose facts advice on a plan needs, each once.
    package static func relations(of plan: PlanNode) -> [String] {
        var names: [String] = []
        for node in plan.all {
            guard let name = node.relation,
                node.kind.contains("Seq") || node.kind.contains("Index")
                    || node.kind.contains("Heap"), !names.contains(name)
            else { continue }
            names.append(name)
        }
        return names
    }

    /// Whether `findings` needs the plan that PostgreSQL makes with enable_seqscan = off, which shows whether an index could
    /// be used.
    package var needsSecondLook: Bool { !reads.isEmpty }

    /// - Parameter secondLook: the plan with enable_seqscan = off, if there is one.
    package func findings(secondLook: PlanNode?) -> [Finding] {
        let left = secondLook.map { WholeRead.all(in: $0, of: relations, keys: keys) }
        var findings: [Finding] = []
        var counts: [String: Int] = [:]
        var order: [(identity: String, rowCount: Int, finding: Finding)] = []
        for read in reads {
            let isAvoidable = left.map { left in !left.contains { $0.alias == read.alias } } ?? false
            let finding = isAvoidable ? read.avoidable(in: secondLook!) : read.finding(keys: keys)
            // Partitions are alike.
            let identity = "\(finding.code) \(read.bareConditions)"
            counts[identity, default: 0] += 1
            if counts[identity] == 1 { order.append((identity, read.commonRowCount, finding)) }
        }
        for (identity, rowCount, finding) in order {
            let more = counts[identity]! - 1
            let rest =
                more == 0
                ? "" : "; so it is with \(more) more of the query's relations, about \(rowCount) rows in all"
            findings.append(Finding(finding.code, finding.severity, finding.message + rest))
        }
        return findings
    }
}

extension WholeRead {
    private var extent: String {
        guard let index else { return "all of \(relation.name), about \(rowCount) rows" }
        if let narrowing {
            return "all that the index \(index) finds of \(relation.name), about \(rowCount) rows, by "
                + "`\(narrowing.text(without: alias))`"
        }
        return "the whole index \(index) of \(relation.name), about \(rowCount) rows"
    }

    /// The finding if an index could be used, as the second plan shows.
    fileprivate func avoidable(in plan: PlanNode) -> Finding {
        let scans = plan.all.filter { $0.alias == alias && $0.relation == relation.name }.flatMap(\.all)
        let index = scans.lazy.compactMap(\.index).first.map { "the index \($0)" } ?? "an index"
        return Finding(
            .indexNotChosen, .note,
            "found that PostgreSQL reads \(extent), though it could use \(index): it expects that many rows match; "
                + "expected fresh statistics (ANALYZE), or a condition that fewer rows meet")
    }

    /// The finding if no index can be used.
    fileprivate func finding(keys: KeyMarks) -> Finding {
        guard !conditions.isEmpty else {
            return Finding(
                .noUsableIndex, .warning,
                "found that PostgreSQL reads \(extent), whatever the key; expected a condition with the key, or an "
                    + "index on the columns that join \(relation.name) with the rest")
        }
        for condition in conditions {
            if let finding = functionInTheWay(of: condition, keys: keys) { return finding }
        }
        let comparisons = conditions.map { "`\($0.text(without: alias))`" }.joined(separator: " and ")
        return Finding(
            .noUsableIndex, .warning,
            "found no usable index for \(comparisons), so that PostgreSQL reads \(extent), for each key; "
                + "expected \(remedy(keys: keys))")
    }

    private func functionInTheWay(of condition: PlanCondition, keys: KeyMarks) -> Finding? {
        guard !condition.matchesPattern, !condition.isDisjunction else { return nil }
        for column in condition.columns(of: alias) {
            guard let index = relation.indexes.first(where: { $0.serves(column) }),
                let wrapping = wrapping(of: column, in: condition, keys: keys)
            else { continue }
            let expression = PlanCondition(text: wrapping).text(without: alias)
            let what = expression.hasPrefix("(") ? "a cast" : "a function"
            return Finding(
                .functionInTheWay, .warning,
                "found \(what) of the column \(column), `\(expression)`, which the index \(index.name) is of no use "
                    + "for, so that PostgreSQL reads \(extent), for each key; expected \(column) by itself, or an "
                    + "index on the expression: CREATE INDEX ON \(relation.name) (\(indexed(expression)))")
        }
        return nil
    }

    private func wrapping(of column: String, in condition: PlanCondition, keys: KeyMarks) -> String? {
        condition.wrapping(of: column, of: alias, keys: keys, varchars: relation.varchars)
    }

    /// A column or an expression as CREATE INDEX takes it.
    private func indexed(_ expression: String) -> String {
        expression.hasPrefix("(") ? "(\(expression))" : expression
    }

    private func remedy(keys: KeyMarks) -> String {
        let columns = conditions.flatMap { $0.columns(of: alias) }
        if conditions.contains(where: { $0.matchesPattern }) {
            return "a comparison with =, as an index does not serve a pattern that is not known in advance"
        }
        guard conditions.allSatisfy({ $0.text.contains(" = ") }), !columns.isEmpty else {
            return "a comparison of a column with =, which an index can serve"
        }
        if conditions.contains(where: { $0.isDisjunction }) {
            let missing = columns.filter { column in !relation.indexes.contains { $0.serves(column) } }
            return "an index on each column of the OR: "
                + (missing.isEmpty ? columns : missing).joined(separator: ", ")
        }
        var expressions: [String] = []
        for condition in conditions {
            for column in condition.columns(of: alias) {
                let wrapping = wrapping(of: column, in: condition, keys: keys)
                let key = indexed(wrapping.map { PlanCondition(text: $0).text(without: alias) } ?? column)
                if !expressions.contains(key) { expressions.append(key) }
            }
        }
        let hints = columns.compactMap { hint(for: $0) }.map { "; \($0)" }.joined()
        return
            "one, such as CREATE INDEX ON \(relation.name) (\(expressions.joined(separator: ", ")))\(hints)"
    }

    /// Why an index on the column, or on an expression of it, can't be used.
    private func hint(for column: String) -> String? {
        for index in relation.indexes {
            if index.keys.first == column {
                if !index.isValid { return "the index \(index.name) is invalid, see REINDEX" }
                if index.isPartial {
                    return "the index \(index.name) is partial, and the query does not imply its condition"
                }
                return
                    "the index \(index.name) on \(column) does not serve this comparison: see its collation and "
                    + "operator class"
            }
            if let place = index.keys.firstIndex(of: column) {
                return "\(column) is number \(place + 1) of the columns of \(index.name), which begins with "
                    + index.keys[0]
            }
            if let key = index.keys.first, key.contains("("), key.contains(column) {
                return "the index \(index.name) is on \(key)"
            }
        }
        return nil
    }
}

extension IndexFacts {
    /// Whether plain comparisons of the column can use it.
    fileprivate func serves(_ column: String) -> Bool { keys.first == column && isValid && !isPartial }
}
