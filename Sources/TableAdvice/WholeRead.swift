// Scans in a plan that read a relation or an index from one end to the other for each key.

/// A scan that a key does not narrow down.
struct WholeRead: Equatable {
    let relation: RelationFacts
    let alias: String
    /// About how many rows are read, as far as that is known: those of a partial index, or else of the relation.
    let rowCount: Int
    /// The index that is read; nil if it is the relation.
    let index: String?
    /// The condition on the index all the same, which is the same for every key; nil if all of the index is read.
    let narrowing: PlanCondition?
    /// The conditions that have the key in them, each checked for every row; none if the relation is read in the same way for
    /// every key.
    let conditions: [PlanCondition]
    /// The rows of all reads with these conditions below one Append together, such as those of partitions.
    fileprivate(set) var commonRowCount: Int

    /// Every such scan of a large relation, or of relations that are large together.
    static func all(
        in plan: PlanNode, of relations: [String: RelationFacts], keys: KeyMarks
    ) -> [WholeRead] {
        let search = Search(relations: relations, keys: keys)
        return search.reads(below: plan, parent: nil)
            .filter { $0.commonRowCount >= RelationFacts.largeRowCount }
    }
}

private struct Search {
    let relations: [String: RelationFacts]
    let keys: KeyMarks

    func reads(below node: PlanNode, parent: PlanNode?) -> [WholeRead] {
        let own = read(of: node, parent: parent).map { [$0] } ?? []
        let others = node.children.flatMap { reads(below: $0, parent: node) }
        let isAppend = ["Append", "Merge Append", "Parallel Append"].contains(node.kind)
        return own + (isAppend ? together(others) : others)
    }

    private func together(_ reads: [WholeRead]) -> [WholeRead] {
        var counts: [[String]: Int] = [:]
        for read in reads {
            let (sum, overflow) = counts[read.bareConditions, default: 0]
                .addingReportingOverflow(read.rowCount)
            counts[read.bareConditions] = overflow ? .max : sum
        }
        return reads.map { read in
            var read = read
            read.commonRowCount = counts[read.bareConditions]!
            return read
        }
    }

    private func read(of node: PlanNode, parent: PlanNode?) -> WholeRead? {
        guard let name = node.relation, let alias = node.alias, let relation = relations[name]
        else { return nil }
        let scan = Scan(node: node, relation: relation, alias: alias, isLimited: parent?.kind == "Limit")
        if node.kind.hasSuffix("Seq Scan") { return read(ofAll: nil, scan) }
        if node.kind.contains("Index") { return read(by: node.index, node.indexCondition, scan) }
        if node.kind.hasSuffix("Bitmap Heap Scan"), let bitmap = node.children.first {
            return read(byBitmap: bitmap, scan)
        }
        return nil
    }

    /// A node that scans a relation.
    fileprivate struct Scan {
        let node: PlanNode
        let relation: RelationFacts
        let alias: String
        /// Whether LIMIT is right above.
        let isLimited: Bool
    }

    /// The read of a node that goes through a whole relation, or a whole index.
    private func read(ofAll index: IndexFacts?, _ scan: Scan) -> WholeRead? {
        let conditions = withKey(scan.node.filter)
        // LIMIT without a condition reads the first rows only.
        if conditions.isEmpty, scan.isLimited { return nil }
        return scan.read(of: index, narrowing: nil, conditions)
    }

    private func read(byBitmap bitmap: PlanNode, _ scan: Scan) -> WholeRead? {
        switch bitmap.kind {
        case "BitmapOr": return bitmap.children.lazy.compactMap { read(byBitmap: $0, scan) }.first
        case "BitmapAnd":
            // One condition that narrows it down is enough.
            let reads = bitmap.children.map { read(byBitmap: $0, scan) }
            return reads.contains(nil) ? nil : reads.first ?? nil
        default: return read(by: bitmap.index, bitmap.indexCondition, scan)
        }
    }

    private func read(by name: String?, _ condition: String?, _ scan: Scan) -> WholeRead? {
        guard let index = scan.relation.indexes.first(where: { $0.name == name }) else { return nil }
        let filter = withKey(scan.node.filter)
        // It is read for its order, or because it is partial, and all of its rows may be wanted.
        guard let condition else {
            if index.isPartial, filter.isEmpty { return nil }
            return read(ofAll: index, scan)
        }
        let all = PlanCondition.conjuncts(of: condition)
        guard all.contains(where: { keys.areIn($0.text) || $0.varies(besides: scan.alias) }) else {
            // Then the same rows are found for every key, and each is checked.
            if filter.isEmpty { return nil }
            let narrowing = PlanCondition(text: PlanCondition.withoutParentheses(condition))
            return scan.read(of: index, narrowing: narrowing, filter)
        }
        guard index.needsFirstKey, let first = index.keys.first,
            !all.contains(where: { $0.concerns(first, of: scan.alias) })
        else { return nil }
        return scan.read(of: index, narrowing: nil, all.filter { keys.areIn($0.text) })
    }

    private func withKey(_ condition: String?) -> [PlanCondition] {
        guard let condition else { return [] }
        return PlanCondition.conjuncts(of: condition).filter { keys.areIn($0.text) }
    }
}

extension Search.Scan {
    /// - Parameter index: nil if the relation is read.
    fileprivate func read(
        of index: IndexFacts?, narrowing: PlanCondition?, _ conditions: [PlanCondition]
    ) -> WholeRead {
        let rowCount = index.flatMap { $0.isPartial ? $0.rowCount : nil } ?? relation.rowCount
        return WholeRead(
            relation: relation, alias: alias, rowCount: rowCount, index: index?.name, narrowing: narrowing,
            conditions: conditions, commonRowCount: rowCount)
    }
}

extension WholeRead {
    /// The conditions in the form that those of other partitions have, too.
    var bareConditions: [String] { conditions.map { $0.text(without: alias) } }
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
