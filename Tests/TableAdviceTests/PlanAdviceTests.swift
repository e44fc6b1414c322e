// What is said of plans, and of which nothing is said.

import Testing

@testable import TableAdvice

@Suite("PlanAdvice")
struct PlanAdviceTests {
    @Test(
        "Plans that an index narrows down need no advice",
        arguments: [
            Plans.indexed, Plans.firstColumn, Plans.bothColumns, Plans.expression, Plans.partialUsed,
            Plans.eitherIndexed, Plans.fewDomainsIndexed,
        ])
    func fine(plan: String) {
        #expect(Plans.findings(plan) == [])
    }

    @Test(
        "Small relations are read as a whole by right",
        arguments: [Plans.unindexed, Plans.lowered, Plans.secondColumn, Plans.withQuery])
    func small(plan: String) {
        #expect(Plans.findings(plan, rows: 9_999) == [])
        #expect(Plans.findings(plan, rows: 10_000).count == 1)
    }

    @Test("A relation that the catalog says nothing of is not judged")
    func unknown() {
        #expect(Plans.findings(Plans.unindexed, relations: []) == [])
    }

    @Test(
        "A large relation without an index is one, wherever in the plan",
        arguments: [Plans.unindexed, Plans.aggregate, Plans.subqueries])
    func unindexed(plan: String) throws {
        let finding = try #require(Plans.findings(plan).first)
        #expect(finding.code == .noUsableIndex && finding.severity == .warning)
        #expect(finding.message.contains("`(address)::text = $1`"), "\(finding.message)")
        #expect(finding.message.contains("public.big, about 20000 rows"))
        #expect(finding.message.contains("CREATE INDEX ON public.big (address)"))
        #expect(Plans.findings(plan).count == 1)
    }

    @Test("A column that is not the first of an index has no usable one, though the plan names that index")
    func secondColumn() throws {
        let finding = try #require(Plans.findings(Plans.secondColumn).first)
        #expect(finding.code == .noUsableIndex && finding.severity == .warning)
        #expect(finding.message.contains("the whole index multi_pkey"), "\(finding.message)")
        #expect(finding.message.contains("CREATE INDEX ON public.multi (local)"))
        #expect(finding.message.contains("local is number 2 of the columns of multi_pkey"))
        // GIN serves any of its columns.
        let gin = Plans.relation(
            "multi", 20_000, [Plans.index("multi_pkey", ["domain", "local"], method: "gin")])
        #expect(Plans.findings(Plans.secondColumn, relations: [gin]) == [])
    }

    @Test("So it is where the index is read as a bitmap or by itself")
    func secondColumnOtherwise() {
        let bitmap = """
            Bitmap Heap Scan on public.multi
              Output: goto
              Recheck Cond: ((multi.local)::text = $1)
              ->  Bitmap Index Scan on multi_pkey
                    Index Cond: ((multi.local)::text = $1)
            """
        let only = """
            Index Only Scan using multi_pkey on public.multi
              Output: local
              Index Cond: (multi.local = $1)
            """
        for plan in [bitmap, only] {
            #expect(Plans.findings(plan).map(\.code) == [.noUsableIndex])
        }
    }

    @Test("An index on a cast is used by a condition on it")
    func castIndex() {
        let users = Plans.relation("users", 20_000, [Plans.index("users_text", ["((id)::text)"])])
        let plan = """
            Index Scan using users_text on public.users
              Output: maildir
              Index Cond: ((users.id)::text = $1)
            """
        #expect(Plans.findings(plan, relations: [users]) == [])
    }

