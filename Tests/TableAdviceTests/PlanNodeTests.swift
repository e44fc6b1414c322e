// Reading plans back, and their one line.

import Testing

@testable import TableAdvice

@Suite("PlanNode")
struct PlanNodeTests {
    @Test("A scan has its relation, alias, index and conditions")
    func scan() throws {
        let node = try #require(Plans.node(Plans.lowered))
        #expect(node.kind == "Seq Scan" && node.relation == "public.users" && node.alias == "u")
        #expect(node.filter == "(lower((u.username)::text) = $1)" && node.index == nil)
        let indexed = try #require(Plans.node(Plans.indexed))
        #expect(indexed.kind == "Index Scan" && indexed.index == "users_pkey" && indexed.alias == "users")
        #expect(indexed.indexCondition == "((users.username)::text = $1)" && indexed.filter == nil)
    }

    @Test("Numbers beyond any are numbers, and nodes within nodes without end are no plan")
    func hostile() throws {
        let node = try #require(
            PlanNode(explained: ["Seq Scan on t  (cost=0.00..1e999 rows=-1e999 width=1)"]))
        #expect(node.cost == .infinity && node.rowCount == -.infinity)
        let deep = (0..<5_000).map { String(repeating: " ", count: $0) + "->  Sort" }
        #expect(PlanNode(explained: ["Sort"] + deep) == nil)
        let long = PlanNode(explained: [
            "Seq Scan on t", "  Filter: " + String(repeating: "(", count: 1 << 20),
        ])
        #expect(long?.kind == "Seq Scan" && long?.filter == nil)
    }

    @Test("A bitmap index scan has an index and no relation")
    func bitmap() throws {
        let node = try #require(Plans.node(Plans.firstColumn))
        #expect(node.kind == "Bitmap Heap Scan" && node.relation == "public.multi")
        #expect(node.children.count == 1)
        #expect(node.children[0].index == "multi_pkey" && node.children[0].relation == nil)
    }

    @Test("Quoted names with blanks, dots and words of a plan in them are names")
    func quoted() throws {
        let node = try #require(
            Plans.node(#"Index Only Scan using "on a. b" on "My Schema"."x using y" "a b""#))
        #expect(node.kind == "Index Only Scan" && node.index == #""on a. b""#)
        #expect(node.relation == #""My Schema"."x using y""# && node.alias == #""a b""#)
        #expect(Plans.node(#"Seq Scan on public."x.y""#)?.alias == #""x.y""#)
    }

    @Test("Subplans and CTEs belong to the node at whose depth they stand")
    func subplans() throws {
        let results = try #require(Plans.node(Plans.subqueries))
        #expect(results.children.map(\.kind) == ["Seq Scan", "Index Scan"])
        let with = try #require(Plans.node(Plans.withQuery))
        #expect(with.children.map(\.kind) == ["Seq Scan", "Index Scan", "CTE Scan"])
        let after = try #require(
            Plans.node(
                """
                Nested Loop
                  ->  Seq Scan on public.small
                  ->  Seq Scan on public.small small_1
                  SubPlan 1
                    ->  Result
                """))
        #expect(after.children.count == 3 && after.children.allSatisfy { $0.children.isEmpty })
    }

    @Test("A relation that several processes read is the same as one that one reads")
    func sequentiallyRead() throws {
        func read(_ plan: String) throws -> Set<String> {
            let nodes = try #require(Plans.node(plan)).all
            return Set(nodes.filter { $0.kind.hasSuffix("Seq Scan") }.compactMap(\.relation))
        }
        // SELECT count(*) FROM box WHERE goto=$1, by workers
        let parallel = """
            Aggregate
              Output: count(*)
              ->  Gather
                    Workers Planned: 4
                    ->  Parallel Seq Scan on public.box
                          Filter: (box.goto = $1)
            """
        #expect(try read(parallel) == ["public.box"])
        #expect(try read("Seq Scan on public.box b") == ["public.box"])
        #expect(
            try read(Plans.union) == ["public.big", "public.small"])
        #expect(try read(Plans.indexed) == [])
    }

    @Test("Costs are no part of a name")
    func costs() {
        let node = Plans.node("Seq Scan on public.big b  (cost=0.00..388.00 rows=100 width=5)")
        #expect(node?.relation == "public.big" && node?.alias == "b")
    }

    @Test("What is no plan is none", arguments: ["", "  ->  Seq Scan on x"])
    func nothing(text: String) {
        #expect(Plans.node(text) == nil)
    }

    @Test(
        "The summary is one line",
        arguments: [
            (Plans.unindexed, "Seq Scan on public.big"),
            (Plans.indexed, "Index Scan using users_pkey on public.users"),
            (Plans.firstColumn, "Bitmap Heap Scan on public.multi → Bitmap Index Scan on multi_pkey"),
            (Plans.partitions, "Append (Seq Scan on public.parts_0, Seq Scan on public.parts_1)"),
            (
                Plans.union,
                "Limit → Unique → Sort → Append (Hash Join (Seq Scan on public.big, "
                    + "Index Scan using users_pkey on public.users), Seq Scan on public.small)"
            ),
        ])
    func summary(plan: String, line: String) {
        #expect(Plans.node(plan)?.summary == line)
    }

    @Test("A summary names four of many")
    func many() {
        let scans = (0..<7).map { "  ->  Seq Scan on public.p\($0)" }.joined(separator: "\n")
        #expect(
            Plans.node("Append\n\(scans)")?.summary
                == "Append (Seq Scan on public.p0, Seq Scan on public.p1, Seq Scan on public.p2, "
                + "Seq Scan on public.p3, and 3 more)")
    }
}

