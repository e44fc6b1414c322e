// Which plans show that there is one row at most.

import Testing

@testable import TableAdvice

@Suite("One row")
struct OneRowTests {
    private func yieldsOneRow(_ plan: String) throws -> Bool {
        let more = [
            Plans.relation("tiny", 2, [Plans.index("tiny_pkey", ["name"], isUnique: true)]),
            Plans.relation("tiny2", 2, [Plans.index("tiny2_key", ["domain", "name"], isUnique: true)]),
            Plans.relation("lowered", 2, [Plans.index("l", ["lower(address)"], isUnique: true)]),
            Plans.relation("flags", 2, [Plans.index("f", ["name", "active"], isUnique: true)]),
            Plans.relation("part", 2, [Plans.index("p", ["name"], isUnique: true, isPartial: true)]),
            Plans.relation("broken", 2, [Plans.index("b", ["name"], isUnique: true, isValid: false)]),
        ]
        let node = try #require(Plans.node(plan))
        return PlanAdvice(plan: node, relations: Plans.relations() + more, keys: .parameters).yieldsOneRow
    }

    @Test(
        "By a unique index, an aggregate, or without FROM",
        arguments: [Plans.indexed, Plans.bothColumns, Plans.aggregate, "Result\n  Output: f($1)"])
    func single(plan: String) throws {
        #expect(try yieldsOneRow(plan))
    }

    @Test(
        "Not by what may match several rows",
        arguments: [
            Plans.firstColumn, Plans.secondColumn, Plans.unindexed, Plans.fewDomainsIndexed, Plans.either,
            Plans.indexed.replacing("= $1", with: "> $1"), Plans.eitherIndexed,
            Plans.expression, Plans.partitions, "ProjectSet\n  Output: f($1)\n  ->  Result",
        ])
    func several(plan: String) throws {
        #expect(try !yieldsOneRow(plan))
    }

