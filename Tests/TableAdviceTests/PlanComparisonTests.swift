// Plans for many keys held against plans for one, all made by PostgreSQL 15 on tables of 100,000 rows.

import Testing

@testable import TableAdvice

@Suite("Plans for many keys")
struct PlanComparisonTests {
    private func verdict(
        _ plans: ComparedPlans, mode: PlanComparison.CacheMode = .auto
    ) throws -> PlanComparison.Verdict {
        PlanComparison(
            custom: plans.custom.flatMap(Plans.node), generic: try #require(Plans.node(plans.generic)),
            many: try #require(Plans.node(plans.many)), mode: mode
        ).verdict
    }

    @Test("Costs and rows are read from a node's first line")
    func costs() throws {
        let node = try #require(Plans.node(ComparedPlans.pattern.many))
        #expect(node.cost == 23_970.10 && node.rowCount == 5_000)
        #expect(node.children.map(\.cost) == [0.10, 2_387] && node.children.map(\.rowCount) == [10, 500])
        #expect(node.children.map(\.alias) == ["mapmux_keys", "many"])
        let bare = try #require(Plans.node(Plans.indexed))
        #expect(bare.cost == nil && bare.rowCount == nil)
    }

    @Test("A pattern has an index by itself, and all rows are read for it among many")
    func pattern() throws {
        #expect(try verdict(.pattern) == .readsAll(of: "public.many"))
        #expect(try verdict(.pattern, mode: .forceCustom) == .readsAll(of: "public.many"))
    }

    @Test("Where the single one's plan is always for any key, or no key is known, many lose nothing")
    func forced() throws {
        #expect(try verdict(.pattern, mode: .forceGeneric) == .isWorthIt)
        var plans = ComparedPlans.pattern
        plans.custom = nil
        #expect(try verdict(plans) == .isWorthIt)
    }

    @Test("The same read by the same index is as good, whatever more rows are expected of an unknown key")
    func expectedRows() throws {
        #expect(try verdict(.domain) == .isWorthIt)
        #expect(try verdict(.domain, mode: .forceCustom) == .isWorthIt)
    }

    @Test("The same index is another read where fewer conditions narrow it down")
    func wider() throws {
        #expect(try verdict(.secondColumn) == .costsMore(many: 735.626, single: 8.44))
    }

    @Test("A whole index is as bad as a whole relation")
    func wholeIndex() throws {
        #expect(try verdict(.join) == .readsAll(of: "public.many"))
    }

    @Test("All rows of a small table, or of one that is read whole anyway, are no reason")
    func small() throws {
        #expect(try verdict(.small) == .isWorthIt)
        #expect(try verdict(.small, mode: .forceCustom) == .isWorthIt)
        var plans = ComparedPlans.pattern
        plans.custom = plans.generic
        #expect(try verdict(plans) == .isWorthIt)
    }

    @Test("A plan for a key that leaves a relation out says nothing of other keys")
    func constant() throws {
        #expect(try verdict(.constant) == .isWorthIt)
    }

    @Test("A plan for any key that is cheaper than planning for each is what runs")
    func generic() throws {
        var plans = ComparedPlans.pattern
        plans.generic = plans.custom!
        plans.custom = "Seq Scan on public.many  (cost=0.00..5.00 rows=1 width=26)"
        #expect(try verdict(plans) == .readsAll(of: "public.many"))
        #expect(try verdict(plans, mode: .forceCustom) == .isWorthIt)
    }

    @Test("Without costs nothing can be told")
    func withoutCosts() throws {
        let plans = ComparedPlans(custom: Plans.indexed, generic: Plans.unindexed, many: Plans.unindexed)
        #expect(try verdict(plans) == .isWorthIt)
    }
}

/// What EXPLAIN (VERBOSE) says of a query's plan for a key, of that for any key, and of the one for many keys.
private struct ComparedPlans {
    var custom: String?
    var generic: String
    var many: String