    @Test("An index that is read for its order, with the key as a filter")
    func ordered() {
        let plan = """
            Limit
              Output: maildir
              ->  Index Scan using users_id_key on public.users
                    Output: maildir
                    Filter: (users.maildir = $1)
            """
        #expect(Plans.findings(plan).map(\.code) == [.noUsableIndex])
        #expect(
            Plans.findings(plan.replacing("Filter", with: "Index Cond").replacing("maildir =", with: "id ="))
                == [])
    }

    @Test("A function in the way of an index: which column, which function, which index would do")
    func function() throws {
        let finding = try #require(Plans.findings(Plans.lowered).first)
        #expect(finding.code == .functionInTheWay && finding.severity == .warning)
        #expect(finding.message.contains("a function of the column username, `lower((username)::text)`"))
        #expect(finding.message.contains("the index users_pkey"))
        #expect(finding.message.contains("CREATE INDEX ON public.users (lower((username)::text))"))
    }

    @Test("A cast in the way of an index")
    func cast() throws {
        let finding = try #require(Plans.findings(Plans.cast).first)
        #expect(finding.code == .functionInTheWay)
        #expect(finding.message.contains("a cast of the column id, `(id)::text`"), "\(finding.message)")
        #expect(finding.message.contains("users_id_key"))
    }

    @Test("A function of a column without an index is not in the way of one")
    func functionWithoutIndex() throws {
        let plan = Plans.unindexed.replacing("(big.address)::text", with: "lower((big.address)::text)")
        let finding = try #require(Plans.findings(plan).first)
        #expect(finding.code == .noUsableIndex)
        #expect(finding.message.contains("CREATE INDEX ON public.big (lower((address)::text))"))
        // Nor of one whose second column it is.
        let second = """
            Seq Scan on public.multi
              Output: goto
              Filter: (lower((multi.local)::text) = $1)
            """
        #expect(Plans.findings(second).map(\.code) == [.noUsableIndex])
    }

    @Test("Indexes that are partial, invalid or on an expression are named where they don't serve")
    func hints() throws {
        #expect(
            try #require(Plans.findings(Plans.partial).first).message.contains(
                "expr_lower is on lower(address)"))
        func message(_ index: IndexFacts) throws -> String {
            try #require(
                Plans.findings(Plans.partial, relations: [Plans.relation("expr", 20_000, [index])]).first
            ).message
        }
        let partial = Plans.index("p", ["address"], isPartial: true)
        #expect(try message(partial).contains("the index p is partial"))
        #expect(try message(Plans.index("i", ["address"], isValid: false)).contains("the index i is invalid"))
        #expect(try message(Plans.index("h", ["address"])).contains("collation"))
    }

    @Test("An index that could be used and is not: a note, as the second look tells")
    func notChosen() throws {
        let findings = Plans.findings(Plans.fewDomains, secondLook: Plans.fewDomainsIndexed)
        let finding = try #require(findings.first)
        #expect(finding.code == .indexNotChosen && finding.severity == .note)
        #expect(finding.message.contains("the index users_domain"))
        #expect(findings.count == 1)
        // The second look reads the whole index: that is no use of it.
        let scan = """
            Seq Scan on public.multi
              Output: goto
              Filter: ((multi.local)::text = $1)
            """
        #expect(
            Plans.findings(scan, secondLook: Plans.secondColumn).map(\.code) == [.noUsableIndex])
    }

    @Test("A pattern, and a comparison that no index serves, get no CREATE INDEX")
    func unservable() throws {
        let position = Plans.lowered.replacing(
            "lower((u.username)::text) = $1", with: "POSITION(($1) IN (u.username)) > 0")
        for plan in [Plans.pattern, position] {
            let finding = try #require(Plans.findings(plan).first)
            #expect(finding.code == .noUsableIndex)
            #expect(finding.message.contains("comparison") && !finding.message.contains("CREATE INDEX"))
        }
    }

    @Test("A cast that is in the query needs an index on it, and PostgreSQL's own needs none")
    func casts() throws {
        func message(_ plan: String) throws -> String {
            let users = Plans.relation("users", 20_000, [Plans.index("users_domain", ["domain"])])
            let finding = try #require(Plans.findings(plan, relations: [users]).first)
            #expect(finding.code == .noUsableIndex)
            return finding.message
        }
        #expect(try message(Plans.cast).contains("CREATE INDEX ON public.users (((id)::text))"))
        let own = try message(Plans.cast.replacing("users.id", with: "users.username"))
        #expect(own.contains("CREATE INDEX ON public.users (username)"), "\(own)")
        // An index is there, but of another collation.
        let domain = try message(Plans.cast.replacing("users.id", with: "users.domain"))
        #expect(domain.contains("the index users_domain on domain does not serve"), "\(domain)")
    }

    @Test("OR with a column that has an index needs one for the other, and no function is in the way")
    func eitherWithIndex() throws {
        // SELECT maildir FROM users WHERE username = $1 OR maildir = $2
        let plan = """
            Seq Scan on public.users
              Output: maildir
              Filter: (((users.username)::text = $1) OR (users.maildir = $2))
            """
        let finding = try #require(Plans.findings(plan).first)
        #expect(finding.code == .noUsableIndex)
        #expect(finding.message.hasSuffix("each column of the OR: maildir"), "\(finding.message)")
        let number = plan.replacing("users.username", with: "users.id")
        #expect(Plans.findings(number).map(\.code) == [.noUsableIndex])
    }

    @Test("OR needs an index for each side")
    func either() throws {
        let finding = try #require(Plans.findings(Plans.either).first)
        #expect(finding.code == .noUsableIndex)
        #expect(finding.message.contains("each column of the OR: address, goto"), "\(finding.message)")
    }

    @Test("With the key in literals, what it shows as is looked for")
    func literals() {
        let plan = Plans.unindexed.replacing("$1", with: "'user@example.com'::text")
        #expect(Plans.findings(plan, keys: .texts(["user@example.com"])).map(\.code) == [.noUsableIndex])
        #expect(Plans.findings(Plans.indexed, keys: .texts(["user@example.com"])) == [])
    }

    @Test("Facts are wanted of what is scanned, each relation once")
    func relations() throws {
        let plan = try #require(Plans.node(Plans.union))
        #expect(PlanAdvice.relations(of: plan) == ["public.big", "public.users", "public.small"])
        let with = try #require(Plans.node(Plans.withQuery))
        #expect(PlanAdvice.relations(of: with) == ["public.big", "public.users"])
    }
}
