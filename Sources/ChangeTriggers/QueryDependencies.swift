// What the answers of a query depend on, as far as its analysed form tells.

/// The relations, columns and comparisons of a query whose views have been put in (the rewritten form), and what else
/// counts for whether triggers can tell of changes.
package struct QueryDependencies: Equatable, Sendable {
    package private(set) var relations: [UInt32: RelationUse] = [:]
    /// The types of all values in it.
    package private(set) var types: Set<UInt32> = []
    /// Those of which values are made of texts: constants, parameters, casts.
    package private(set) var readTypes: Set<UInt32> = []
    /// Why no trigger can tell of all changes, or it can't be told what the query depends on; nil if the tree gives no
    /// reason.
    package private(set) var untellable: String?

    /// - Parameter texts: the trees that the server shows for the query: one.
    package init(texts: [String]) {
        guard texts.count == 1, let tree = NodeTree(texts[0]), let list = tree.elements, list.count == 1,
            list[0].node("QUERY") != nil
        else {
            untellable = "the analysed query can't be taken apart"
            return
        }
        visit(list[0], above: [])
    }

    private mutating func note(_ reason: String) {
        if untellable == nil { untellable = reason }
    }

    // MARK: Walking

    /// - Parameters:
    ///   - above: the queries that this stands in, the innermost last.
    ///   - compared: for an entry of a range table, what is compared of its columns.
    private mutating func visit(_ tree: NodeTree, above: [QueryLevel], compared: Set<KeyComparison> = []) {
        switch tree {
        case .word, .words, .none: return
        case .list(let elements):
            for element in elements { visit(element, above: above) }
        case .node(let node):
            var above = above
            if node.name == "QUERY" {
                guard let level = QueryLevel(node, comparedOutside: compared) else {
                    return note("a query in it can't be taken apart")
                }
                if node["commandType"].word != "1" { note("it changes data") }
                above.append(level)
                add(level)
                for (place, entry) in (node["rtable"].elements ?? []).enumerated() {
                    visit(entry, above: above, compared: level.comparisons(ofEntry: place))
                }
            }
            noteTypes(of: node)
            if node.name == "VAR" { addColumn(node, above) }
            if node.name == "SQLVALUEFUNCTION" {
                note("it asks for the time, the date, the user or the schema")
            }
            if node.name == "COERCETODOMAIN" {
                note("it casts to a domain, whose checks may read what no trigger tells of")
            }
            // Order does not matter, but the reason must be the same each time. The columns of a join are those of its
            // sides, all of them.
            for (name, value) in node.fields.sorted(by: { $0.key < $1.key })
            where !["joinaliasvars", "rtable"].contains(name) {
                visit(value, above: above, compared: name == "subquery" ? compared : [])
            }
        }
    }

    private mutating func add(_ level: QueryLevel) {
        if let reason = level.untellable { note(reason) }
        for (place, entry) in level.entries.enumerated() {
            guard case .relation(let oid, let columns, let includesChildren) = entry else { continue }
            guard level.reads(place) else {
                if !level.isView(place) { note("a table in it stands outside of FROM") }
                continue
            }
            relations[oid, default: RelationUse()].add(
                columns, includesChildren: includesChildren, compared: level.comparisons(ofEntry: place))
        }
    }

    /// The server's own account of the columns, for privileges, has them all. This is here to be on the safe side.
    private mutating func addColumn(_ node: NodeTree.Node, _ above: [QueryLevel]) {
        guard let place: Int = node.number("varno"), let column: Int16 = node.number("varattno"),
            let levels: Int = node.number("varlevelsup"), (0..<above.count).contains(levels)
        else { return note("a column in it can't be found") }
        let entries = above[above.count - 1 - levels].entries
        guard entries.indices.contains(place - 1) else { return note("a column in it can't be found") }
        guard case .relation(let oid, _, _) = entries[place - 1] else { return }
        relations[oid]?.add(column: column)
    }

    // MARK: Types

    private static let typeFields = [
        "vartype", "consttype", "paramtype", "funcresulttype", "aggtype", "wintype", "opresulttype",
        "resulttype",
        "casetype", "array_typeid", "element_typeid", "row_typeid", "minmaxtype", "coalescetype", "typeId",
        "refcontainertype", "refelemtype", "refrestype", "elemtype", "type",
    ]

    private mutating func noteTypes(of node: NodeTree.Node) {
        for field in Self.typeFields {
            if let oid: UInt32 = node.number(field), oid != 0 { types.insert(oid) }
        }
        let read: String? =
            switch node.name {
            // NULL may stand for a literal with the key.
            case "CONST": "consttype"
            // A parameter of the statement, not the column of a subquery.
            case "PARAM": node["paramkind"].word == "0" ? "paramtype" : nil
            case "COERCEVIAIO": "resulttype"
            default: nil
            }
        if let read, let oid: UInt32 = node.number(read) { readTypes.insert(oid) }
    }
}
