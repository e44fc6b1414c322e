// What recorded queries depend on.

import Testing

@testable import ChangeTriggers

@Suite("Query dependencies")
struct QueryDependenciesTests {
    private let alias = RecordedTree.alias
    private let domains = RecordedTree.domains

    private func dependencies(_ name: String, _ version: Int) throws -> QueryDependencies {
        QueryDependencies(texts: [try RecordedTree.text(of: name, version: version)])
    }

    private func compared(_ column: Int16, _ parameter: Int = 0, lower: Bool = false) -> KeyComparison {
        KeyComparison(
            part: KeyRecipe.Part(column: column, isLower: lower), parameter: parameter, collations: [100])
    }

    @Test(
        "A table's columns are those that the server checks privileges for", arguments: RecordedTree.versions)
    func plain(version: Int) throws {
        let found = try dependencies("plain", version)
        #expect(found.untellable == nil && found.relations.keys.sorted() == [alias])
        #expect(found.relations[alias]?.columns == [1, 2, 3])
        #expect(found.relations[alias]?.comparisons == [[compared(1)]])
        #expect(found.relations[alias]?.includesChildren == true)
        #expect(found.types == [16, 25] && found.readTypes == [25])
    }

    @Test(
        "Views are put in, and what is compared of their columns is of the table's",
        arguments: RecordedTree.versions)
    func views(version: Int) throws {
        let found = try dependencies("view", version)
        #expect(found.untellable == nil && found.relations.keys.sorted() == [alias])
        #expect(found.relations[alias]?.columns == [1, 2, 3])
        #expect(found.relations[alias]?.comparisons == [[compared(1, lower: true)]])
    }

    @Test("A column that is joined with a compared one is compared, too", arguments: RecordedTree.versions)
    func joined(version: Int) throws {
        let found = try dependencies("pair", version)
        #expect(found.relations[alias]?.comparisons == [[compared(5), compared(6, 1)]])
        #expect(found.relations[alias]?.columns == [2, 5, 6])
        #expect(found.relations[domains]?.comparisons == [[compared(1, 1)]])
        #expect(found.relations[domains]?.columns == [1])
        let outer = try dependencies("outer", version)
        #expect(outer.relations[domains]?.comparisons == [[compared(1)]])
        #expect(outer.relations[alias]?.comparisons == [[compared(1)]])
        #expect(outer.untellable == nil)
    }

    @Test("Of a union in a view each part is compared", arguments: RecordedTree.versions)
    func union(version: Int) throws {
        let found = try dependencies("union", version)
        #expect(found.untellable == nil)
        #expect(found.relations[alias]?.comparisons == [[compared(1)]])
        #expect(found.relations[domains]?.comparisons == [[compared(1)]])
    }

    @Test("WITH and EXISTS are read, each with its own conditions", arguments: RecordedTree.versions)
    func parts(version: Int) throws {
        let found = try dependencies("exists", version)
        #expect(found.untellable == nil)
        #expect(found.relations[alias]?.comparisons == [[compared(1)]])
        #expect(found.relations[domains]?.comparisons == [[]] && found.relations[domains]?.columns == [2])
    }

    @Test("Who asks, or when, is nothing that rows tell", arguments: RecordedTree.versions)
    func user(version: Int) throws {
        #expect(
            try dependencies("user", version).untellable
                == "it asks for the time, the date, the user or the schema")
    }

    @Test(
        "A text that is cut anywhere, or has another node, is not taken for a query that depends on nothing")
    func damaged() throws {
        let text = try RecordedTree.text(of: "pair", version: 15)
        var length = 0
        while length < text.utf8.count {
            let cut = String(decoding: text.utf8.prefix(length), as: UTF8.self)
            #expect(QueryDependencies(texts: [cut]).untellable != nil)
            length += 97
        }
        for (old, new) in [
            (":rtekind 0", ":rtekind 7"), (":selectedCols (b 8)", ":selectedCols <>"),
            (":rtindex 2", ":rtindex 9"),
            (":jointype 0 :isNatural", ":jointype 5 :isNatural"), (":varno 1", ":varno 9"),
            (":commandType 1", ":commandType 2"), (":securityQuals <>", ":securityQuals ({CONST})"),
            (":fromlist ({JOINEXPR", ":fromlist <> :x ({JOINEXPR"),
            (":tablesample <>", ":tablesample {TABLESAMPLECLAUSE}"),
        ] {
            #expect(text.contains(old))
            #expect(QueryDependencies(texts: [text.replacing(old, with: new)]).untellable != nil, "\(new)")
        }
        #expect(QueryDependencies(texts: []).untellable != nil)
        #expect(QueryDependencies(texts: [text, text]).untellable != nil)
        let deep = String(repeating: "(", count: 100_000) + String(repeating: ")", count: 100_000)
        #expect(QueryDependencies(texts: [deep]).untellable != nil)
    }

    @Test("A name may look like anything")
    func names() throws {
        let tree = NodeTree(
            "{A :name :x :next {B :n \\(\\ \\{\\} :c 4 [ 1 0 0 0 ] :d (\"a\\ b\" <> (i 1 2))} :e <>}")
        let node = try #require(tree?.node("A"))
        #expect(node["name"].word == ":x" && node["e"].isNone)
        #expect(node["next"].node?["n"].word == "\\(\\ \\{\\}")
        #expect(node["next"].node?["c"].word == "4")
        #expect(node["next"].node?["d"].elements?.count == 3)
        #expect(NodeTree("{A :a 1 :a 2}") == nil && NodeTree("{A :a 1} 2") == nil && NodeTree("") == nil)
    }

    @Test("Only an equality of texts by their bytes, of a column as it is, tells a key")
    func comparisons() throws {
        let text = try RecordedTree.text(of: "plain", version: 15)
        func comparisons(_ old: String, _ new: String) -> [Set<KeyComparison>]? {
            #expect(text.contains(old))
            return QueryDependencies(texts: [text.replacing(old, with: new)]).relations[alias]?.comparisons
        }
        #expect(comparisons(":opno 98", ":opno 531") == [[]])
        #expect(comparisons(":boolop and", ":boolop or") == [[]])
        #expect(comparisons(":varattno 1 :vartype 25", ":varattno 1 :vartype 1042") == [[]])
        #expect(comparisons(":paramtype 25", ":paramtype 1042") == [[]])
        #expect(comparisons(":paramkind 0", ":paramkind 2") == [[]])
        #expect(comparisons(":varattno 1 ", ":varattno 0 ") == [[]])
        let other = comparisons(
            ":inputcollid 100 :args ({VAR :varno 1 :varattno 1",
            ":inputcollid 17 :args ({VAR :varno 1 :varattno 1")
        #expect(other?.first?.first?.collations == [17, 100])
        let lower = try RecordedTree.text(of: "view", version: 15)
        let collated = lower.replacing(
            ":funccollid 100 :inputcollid 100", with: ":funccollid 17 :inputcollid 17")
        #expect(collated != lower)
        #expect(QueryDependencies(texts: [collated]).relations[alias]?.comparisons == [[]])
    }
}
