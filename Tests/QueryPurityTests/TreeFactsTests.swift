// What is read from analysed queries.

import Testing

@testable import QueryPurity

@Suite("Trees")
struct TreeFactsTests {
    @Test("Functions, operators, relations and types of one's own are found, in lists and in nodes")
    func reached() {
        let facts = TreeFacts(
            """
            ({QUERY :commandType 1 :rtable ({RANGETBLENTRY :rtekind 0 :relid 16400 :relkind r} {RANGETBLENTRY :rtekind 3
            :functions ({RANGETBLFUNCTION :funccoltypes (o 25 16500) :funccoltypmods (i -1 7)})}) :jointree {FROMEXPR
            :quals {OPEXPR :opno 98 :opfuncid 67 :opresulttype 16 :args ({FUNCEXPR :funcid 870 :funcresulttype 25}
            {ROWCOMPARE :rctype 1 :opnos (o 664 97) :opfamilies (o 1)} {PARAM :paramtype 16501})}} :targetList
            ({TARGETENTRY :expr {AGGREF :aggfnoid 2116 :aggtranstype 0} :resname v}) :rowMarks <>})
            """)
        #expect(
            facts.reached.sorted() == [
                CatalogObject(.function, 67), CatalogObject(.function, 870), CatalogObject(.function, 2116),
                CatalogObject(.operator, 97), CatalogObject(.operator, 98), CatalogObject(.operator, 664),
                CatalogObject(.relation, 16400), CatalogObject(.type, 16500), CatalogObject(.type, 16501),
            ])
        #expect(facts.hasQuery && facts.impurity == nil && facts.unknownNode == nil)
    }

    @Test("What keeps something by itself is told, and a node of an unknown kind")
    func impurities() {
        #expect(TreeFacts("({QUERY :commandType 3 :a 1})").impurity == "it changes data or is a command")
        #expect(
            TreeFacts("{QUERY :commandType 1 :rowMarks ({ROWMARKCLAUSE :rti 1})}").impurity
                == "FOR UPDATE and FOR SHARE lock rows")
        #expect(TreeFacts("{QUERY :commandType 1 :x {NEXTVALUEEXPR :seqid 3}}").impurity != nil)
        #expect(TreeFacts("{QUERY :commandType 1 :x {TELEPATHY :of 3}}").unknownNode == "TELEPATHY")
    }

    @Test("No name and no literal hides a node that comes after it")
    func names() {
        for name in [
            #"\{X"#, #":funcid"#, #"\(o"#, #"a\ :opno\ 3"#, #""\)""#, #"x\\"#, #"\<>"#, ":", "\\\n\\\n",
        ] {
            let facts = TreeFacts("{ALIAS :aliasname \(name) :colnames (\"a\")} {FUNCEXPR :funcid 55555}")
            #expect(facts.reached == [CatalogObject(.function, 55555)], "\(name)")
        }
    }

    @Test("Text of no kind is read without a trap")
    func rubbish() {
        for text in ["", "(", "}", "\\", "{", ":", ": :", "{QUERY", ":funcid 99999999999999", "a\\"] {
            #expect(TreeFacts(text).reached.isEmpty, "\(text)")
        }
    }
}