    /// SELECT goto FROM many WHERE address LIKE $1, by an index on address text_pattern_ops
    static let pattern = ComparedPlans(
        custom: """
            Index Scan using many_address on public.many  (cost=0.42..8.44 rows=1 width=26)
              Output: goto
              Index Cond: (many.address = 'user@mail.example.com'::text)
              Filter: (many.address ~~ 'user@mail.example.com'::text)
            """,
        generic: """
            Seq Scan on public.many  (cost=0.00..2387.00 rows=500 width=26)
              Output: goto
              Filter: (many.address ~~ $1)
            """,
        many: """
            Nested Loop  (cost=0.00..23970.10 rows=5000 width=34)
              Output: mapmux_keys.mapmux_place, many.goto
              ->  Function Scan on pg_catalog.unnest mapmux_keys  (cost=0.00..0.10 rows=10 width=40)
                    Output: mapmux_keys.mapmux_p1, mapmux_keys.mapmux_place
                    Function Call: unnest($1)
              ->  Seq Scan on public.many  (cost=0.00..2387.00 rows=500 width=26)
                    Output: many.goto
                    Filter: (many.address ~~ mapmux_keys.mapmux_p1)
            """)

    /// SELECT goto FROM many WHERE domain = $1, of 50 domains
    static let domain = ComparedPlans(
        custom: """
            Index Scan using many_domain on public.many  (cost=0.29..8.31 rows=1 width=26)
              Output: goto
              Index Cond: (many.domain = 'user@mail.example.com'::text)
            """,
        generic: """
            Bitmap Heap Scan on public.many  (cost=23.79..1216.61 rows=2000 width=26)
              Output: goto
              Recheck Cond: (many.domain = $1)
              ->  Bitmap Index Scan on many_domain  (cost=0.00..23.29 rows=2000 width=0)
                    Index Cond: (many.domain = $1)
            """,
        many: """
            Nested Loop  (cost=23.80..12566.18 rows=20000 width=34)
              Output: mapmux_keys.mapmux_place, many.goto
              ->  Function Scan on pg_catalog.unnest mapmux_keys  (cost=0.00..0.10 rows=10 width=40)
                    Output: mapmux_keys.mapmux_p1, mapmux_keys.mapmux_place
                    Function Call: unnest($1)
              ->  Bitmap Heap Scan on public.many  (cost=23.79..1216.61 rows=2000 width=26)
                    Output: many.goto
                    Recheck Cond: (many.domain = mapmux_keys.mapmux_p1)
                    ->  Bitmap Index Scan on many_domain  (cost=0.00..23.29 rows=2000 width=0)
                          Index Cond: (many.domain = mapmux_keys.mapmux_p1)
            """)

    /// SELECT goto FROM multi WHERE domain = 'd5' AND local LIKE $1, by an index on both columns
    static let secondColumn = ComparedPlans(
        custom: """
            Index Scan using multi_key on public.multi  (cost=0.42..8.44 rows=1 width=2)
              Output: goto
              Index Cond: ((multi.domain = 'd5'::text) AND (multi.local = 'user@mail.example.com'::text))
              Filter: (multi.local ~~ 'user@mail.example.com'::text)
            """,
        generic: """
            Bitmap Heap Scan on public.multi  (cost=118.32..735.12 rows=25 width=2)
              Output: goto
              Recheck Cond: (multi.domain = 'd5'::text)
              Filter: (multi.local ~~ $1)
              ->  Bitmap Index Scan on multi_key  (cost=0.00..118.32 rows=5053 width=0)
                    Index Cond: (multi.domain = 'd5'::text)
            """,
        many: """
            Nested Loop  (cost=118.32..7356.26 rows=250 width=10)
              Output: mapmux_keys.mapmux_place, multi.goto
              ->  Function Scan on pg_catalog.unnest mapmux_keys  (cost=0.00..0.10 rows=10 width=40)
                    Output: mapmux_keys.mapmux_p1, mapmux_keys.mapmux_place
                    Function Call: unnest($1)
              ->  Bitmap Heap Scan on public.multi  (cost=118.32..735.12 rows=25 width=2)
                    Output: multi.goto
                    Recheck Cond: (multi.domain = 'd5'::text)
                    Filter: (multi.local ~~ mapmux_keys.mapmux_p1)
                    ->  Bitmap Index Scan on multi_key  (cost=0.00..118.32 rows=5053 width=0)
                          Index Cond: (multi.domain = 'd5'::text)
            """)