@Suite("PlanCondition")
struct PlanConditionTests {
    @Test("Conditions come apart at ANDs outside of parentheses and quotes")
    func conjuncts() {
        func parts(_ text: String) -> [String] { PlanCondition.conjuncts(of: text).map(\.text) }
        #expect(parts("(a.x = $1)") == ["a.x = $1"])
        #expect(parts("((a.x = $1) AND (a.y = 'b AND c'::text))") == ["a.x = $1", "a.y = 'b AND c'::text"])
        #expect(
            parts("((a.x = 1) OR ((a.y = 2) AND (a.z = 3)))") == ["(a.x = 1) OR ((a.y = 2) AND (a.z = 3))"])
        #expect(parts(#"(a."x AND y" AND a.z)"#) == [#"a."x AND y""#, "a.z"])
    }

    @Test("Columns are those of the alias, outside of literals")
    func columns() {
        let condition = PlanCondition(text: #"(u.a)::text = ((bu.b || u."C d") || 'u.e')"#)
        #expect(condition.columns(of: "u") == ["a", #""C d""#])
        #expect(condition.text(without: "u") == #"(a)::text = ((bu.b || "C d") || 'u.e')"#)
    }

    @Test("What wraps a column is a call or a cast without the key in it")
    func wrapping() {
        func wrapping(_ text: String, _ column: String = "x") -> String? {
            PlanCondition(text: text)
                .wrapping(of: column, of: "t", keys: .parameters, varchars: ["v", #""V w""#])
        }
        #expect(wrapping("(t.v)::text = $1", "v") == nil)
        #expect(wrapping(#"(t."V w")::text = $1"#, #""V w""#) == nil)
        #expect(wrapping("lower((t.v)::text) = $1", "v") == "lower((t.v)::text)")
        #expect(wrapping("(t.v)::date = $1", "v") == "(t.v)::date")
        #expect(wrapping("(t.v || 'x'::text)::text = $1", "v") == "(t.v || 'x'::text)::text")
        #expect(wrapping("t.x = $1") == nil)
        #expect(wrapping("(t.x)::text = $1") == "(t.x)::text")
        #expect(wrapping("lower((t.x)::text) = $1") == "lower((t.x)::text)")
        #expect(wrapping("upper(pg_catalog.btrim(t.x)) = $1") == "upper(pg_catalog.btrim(t.x))")
        #expect(wrapping("strpos(t.x, $1) > 0") == nil)
        #expect(wrapping("lower(t.y) = $1") == nil)
    }

    @Test("Parameters, subqueries and other relations vary; constants, types and functions do not")
    func varies() {
        func varies(_ text: String) -> Bool { PlanCondition(text: text).varies(besides: "t") }
        for text in ["t.x = $1", "t.x = $0", "t.x = u.y", #"t.x = "U v".y"#, "lower(u.y) = t.x"] {
            #expect(varies(text), "\(text)")
        }
        for text in [
            "t.x = true", "t.x = 'u.y $1'::text", "t.x = 1.5", "t.x = 'a'::public.kind",
            "t.x = public.f(t.y)", #"t."u.v" = 1"#, "t.x OPERATOR(public.=) 'a'",
        ] { #expect(!varies(text), "\(text)") }
    }

    @Test("The key shows as a parameter, or as a text in a literal")
    func marks() {
        #expect(KeyMarks.parameters.areIn("t.x = $12"))
        #expect(!KeyMarks.parameters.areIn("t.x = $0"))
        #expect(!KeyMarks.parameters.areIn("t.x = '$1'::text"))
        #expect(KeyMarks.texts(["a@b"]).areIn("t.x = 'a@b'::text"))
        #expect(!KeyMarks.texts(["a@b"]).areIn("t.x = 'c'::text"))
    }
}
