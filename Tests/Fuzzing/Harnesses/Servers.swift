// What a server says of itself: plans, indexes, and the rows of its catalogs.

@testable internal import LookupTables
@testable internal import QueryPurity
@testable internal import TableAdvice

/// A plan, another one for a second look, the array statement's, and indexes: a line each, of words.
func fuzzAdvice(_ input: [UInt8]) {
    let texts = input.parts(5).map { String(decoding: $0, as: UTF8.self) }
    func plan(_ text: String) -> PlanNode? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        let plan = PlanNode(explained: lines)
        if let plan {
            check(plan.all.count <= lines.count, "more nodes than lines")
            check(!plan.kind.isEmpty && !plan.summary.isEmpty, "a node of no kind")
        }
        return plan
    }
    guard let first = plan(texts[0]) else { return }
    for node in first.all {
        for text in node.details.values {
            for condition in PlanCondition.conjuncts(of: text) {
                check(text.contains(condition.text), "a condition that is not in \(text)")
                for column in condition.columns(of: node.alias ?? "") {
                    _ = condition.wrapping(
                        of: column, of: node.alias ?? "", keys: .parameters, varchars: [column])
                }
                _ = condition.varies(besides: node.alias ?? "")
            }
        }
    }
    let indexes = texts[3].split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
    let names = PlanAdvice.relations(of: first)
    check(Set(names).count == names.count, "a relation is named twice")
    for rows in [0, 20_000, Int.max] {
        let relations = names.map { name in
            RelationFacts(
                name: name, rowCount: rows,
                indexes: indexes.filter { $0.count > 2 }.map { words in
                    IndexFacts(
                        name: words[0], method: words[1], keys: Array(words[2...]), isUnique: rows == 0,
                        isPartial: words[0].count == 1, isValid: words[0].count != 2,
                        rowCount: words[2].isEmpty ? nil : rows)
                }, varchars: Set(indexes.compactMap(\.last)))
        }
        for keys in [KeyMarks.parameters, .texts([texts[4]])] {
            let advice = PlanAdvice(plan: first, relations: relations, keys: keys)
            let findings = advice.findings(secondLook: nil) + advice.findings(secondLook: plan(texts[1]))
            check(findings.allSatisfy { !$0.message.isEmpty }, "a finding that says nothing")
            check(advice.needsSecondLook == !advice.findings(secondLook: nil).isEmpty, "one look is enough")
            _ = advice.yieldsOneRow
        }
    }
    if let second = plan(texts[1]), let many = plan(texts[2]) {
        for mode in [PlanComparison.CacheMode.auto, .forceCustom, .forceGeneric] {
            _ = PlanComparison(custom: first, generic: second, many: many, mode: mode).verdict
            _ = PlanComparison(custom: nil, generic: first, many: many, mode: mode).verdict
        }
    }
}

/// A query, the tree that a server shows of it, and the rows of its catalogs: one a line, its values between tabs.
func fuzzCatalog(_ input: [UInt8]) {
    let texts = input.parts(3).map { String(decoding: $0, as: UTF8.self) }
    let watch = SchemaWatch(SQLMentions(texts[0]))
    let tree = TreeFacts(texts[1])
    check(tree == TreeFacts(texts: [texts[1]]), "another tree the second time")
    var graph = CatalogGraph()
    var known: Set<CatalogObject> = []
    for line in texts[2].split(separator: "\n") {
        let row = line.split(separator: "\t", omittingEmptySubsequences: false)
            .map { String($0.replacing("\\n", with: "\n")) }
        guard let (object, fact) = CatalogFact.read(row) else { continue }
        check(row[0] == object.kind.rawValue && UInt32(row[1]) == object.oid, "a fact of another object")
        known.insert(object)
        graph.note([object])
        graph.learn(fact, of: object)
    }
    // A server that has nothing more to say: each step asks for something new, and there is an end.
    while true {
        switch graph.walk(from: tree, mentions: watch) {
        case .unknown(let objects):
            check(!objects.isEmpty && objects.isDisjoint(with: known), "what is known is asked for")
            known.formUnion(objects)
            graph.note(objects)
            let queries = CatalogQueries.facts(of: objects, version: 150_000)
            check(queries.allSatisfy { !$0.isEmpty }, "an empty query")
        case .found(let finding):
            if finding.purity == .pure {
                check(tree.impurity == nil && tree.unknownNode == nil, "it is not pure: \(texts[1])")
            }
            let look = lookSQL(for: [finding])
            check(!look.utf8.contains(0), "no statement has a NUL")
            // The names in it are escaped: it is one statement.
            var lexer = SQLLexer(look.utf8.map { .byte($0) })
            while let token = try? lexer.next() {
                check(token.kind != .semicolon, "more than one statement: \(look)")
            }
            return
        }
    }
}
