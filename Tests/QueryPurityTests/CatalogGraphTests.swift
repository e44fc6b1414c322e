// How a query's purity follows from all that it reaches.

import LookupTables
import Testing

@testable import QueryPurity

@Suite("Catalog graph")
struct CatalogGraphTests {
    private let tree = TreeFacts("{QUERY :commandType 1 :a {FUNCEXPR :funcid 20000}}")
    private let watch = SchemaWatch(SQLMentions("SELECT f('x')"))

    private func function(
        _ name: String = "f", _ volatility: String = "s", _ language: String = "sql", brought: Bool = false,
        source: String = "", settings: [String] = [], analysed: Bool = true, definer: Bool = false,
        divided: Set<String> = []
    ) -> CatalogFact {
        .function(
            CatalogFunction(
                name: name, volatility: volatility, language: language, isBrought: brought, source: source,
                settings: settings, hasAnalysedBody: analysed, isSecurityDefiner: definer,
                dividedSchemas: divided))
    }

    private func purity(_ facts: [UInt32: [CatalogFact]]) -> Purity? {
        var graph = CatalogGraph()
        for (oid, facts) in facts {
            graph.note([CatalogObject(.function, oid)])
            for fact in facts { graph.learn(fact, of: CatalogObject(.function, oid)) }
            graph.note([CatalogObject(.functionBody, oid)])
            graph.learn(.tree(TreeFacts("{QUERY :commandType 1}")), of: CatalogObject(.functionBody, oid))
        }
        guard case .found(let finding) = graph.walk(from: tree, mentions: watch) else { return nil }
        return finding.purity
    }

    @Test("Whatever is not known is asked for first, step by step")
    func unknown() {
        var graph = CatalogGraph()
        let (f, g) = (CatalogObject(.function, 20000), CatalogObject(.function, 20001))
        #expect(graph.walk(from: tree, mentions: watch) == .unknown([f]))
        graph.note([f])
        graph.learn(function(analysed: false), of: f)
        let body = CatalogObject(.functionBody, 20000)
        #expect(graph.walk(from: tree, mentions: watch) == .unknown([body]))
        graph.note([body])
        graph.learn(.tree(TreeFacts("{QUERY :commandType 1 :a {FUNCEXPR :funcid 20001}}")), of: body)
        #expect(graph.walk(from: tree, mentions: watch) == .unknown([g]))
        graph.note([g])
        graph.learn(function("g", "i", "c", brought: true), of: g)
        guard case .found(let finding) = graph.walk(from: tree, mentions: watch) else {
            Issue.record("nothing found")
            return
        }
        #expect(finding.purity == .pure && finding.isSettled)
    }