    @Test("A small table is read as a whole, and its unique index counts all the same")
    func sequential() throws {
        func scan(_ table: String, _ filter: String) throws -> Bool {
            try yieldsOneRow("Seq Scan on public.\(table)\n  Output: goto\n  Filter: \(filter)")
        }
        // SELECT goto FROM tiny WHERE name=$1; with AND active; WHERE domain=$1 and $2 = name; lower(address)=$1
        #expect(try scan("tiny", "((tiny.name)::text = $1)"))
        #expect(try scan("tiny", "(tiny.active AND ((tiny.name)::text = $1))"))
        #expect(try scan("tiny2", "((tiny2.domain = $1) AND ($2 = tiny2.name))"))
        #expect(try scan("lowered", "(lower(lowered.address) = $1)"))
        #expect(try scan("flags", "(flags.active AND (flags.name = $1))"))
        #expect(try scan("flags", "((NOT flags.active) AND (flags.name = $1))"))
        for (table, filter) in [
            ("tiny", "(lower((tiny.name)::text) = $1)"), ("tiny", "(tiny.name = ANY ($1))"),
            ("tiny", "(tiny.name = tiny.goto)"), ("tiny", "((tiny.name = $1) OR (tiny.name = $2))"),
            ("tiny2", "(tiny2.domain = $1)"), ("flags", "(flags.name = $1)"),
            ("lowered", "(lowered.address = $1)"), ("part", "(part.name = $1)"),
            ("broken", "(broken.name = $1)"), ("tiny", "((tiny.name)::date = $1)"),
        ] { #expect(try !scan(table, filter), "\(filter)") }
        let partial = "Index Scan using p on public.part\n  Index Cond: (part.name = $1)"
        #expect(try yieldsOneRow(partial))
    }

    @Test("A subquery of an expression adds no rows")
    func subqueries() throws {
        // SELECT 'OK' WHERE EXISTS (SELECT 1 FROM big WHERE address=$1)
        let exists = """
            Result
              Output: 'OK'::text
              One-Time Filter: $0
              InitPlan 1 (returns $0)
                ->  Seq Scan on public.big
                      Filter: ((big.address)::text = $1)
            """
        // SELECT max(username) FROM users WHERE $1 <> ''
        let greatest = """
            Result
              Output: $0
              InitPlan 1 (returns $0)
                ->  Limit
                      Output: ((users.username)::text)
                      ->  Result
                            Output: users.username
                            One-Time Filter: ($1 <> ''::text)
                            ->  Index Only Scan Backward using users_pkey on public.users
                                  Output: users.username
                                  Index Cond: (users.username IS NOT NULL)
            """
        for plan in [exists, greatest, Plans.subqueries] { #expect(try yieldsOneRow(plan), "\(plan)") }
        #expect(try !yieldsOneRow("Result\n  ->  Seq Scan on public.big"))
    }

    @Test("Joins of one row with one, or with one that goes with it")
    func joins() throws {
        // SELECT u.maildir, v.maildir FROM users u LEFT JOIN users v ON v.username = u.maildir WHERE u.username=$1
        let left = """
            Nested Loop Left Join
              Output: u.maildir, v.maildir
              Inner Unique: true
              ->  Index Scan using users_pkey on public.users u
                    Output: u.username, u.id, u.maildir, u.domain
                    Index Cond: ((u.username)::text = $1)
              ->  Index Scan using users_pkey on public.users v
                    Output: v.username, v.id, v.maildir, v.domain
                    Index Cond: ((v.username)::text = u.maildir)
            """
        // SELECT u.maildir FROM users u WHERE u.username=$1 AND NOT EXISTS (SELECT FROM tiny WHERE name = u.maildir)
        let anti = """
            Nested Loop Anti Join
              Output: u.maildir
              Join Filter: ((tiny.name)::text = u.maildir)
              ->  Index Scan using users_pkey on public.users u
                    Output: u.username, u.id, u.maildir, u.domain
                    Index Cond: ((u.username)::text = $1)
              ->  Seq Scan on public.tiny
                    Output: tiny.name, tiny.goto, tiny.active
            """
        let unique = anti.replacing("Anti Join", with: "Left Join").replacing(
            "  Join Filter", with: "  Inner Unique: true\n  Join Filter")
        let hash = left.replacing("Nested Loop Left", with: "Hash Right").replacing(
            "  Inner Unique: true\n", with: "")
        for plan in [left, anti, unique, hash] { #expect(try yieldsOneRow(plan), "\(plan)") }
        for plan in [
            anti.replacing("Anti Join", with: "Left Join"), hash.replacing("Right", with: "Full"),
            unique.replacing("Left", with: "Right"), left.replacing("Index Cond: ((u.", with: "x: ((u."),
        ] { #expect(try !yieldsOneRow(plan), "\(plan)") }
    }

    @Test("What workers put together")
    func parallel() throws {
        // SELECT count(*) FROM box WHERE goto>$1
        let aggregate = """
            Finalize Aggregate
              Output: count(*)
              ->  Gather
                    Output: (PARTIAL count(*))
                    Workers Planned: 4
                    ->  Partial Aggregate
                          Output: PARTIAL count(*)
                          ->  Parallel Seq Scan on public.box
                                Output: address, goto, created, active
                                Filter: (box.goto > $1)
            """
        // SELECT goto FROM tiny WHERE name=$1, with force_parallel_mode = on
        let gather = """
            Gather
              Output: goto
              Workers Planned: 1
              Single Copy: true
              ->  Seq Scan on public.tiny
                    Output: goto
                    Filter: ((tiny.name)::text = $1)
            """
        let scan = gather.replacing("  Single Copy: true\n", with: "").replacing("Seq", with: "Parallel Seq")
        for plan in [aggregate, gather, scan] { #expect(try yieldsOneRow(plan), "\(plan)") }
        #expect(try !yieldsOneRow(aggregate.replacing("Finalize Aggregate", with: "Finalize GroupAggregate")))
        #expect(try !yieldsOneRow("Gather\n  ->  Partial Aggregate\n        ->  Seq Scan on public.tiny"))
    }
}
