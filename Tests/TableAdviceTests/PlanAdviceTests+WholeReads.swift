// What is said of plans that read all of a relation, or all that an index has, whatever the key.

import Testing

@testable import TableAdvice

extension PlanAdviceTests {
    @Test("A join or a CTE that reads all rows whatever the key", arguments: [Plans.union, Plans.withQuery])
    func whatever(plan: String) throws {
        let findings = Plans.findings(plan)
        #expect(findings.map(\.code) == [.noUsableIndex])
        #expect(findings[0].message.contains("all of public.big, about 20000 rows, whatever the key"))
    }

    @Test("An index that is read as a whole for a join is no use of it")
    func mergeJoin() {
        let look = """
            Merge Join
              Output: b.goto
              Merge Cond: (b.id = u.id)
              ->  Index Scan using big_key on public.big b
                    Output: b.id, b.address, b.goto, b.active
              ->  Sort
                    Output: u.id
                    Sort Key: u.id
                    ->  Index Scan using users_pkey on public.users u
                          Output: u.id
                          Index Cond: ((u.username)::text = $1)
            """
        func codes(_ key: IndexFacts) -> [Finding.Code] {
            let relations =
                Plans.relations().filter { $0.name != "public.big" } + [Plans.relation("big", 20_000, [key])]
            let first = Plans.findings(Plans.union, secondLook: look, relations: relations)
            return (first + Plans.findings(look, relations: relations)).map(\.code)
        }
        #expect(codes(Plans.index("big_key", ["id"])) == [.noUsableIndex, .noUsableIndex])
        // It may have a few rows only.
        #expect(codes(Plans.index("big_key", ["id"], isPartial: true)) == [.indexNotChosen])
    }

    @Test("An index that finds the same rows for every key does not serve it")
    func constant() throws {
        let box = Plans.relation("box", 20_000, [Plans.index("box_active", ["active"])])
        let finding = try #require(Plans.findings(Plans.activeBoxes, relations: [box]).first)
        #expect(finding.code == .noUsableIndex && finding.severity == .warning)
        #expect(
            finding.message.contains(
                "all that the index box_active finds of public.box, about 20000 rows, by `active = true`"))
        #expect(finding.message.contains("CREATE INDEX ON public.box (address)"), "\(finding.message)")
        // Nor does it help that it could be used instead of a sequential scan.
        let scan = """
            Seq Scan on public.box
              Output: goto
              Filter: (box.active AND ((box.address)::text = $1))
            """
        #expect(
            Plans.findings(scan, secondLook: Plans.activeBoxes, relations: [box]).map(\.code)
                == [.noUsableIndex])
        // Rows that no key is looked for in may be few.
        let whatever = Plans.activeBoxes.replacing("box.active AND ((box.address)::text = $1)", with: "box.x")
        #expect(Plans.findings(whatever, relations: [box]) == [])
    }

    @Test(
        "What another index, a join or a subquery looks for is another thing for every key",
        arguments: ["(box.active = u.active)", "(box.active = $0)", #"(box.active = "a b".active)"#])
    func variable(condition: String) {
        let box = Plans.relation("box", 20_000, [Plans.index("box_active", ["active"])])
        let plan = Plans.activeBoxes.replacing("(box.active = true)", with: condition)
        #expect(Plans.findings(plan, relations: [box]) == [])
        let both = """
            Bitmap Heap Scan on public.box
              Filter: (box.active AND ((box.address)::text = $1))
              ->  BitmapAnd
                    ->  Bitmap Index Scan on box_active
                          Index Cond: (box.active = true)
                    ->  Bitmap Index Scan on box_active
                          Index Cond: \(condition)
            """
        #expect(Plans.findings(both, relations: [box]) == [])
        let either = both.replacing("BitmapAnd", with: "BitmapOr")
        #expect(Plans.findings(either, relations: [box]).map(\.code) == [.noUsableIndex])
    }

    @Test("A partial index that is read for the sake of its rows, unless they are few")
    func partialRead() {
        func codes(_ plan: String, rows: Int?) -> [Finding.Code] {
            let index = Plans.index("box2_created", ["created"], isPartial: true, rowCount: rows)
            return Plans.findings(plan, relations: [Plans.relation("box2", 20_000, [index])]).map(\.code)
        }
        for plan in [Plans.partialBoxes, Plans.createdBoxes] {
            #expect(codes(plan, rows: nil) == [.noUsableIndex])
            #expect(codes(plan, rows: 10_000) == [.noUsableIndex])
            #expect(codes(plan, rows: 9_999) == [])
        }
    }

    @Test("The first rows of a relation are not all of it")
    func limited() {
        #expect(Plans.findings("Limit\n  ->  Seq Scan on public.big\n        Output: goto") == [])
        #expect(Plans.findings("Seq Scan on public.big\n  Output: goto").count == 1)
    }

    @Test("Partitions are told of together")
    func partitions() throws {
        let findings = Plans.findings(Plans.partitions)
        #expect(findings.count == 1)
        #expect(
            findings[0].message.hasSuffix(
                "; so it is with 1 more of the query's relations, about 40000 rows in all"))
    }

    @Test("Partitions are large together, and other reads by themselves")
    func smallPartitions() {
        #expect(Plans.findings(Plans.partitions, rows: 5_000).map(\.code) == [.noUsableIndex])
        #expect(Plans.findings(Plans.partitions, rows: 4_999) == [])
        #expect(Plans.findings(Plans.partitions, rows: .max).count == 1)
        let differing = Plans.partitions.replacing(
            "(lower(parts_2.address) = $1)", with: "(parts_2.goto = $1)")
        #expect(Plans.findings(differing, rows: 9_999) == [])
        let loop = Plans.partitions.replacing("Append", with: "Nested Loop")
        #expect(Plans.findings(loop, rows: 9_999) == [])
    }
}