    /// SELECT a.v FROM acc a JOIN many m ON m.address = a.k WHERE m.address LIKE $1, acc of 400 rows
    static let join = ComparedPlans(
        custom: """
            Hash Join  (cost=4.45..11.96 rows=1 width=2)
              Output: a.v
              Hash Cond: (a.k = m.address)
              ->  Seq Scan on public.acc a  (cost=0.00..6.00 rows=400 width=6)
                    Output: a.k, a.v, a.active
              ->  Hash  (cost=4.44..4.44 rows=1 width=21)
                    Output: m.address
                    ->  Index Only Scan using many_address on public.many m  (cost=0.42..4.44 rows=1 width=21)
                          Output: m.address
                          Index Cond: (m.address = 'user@mail.example.com'::text)
                          Filter: (m.address ~~ 'user@mail.example.com'::text)
            """,
        generic: merge, many: loop(merge, cost: "25.71..332.70"))

    private static let merge = """
        Merge Join  (cost=25.71..33.22 rows=2 width=2)
          Output: a.v
          Inner Unique: true
          Merge Cond: (m.address = a.k)
          ->  Index Only Scan using many_address on public.many m  (cost=0.42..3746.42 rows=500 width=21)
                Output: m.address
                Filter: (m.address ~~ $1)
          ->  Sort  (cost=23.29..24.29 rows=400 width=6)
                Output: a.v, a.k
                Sort Key: a.k USING ~<~
                ->  Seq Scan on public.acc a  (cost=0.00..6.00 rows=400 width=6)
                      Output: a.v, a.k
        """

    /// SELECT v FROM acc WHERE k LIKE $1, with enable_seqscan = off for the key's plan
    static let small = ComparedPlans(
        custom: """
            Index Scan using acc_pkey on public.acc  (cost=0.15..8.17 rows=1 width=2)
              Output: v
              Index Cond: (acc.k = 'user@mail.example.com'::text)
              Filter: (acc.k ~~ 'user@mail.example.com'::text)
            """,
        generic: "Seq Scan on public.acc  (cost=0.00..7.00 rows=2 width=2)",
        many: loop("Seq Scan on public.acc  (cost=0.00..7.00 rows=2 width=2)", cost: "0.00..70.50"))

    /// SELECT goto FROM many WHERE $1 LIKE '%@test' AND address = $1
    static let constant = ComparedPlans(
        custom: """
            Result  (cost=0.00..0.00 rows=0 width=0)
              Output: goto
              One-Time Filter: false
            """,
        generic: probe, many: loop(probe, cost: "0.42..284.65"))

    private static let probe = """
        Result  (cost=0.42..28.44 rows=1 width=26)
          Output: goto
          One-Time Filter: ($1 ~~ '%@test'::text)
          ->  Index Scan using many_address on public.many  (cost=0.42..28.44 rows=1 width=26)
                Output: address, goto, domain, n, active
                Index Cond: (many.address = $1)
        """

    /// The plan for many keys that has this one for each.
    private static func loop(_ plan: String, cost: String) -> String {
        let lines = plan.split(separator: "\n")
        let rest = lines.dropFirst().map { "\n        \($0)" }.joined()
        return """
            Nested Loop  (cost=\(cost) rows=20 width=10)
              Output: mapmux_keys.mapmux_place, mapmux_rows.*
              ->  Function Scan on mapmux_keys  (cost=0.00..0.10 rows=10 width=40)
                    Function Call: unnest($1), unnest($2)
              ->  \(lines[0])\(rest)
            """
    }
}
