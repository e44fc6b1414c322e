// Where a plan reads a relation or an index from one end to the other for each key.

/// A scan that a key does not narrow down.
struct WholeRead: Equatable {
    let relation: RelationFacts
    let alias: String
    /// The index that is read as a whole; nil where it is the relation.
    let index: String?
    /// The conditions that have the key in them, each checked for every row; none where the relation is read
    /// whatever the key.
    let conditions: [PlanCondition]

    /// Every such scan of a large relation.
    static func all(
        in plan: PlanNode, of relations: [String: RelationFacts], keys: KeyMarks
    ) -> [WholeRead] {
        let search = Search(relations: relations, keys: keys)
        return search.reads(below: plan, parent: nil)
    }
}

private struct Search {
    let relations: [String: RelationFacts]
    let keys: KeyMarks

    func reads(below node: PlanNode, parent: PlanNode?) -> [WholeRead] {
        let own = read(of: node, parent: parent).map { [$0] } ?? []
        return own + node.children.flatMap { reads(below: $0, parent: node) }
    }

    private func read(of node: PlanNode, parent: PlanNode?) -> WholeRead? {
        guard let name = node.relation, let alias = node.alias, let relation = relations[name],
            relation.isLarge
        else { return nil }
        if node.kind.hasSuffix("Seq Scan") {
            return read(ofAll: nil, node, relation, alias, parent)
        }
        if node.kind.contains("Index") {
            // Without a condition it is read for its order, or because it is partial and has few rows.
            guard let condition = node.indexCondition else {
                let index = relation.indexes.first { $0.name == node.index }
                if index?.isPartial ?? true { return nil }
                return read(ofAll: node.index, node, relation, alias, parent)
            }
            return read(ofIndex: node.index, condition, relation, alias)
        }
        // Of several indexes that are combined by AND, one that narrows it down is enough.
        if node.kind.hasSuffix("Bitmap Heap Scan"), let scan = node.children.first {
            let scans = scan.kind == "BitmapOr" ? scan.children : [scan]
            for scan in scans where scan.kind.hasSuffix("Bitmap Index Scan") {
                if let condition = scan.indexCondition,
                    let read = read(ofIndex: scan.index, condition, relation, alias)
                {
                    return read
                }
            }
        }
        return nil
    }

    /// Of a node that goes through a whole relation, or a whole index.
    private func read(
        ofAll index: String?, _ node: PlanNode, _ relation: RelationFacts, _ alias: String,
        _ parent: PlanNode?
    ) -> WholeRead? {
        let conditions = withKey(node.filter)
        // LIMIT without a condition reads the first rows only.
        if conditions.isEmpty, parent?.kind == "Limit" { return nil }
        return WholeRead(relation: relation, alias: alias, index: index, conditions: conditions)
    }

    private func read(
        ofIndex name: String?, _ condition: String, _ relation: RelationFacts, _ alias: String
    ) -> WholeRead? {
        guard let index = relation.indexes.first(where: { $0.name == name }), index.needsFirstKey,
            let first = index.keys.first
        else { return nil }
        let all = PlanCondition.conjuncts(of: condition)
        if all.contains(where: { $0.concerns(first, of: alias) }) { return nil }
        return WholeRead(
            relation: relation, alias: alias, index: index.name,
            conditions: all.filter { keys.areIn($0.text) })
    }

    private func withKey(_ condition: String?) -> [PlanCondition] {
        guard let condition else { return [] }
        return PlanCondition.conjuncts(of: condition).filter { keys.areIn($0.text) }
    }
}

extension PlanCondition {
    /// Whether it is a condition on a key of an index, a column or an expression as pg_get_indexdef() writes it.
    func concerns(_ key: String, of alias: String) -> Bool {
        if columns(of: alias).contains(key) { return true }
        // Around a cast there are parentheses that a condition need not have.
        let expression = Self.withoutParentheses(key)
        return expression.contains("(") && text(without: alias).contains(expression)
    }
}
