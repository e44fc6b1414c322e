// Where a plan reads a relation or an index from one end to the other for each key.

/// A scan that a key does not narrow down.
struct WholeRead: Equatable {
    let relation: RelationFacts
    let alias: String
    /// About how many rows are read, as far as that is known: of the index where it is partial, or else of the relation.
    let rowCount: Int
    /// The index that is read; nil where it is the relation.
    let index: String?
    /// What the index is asked for all the same, the same for every key; nil where it is read as a whole.
    let narrowing: PlanCondition?
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
        let scan = Scan(node: node, relation: relation, alias: alias, isLimited: parent?.kind == "Limit")
        if node.kind.hasSuffix("Seq Scan") { return read(ofAll: nil, scan) }
        if node.kind.contains("Index") { return read(by: node.index, node.indexCondition, scan) }
        if node.kind.hasSuffix("Bitmap Heap Scan"), let bitmap = node.children.first {
            return read(byBitmap: bitmap, scan)
        }
        return nil
    }

    /// A node that scans a relation that is large.
    fileprivate struct Scan {
        let node: PlanNode
        let relation: RelationFacts
        let alias: String
        /// Whether LIMIT is right above.
        let isLimited: Bool
    }

    /// Of a node that goes through a whole relation, or a whole index.
    private func read(ofAll index: IndexFacts?, _ scan: Scan) -> WholeRead? {
        let conditions = withKey(scan.node.filter)
        // LIMIT without a condition reads the first rows only.
        if conditions.isEmpty, scan.isLimited { return nil }
        return WholeRead(
            relation: scan.relation, alias: scan.alias, rowCount: scan.rowCount(of: index),
            index: index?.name, narrowing: nil, conditions: conditions)
    }

    private func read(byBitmap bitmap: PlanNode, _ scan: Scan) -> WholeRead? {
        switch bitmap.kind {
        case "BitmapOr": return bitmap.children.lazy.compactMap { read(byBitmap: $0, scan) }.first
        case "BitmapAnd":
            // One that narrows it down is enough.
            let reads = bitmap.children.map { read(byBitmap: $0, scan) }
            return reads.contains(nil) ? nil : reads.first ?? nil
        default: return read(by: bitmap.index, bitmap.indexCondition, scan)
        }
    }

    private func read(by name: String?, _ condition: String?, _ scan: Scan) -> WholeRead? {
        guard let index = scan.relation.indexes.first(where: { $0.name == name }) else { return nil }
        let filter = withKey(scan.node.filter)
        let isLarge = scan.rowCount(of: index) >= RelationFacts.largeRowCount
        // It is read for its order, or because it is partial, and all of its few rows may be meant.
        guard let condition else {
            if index.isPartial, filter.isEmpty || !isLarge { return nil }
            return read(ofAll: index, scan)
        }
        let all = PlanCondition.conjuncts(of: condition)
        guard all.contains(where: { keys.areIn($0.text) || $0.varies(besides: scan.alias) }) else {
            // Then it finds the same rows for every key, and each is checked.
            if filter.isEmpty || !isLarge { return nil }
            return WholeRead(
                relation: scan.relation, alias: scan.alias, rowCount: scan.rowCount(of: index),
                index: index.name,
                narrowing: PlanCondition(text: PlanCondition.withoutParentheses(condition)),
                conditions: filter)
        }
        guard index.needsFirstKey, let first = index.keys.first,
            !all.contains(where: { $0.concerns(first, of: scan.alias) })
        else { return nil }
        return WholeRead(
            relation: scan.relation, alias: scan.alias, rowCount: scan.rowCount(of: index), index: index.name,
            narrowing: nil, conditions: all.filter { keys.areIn($0.text) })
    }

    private func withKey(_ condition: String?) -> [PlanCondition] {
        guard let condition else { return [] }
        return PlanCondition.conjuncts(of: condition).filter { keys.areIn($0.text) }
    }
}

extension Search.Scan {
    /// About how many rows an index has, or the relation without one.
    fileprivate func rowCount(of index: IndexFacts?) -> Int {
        guard let index, index.isPartial else { return relation.rowCount }
        return index.rowCount ?? relation.rowCount
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
