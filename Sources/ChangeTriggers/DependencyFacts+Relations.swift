// Which relations' changes triggers can tell, and which relations belong together.

/// Why something can't be told, in words.
struct Untellable: Error {
    let text: String
}

extension DependencyFacts {
    /// A relation with its partitions or children, and all parents of these: a row may be changed by way of any of them, and
    /// only the triggers of that one are fired.
    func family(of relation: UInt32) -> Set<UInt32> {
        func closed(_ oids: Set<UInt32>, over edges: [UInt32: Set<UInt32>]) -> Set<UInt32> {
            var all = oids
            var open = Array(oids)
            while let oid = open.popLast() {
                for next in edges[oid] ?? [] where all.insert(next).inserted { open.append(next) }
            }
            return all
        }
        return closed(closed([relation], over: children), over: parents)
    }

    /// Why triggers of a relation can't tell of all changes of its rows; nil if they can.
    func reasonAgainst(_ oid: UInt32) -> String? {
        guard let relation = relations[oid] else { return "a table is gone that it reads" }
        let name = relation.shown
        // FirstNormalObjectId: a catalog, or a table of information_schema.
        if oid < 16384 { return "\(name) is PostgreSQL's own" }
        if relation.isTemporary { return "\(name) is temporary" }
        switch relation.kind {
        case "r", "p": break
        case "m": return "\(name) is a materialized view"
        case "f": return "\(name) is a foreign table"
        default: return "\(name) is no table"
        }
        if relation.hasRowSecurity { return "\(name) has row-level security" }
        if relation.isSubscribed {
            return "\(name) is written by logical replication, which fires no such trigger"
        }
        return nil
    }

    /// The names of columns whose values count.
    ///
    /// - Parameter numbers: attnums; 0 is the whole row.
    func names(of numbers: Set<Int16>, in oid: UInt32) -> Result<[String], Untellable> {
        guard let relation = relations[oid] else {
            return .failure(Untellable(text: "a table is gone that it reads"))
        }
        // tableoid, TableOidAttributeNumber, stays what it is. The others change when a row is moved, or seen by another
        // transaction.
        if numbers.contains(where: { $0 < 0 && $0 != -6 }) {
            return .failure(Untellable(text: "it reads where or when rows of \(relation.shown) were written"))
        }
        let used = relation.columns.filter { numbers.contains($0.number) }
        guard used.count == numbers.count(where: { $0 > 0 }) else {
            return .failure(Untellable(text: "a column of \(relation.shown) is gone that it reads"))
        }
        // A column that is generated when it is read has its value from the others of the row.
        let takesAll = numbers.contains(0) || used.contains(where: \.isVirtual)
        return .success((takesAll ? relation.columns.filter { !$0.isVirtual } : used).map(\.name))
    }
}

extension DependencyFacts.Relation {
    /// As a message has it.
    var shown: String { "\(schema).\(name)" }
}
