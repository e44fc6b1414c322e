// A condition that two texts are the same, byte by byte.

/// `a = b`, each a column or lower() of it, or `a = $n`.
struct TextEquality: Equatable {
    /// A column of type text or varchar of this query, or lower() of it.
    struct Term: Hashable {
        /// The entry of the range table, from 0.
        let place: Int
        let column: Int16
        let isLower: Bool
    }

    /// One beside a parameter, else two.
    let terms: [Term]
    /// Counted from 0.
    let parameter: Int?
    /// The collations that count: if they are deterministic, equal texts have equal bytes.
    let collations: Set<UInt32>

    private init(terms: [Term], parameter: Int?, collations: Set<UInt32>) {
        self.terms = terms
        self.parameter = parameter
        self.collations = collations
    }

    /// PostgreSQL's own: text, varchar, texteq(), lower(text).
    private enum Own {
        static let types = ["25", "1043"]
        static let equality = "98"
        static let lower = "870"
    }

    /// - Returns: nil for any other condition.
    init?(_ tree: NodeTree) {
        guard let node = tree.node("OPEXPR"), node["opno"].word == Own.equality,
            let collation: UInt32 = node.number("inputcollid"), let sides = node["args"].elements,
            sides.count == 2
        else { return nil }
        var terms: [Term] = []
        var parameter: Int?
        var collations: Set<UInt32> = [collation]
        for side in sides {
            if let (term, own) = Self.term(side) {
                terms.append(term)
                collations.formUnion(own)
            } else if let node = Self.unlabelled(side).node("PARAM"), node["paramkind"].word == "0",
                Own.types.contains(node["paramtype"].word ?? ""), let number: Int = node.number("paramid"),
                number > 0, parameter == nil
            {
                parameter = number - 1
            } else {
                return nil
            }
        }
        if terms.isEmpty { return nil }
        self.init(terms: terms, parameter: parameter, collations: collations)
    }

    /// What a comparison of a query's own column means for the rows that it is made of.
    ///
    /// - Parameter columns: the target list.
    /// - Returns: nil if the column is neither a column of one of the query's entries nor lower() of it.
    init?(_ outer: KeyComparison, among columns: [NodeTree]) {
        let entry = columns.lazy.compactMap { $0.node("TARGETENTRY") }
            .first { $0["resno"].word == String(outer.part.column) && $0["resjunk"].word == "false" }
        guard let entry, let found = Self.term(entry["expr"]),
            // lower() is made under the collation of the column itself.
            !outer.part.isLower || !found.term.isLower && outer.collations == found.collations
        else { return nil }
        self.init(
            terms: [
                Term(
                    place: found.term.place, column: found.term.column,
                    isLower: found.term.isLower || outer.part.isLower)
            ], parameter: outer.parameter, collations: outer.collations.union(found.collations))
    }

    /// What follows from this one, of a parameter, and one of two columns; nil if nothing does.
    func step(over other: TextEquality) -> TextEquality? {
        guard let term = terms.first, let place = other.terms.firstIndex(of: term), other.terms.count == 2
        else {
            return nil
        }
        return TextEquality(
            terms: [other.terms[1 - place]], parameter: parameter,
            collations: collations.union(other.collations))
    }

    /// Without changes of type that keep the bytes: of varchar to text. A RelabelType that changes the collation counts for
    /// the comparison only, which has it.
    private static func unlabelled(_ tree: NodeTree) -> NodeTree {
        var tree = tree
        while let node = tree.node("RELABELTYPE"), Own.types.contains(node["resulttype"].word ?? "") {
            tree = node["arg"]
        }
        return tree
    }

    /// With the column's collation.
    private static func term(_ tree: NodeTree) -> (term: Term, collations: Set<UInt32>)? {
        let tree = unlabelled(tree)
        let call = tree.node("FUNCEXPR")
        if let call {
            guard call["funcid"].word == Own.lower, call["args"].elements?.count == 1 else { return nil }
        }
        guard let column = column(call.map { unlabelled($0["args"].elements![0]) } ?? tree),
            // A trigger makes lower() under the column's own collation.
            call.map({ $0["inputcollid"].word == column.collation }) ?? true,
            let collation = UInt32(column.collation)
        else { return nil }
        return (Term(place: column.place, column: column.number, isLower: call != nil), [collation])
    }

    private static func column(_ tree: NodeTree) -> (place: Int, number: Int16, collation: String)? {
        guard let node = tree.node("VAR"), Own.types.contains(node["vartype"].word ?? ""),
            node["varlevelsup"].word == "0", let place: Int = node.number("varno"),
            let number: Int16 = node.number("varattno"), number > 0, let collation = node["varcollid"].word
        else { return nil }
        return (place - 1, number, collation)
    }
}