    @Test("An object that is gone, or that nothing is said of, makes nothing pure")
    func gone() {
        #expect(
            purity([20000: []])
                == .impure(reason: "it could not be told: something is gone that it reaches"))
    }

    @Test("Of several reasons a known one is said, not what could not be told")
    func reasons() {
        let impurity = Purity.impure(reason: "keeps_very_much() may keep something (it is in plpgsql)")
        let facts: [CatalogFact] = [
            function(), .untold("too much", isSettled: false), .reaches(CatalogObject(.function, 20001)),
        ]
        #expect(purity([20000: facts, 20001: [function("keeps_very_much", "s", "plpgsql")]]) == impurity)
        #expect(
            purity([20000: facts, 20001: [function()]]) == .impure(reason: "it could not be told: too much"))
    }

    @Test("What SET makes for a function ends with it, unless the session knows the setting from then on")
    func settings() {
        let path = function(settings: ["search_path=public, pg_temp", "timezone=UTC"])
        #expect(purity([20000: [path]]) == .pure)
        for name in ["site.user", "role"] {
            #expect(
                purity([20000: [function(settings: ["\(name)=x"])]])
                    == .impure(reason: "f() may keep something (it sets \(name))"))
        }
    }

    @Test(
        "A text that is read as another role, or in another path, is pure only where its names are the same")
    func texts() {
        func reason(_ suffix: String) -> Purity {
            .impure(reason: "the text of f() may mean something else when it is called (\(suffix))")
        }
        func definer(_ settings: String..., divided: Set<String> = []) -> Purity? {
            purity([20000: [function(settings: settings, analysed: false, definer: true, divided: divided)]])
        }
        let unset = reason("it is SECURITY DEFINER and sets no search_path without $user")
        #expect(definer() == unset && definer("work_mem=4MB") == unset)
        #expect(definer("search_path=\"$user\", public") == unset && definer("search_path=$User") == unset)
        #expect(definer("search_path=public, pg_temp", divided: ["private"]) == .pure)
        #expect(definer("search_path=\"\"") == .pure)
        for path in ["public, \"My \"\"own, one\"\"\"", "\"My \"\"own, one\"\"\",public"] {
            #expect(
                definer("search_path=\(path)", divided: ["My \"own, one\""])
                    == reason("only one of its owner and the login may use the schema My \"own, one\""))
        }
        #expect(purity([20000: [function(definer: true)]]) == .pure)
        #expect(
            purity([20000: [function(settings: ["transform_null_equals=on"])]])
                == reason("it sets how texts are read"))
    }

    @Test("What is around a function counts for the texts that it calls")
    func surroundings() {
        let called = CatalogFact.reaches(CatalogObject(.function, 20001))
        func purity(_ outer: CatalogFact, _ inner: CatalogFact) -> Purity? {
            self.purity([20000: [outer, called], 20001: [inner]])
        }
        func reason(_ suffix: String) -> Purity {
            .impure(reason: "the text of g() may mean something else when it is called (\(suffix))")
        }
        let text = function("g", analysed: false)
        let pinned = function("g", settings: ["search_path=public"], analysed: false)
        let pathed = function(settings: ["search_path=mail"])
        let role = function(definer: true)
        #expect(purity(function(), text) == .pure)
        #expect(purity(pathed, text) == reason("in the search_path of a function that calls it"))
        #expect(purity(pathed, pinned) == .pure)
        #expect(purity(role, text) == reason("as the owner of a function that calls it"))
        #expect(purity(role, pinned) == reason("as the owner of a function that calls it"))
        #expect(purity(role, function("g")) == .pure)
        let own = function("g", settings: ["search_path=public"], analysed: false, definer: true)
        #expect(purity(role, own) == .pure)
        // Both as the query calls it and as the function does.
        let tree = TreeFacts("{QUERY :commandType 1 :a {FUNCEXPR :funcid 20001} :b {FUNCEXPR :funcid 20000}}")
        var graph = CatalogGraph()
        for (oid, facts) in [20000: [pathed, called], 20001: [text]] as [UInt32: [CatalogFact]] {
            for fact in facts { graph.learn(fact, of: CatalogObject(.function, oid)) }
        }
        graph.learn(.tree(TreeFacts("{QUERY :commandType 1}")), of: CatalogObject(.functionBody, 20001))
        guard case .found(let finding) = graph.walk(from: tree, mentions: watch) else {
            Issue.record("nothing found")
            return
        }
        #expect(finding.purity == reason("in the search_path of a function that calls it"))
    }

    @Test("A query or a body that can't be taken apart is not pure: its names can't be watched")
    func incomplete() {
        let untold = Purity.impure(reason: "it could not be told: a text can't be taken apart")
        #expect(purity([20000: [function(source: "SELECT 'x", analysed: false)]]) == untold)
        let mentions = SchemaWatch(SQLMentions("SELECT \"x"))
        let step = CatalogGraph().walk(from: TreeFacts("{QUERY :commandType 1}"), mentions: mentions)
        #expect(step == .found(PurityFinding(purity: untold, watch: mentions)))
    }

    @Test("Functions of PostgreSQL and of extensions count by what they are declared to be")
    func functions() {
        #expect(purity([20000: [function("now", "s", "internal", brought: true, source: "now")]]) == .pure)
        #expect(
            purity([20000: [function("random", "v", "internal", brought: true)]])
                == .impure(reason: "random() may answer differently each time"))
        #expect(
            purity([20000: [function("mail.f", "i", "c")]])
                == .impure(reason: "mail.f() may keep something (it is in c, and of no extension)"))
        #expect(
            purity([20000: [function("x.crosstab", "s", "c", brought: true, source: "crosstab")]])
                == .impure(reason: "x.crosstab() executes a query that it is given"))
        #expect(
            purity([
                20000: [
                    function("txid_current", "s", "internal", brought: true, source: "pg_current_xact_id")
                ]
            ]) == .impure(reason: "txid_current() shows the transaction or the session"))
        #expect(
            purity([
                20000: [
                    function("pg_input_is_valid", "s", "internal", brought: true, source: "pg_input_is_valid")
                ]
            ]) == .impure(reason: "pg_input_is_valid() reads a type that it is given by name"))
        #expect(
            purity([20000: [function("mail.sum", "i", "internal", source: "aggregate_dummy")]]) == .pure)
    }

    @Test("A circle comes to an end")
    func circle() {
        #expect(
            purity([
                20000: [function(), .reaches(CatalogObject(.function, 20001))],
                20001: [function(), .reaches(CatalogObject(.function, 20000))],
            ]) == .pure)
    }

    @Test("Only rows of the shapes that are asked for are read")
    func rows() {
        let function = [
            "f", "7", "function", "now", "s", "internal", "true", "now", "", "false", "false", "",
        ]
        #expect(CatalogFact.read(function) != nil)
        #expect(CatalogFact.read(function.dropLast()) == nil)
        #expect(CatalogFact.read(["x", "7", "parent", "8"]) == nil)
        #expect(CatalogFact.read(["r", "-7", "parent", "8"]) == nil)
        #expect(CatalogFact.read(["r", "7"]) == nil && CatalogFact.read([]) == nil)
    }
}
