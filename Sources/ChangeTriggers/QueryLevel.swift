// One SELECT of an analysed query: what stands in FROM, and what must be true of its rows.

/// A Query node: see parsenodes.h.
struct QueryLevel {
    /// An entry of the range table.
    enum Entry {
        /// - Parameter columns: attnums, as the server notes them for privileges.
        case relation(oid: UInt32, columns: Set<Int16>, includesChildren: Bool)
        /// A subquery, a view, a join, a function, …: what it reads stands elsewhere in the tree.
        case other
    }

    let entries: [Entry]
    /// The places of views that are named as such.
    private let views: Set<Int>
    /// A reason in words; nil if none is seen here.
    private(set) var untellable: String?
    /// The places of the entries in FROM, from 0, each with the conditions without which no row of the entry counts.
    private var conditions: [Int: [TextEquality]] = [:]
    /// What the query around it compares its columns with, if it has the rows of a set operation.
    private var passedOn: Set<KeyComparison> = []

    /// - Parameters:
    ///   - query: the node.
    ///   - outer: the query's own columns, by number, that the one around it compares with parameters, so that no row of
    ///     this one counts for which they are not equal.
    /// - Returns: nil for a node that can't be taken apart.
    init?(_ query: NodeTree.Node, comparedOutside outer: Set<KeyComparison> = []) {
        guard let table = query["rtable"].elements, let from = query["jointree"].node("FROMEXPR"),
            let items = from["fromlist"].elements
        else { return nil }
        // PostgreSQL 16 has the columns in a list of their own.
        let permissions = query["rteperminfos"].elements ?? []
        var entries: [Entry] = []
        var views: Set<Int> = []
        for element in table {
            guard let node = element.node, ["RTE", "RANGETBLENTRY"].contains(node.name),
                let kind: Int = node.number("rtekind")
            else { return nil }
            guard kind == 0 else {
                // Subquery, join, function, table function, VALUES, CTE, none, GROUP BY. Not: a transition table.
                if ![1, 2, 3, 4, 5, 6, 8, 9].contains(kind) { untellable = "it reads what is no table" }
                entries.append(.other)
                continue
            }
            var source = node
            if let index: Int = node.number("perminfoindex"), node["selectedCols"].isNone {
                guard permissions.indices.contains(index - 1),
                    let info = permissions[index - 1].node, info["relid"] == node["relid"]
                else { return nil }
                source = info
            }
            guard let oid: UInt32 = node.number("relid"), let bits = source["selectedCols"].bits,
                let includesChildren = node["inh"].word
            else { return nil }
            if !node["tablesample"].isNone { untellable = "TABLESAMPLE may answer differently each time" }
            if node["securityQuals"].elements?.isEmpty != true {
                untellable = "row-level security decides what it reads"
            }
            if node["relkind"].word == "v" { views.insert(entries.count) }
            let columns = Set(bits.map { Int16(truncatingIfNeeded: $0 + Self.firstColumn) })
            entries.append(
                .relation(oid: oid, columns: columns, includesChildren: includesChildren == "true"))
        }
        self.entries = entries
        self.views = views
        var global = Self.conjuncts(of: from["quals"])
        if Self.isByRows(query) {
            if query["setOperations"].isNone {
                let columns = query["targetList"].elements ?? []
                global += outer.compactMap { TextEquality($0, among: columns) }
            } else {
                passedOn = outer
            }
        }
        for item in items {
            guard noteItem(item, global) else { return nil }
        }
    }

    /// FirstLowInvalidHeapAttributeNumber: what is added to an attnum makes the number in a bitmapset.
    private static let firstColumn = -7

    /// Whether an entry stands in FROM. A view has entries that don't, for OLD and NEW.
    func reads(_ place: Int) -> Bool { conditions[place] != nil }

    func isView(_ place: Int) -> Bool { views.contains(place) }

    // MARK: Conditions

    /// Goes through what stands in FROM.
    ///
    /// A condition in WHERE counts for every entry, whatever outer joins it stands in: a row of the entry that does not meet
    /// it is in no row that is left, and the row in which NULLs are in its place is not left either. A condition in ON counts
    /// for the entries on a side for which the join makes no row without a partner on the other.
    ///
    /// - Parameter given: the conditions that count for all of the item.
    private mutating func noteItem(_ item: NodeTree, _ given: [TextEquality]) -> Bool {
        if let reference = item.node("RANGETBLREF") {
            guard let index: Int = reference.number("rtindex"), entries.indices.contains(index - 1) else {
                return false
            }
            conditions[index - 1] = given
            return true
        }
        guard let join = item.node("JOINEXPR"), let type: Int = join.number("jointype") else { return false }
        let own = given + Self.conjuncts(of: join["quals"])
        switch type {
        case 0: return noteItem(join["larg"], own) && noteItem(join["rarg"], own)
        case 1: return noteItem(join["larg"], given) && noteItem(join["rarg"], own)
        case 2: return noteItem(join["larg"], given) && noteItem(join["rarg"], given)
        case 3: return noteItem(join["larg"], own) && noteItem(join["rarg"], given)
        default: return false
        }
    }

    /// Whether a condition on a column of the result may as well be one on the rows that it is made of.
    private static func isByRows(_ query: NodeTree.Node) -> Bool {
        let flags = ["hasAggs", "hasWindowFuncs", "hasTargetSRFs", "hasDistinctOn"]
        let clauses = ["groupClause", "groupingSets", "havingQual", "limitOffset", "limitCount"]
        return flags.allSatisfy { query[$0].word == "false" } && clauses.allSatisfy { query[$0].isNone }
    }

    private static func conjuncts(of tree: NodeTree) -> [TextEquality] {
        guard let node = tree.node else { return [] }
        guard node.name == "BOOLEXPR" else { return TextEquality(tree).map { [$0] } ?? [] }
        guard node["boolop"].word == "and" else { return [] }
        return (node["args"].elements ?? []).flatMap(conjuncts)
    }

    /// What of an entry is compared with parameters, in a way that no row of it counts for which they are not equal.
    func comparisons(ofEntry place: Int) -> Set<KeyComparison> {
        guard passedOn.isEmpty else { return passedOn }
        var equalities = conditions[place] ?? []
        var found: Set<KeyComparison> = []
        // `a.x = b.x AND b.x = $1` is as good as `a.x = $1`.
        var known = equalities.filter { $0.parameter != nil }
        equalities.removeAll { $0.parameter != nil }
        var index = 0
        while index < known.count {
            let equality = known[index]
            index += 1
            for term in equality.terms where term.place == place {
                found.insert(
                    KeyComparison(
                        part: KeyRecipe.Part(column: term.column, isLower: term.isLower),
                        parameter: equality.parameter!, collations: equality.collations))
            }
            for other in equalities {
                guard let step = equality.step(over: other), !known.contains(step) else { continue }
                known.append(step)
            }
        }
        return found
    }
}
