// Plans that PostgreSQL 15 has made, by EXPLAIN (VERBOSE, COSTS OFF) EXECUTE with generic plans, and the relations in them.

@testable import TableAdvice

/// The tables that the plans were made on:
///
///     big (id int, address varchar, goto text, active boolean)
///     users (username varchar PRIMARY KEY, id int UNIQUE, maildir text, domain text), index on domain
///     multi (domain varchar, local varchar, goto text, PRIMARY KEY (domain, local))
///     expr (address text, "Odd Name" text), index on lower(address), another on address WHERE "Odd Name" IS NOT NULL
enum Plans {
    /// With these names, columns are of type varchar.
    private static let varchars: Set<String> = ["address", "username", "domain", "local", "name"]

    static func relation(_ name: String, _ rows: Int, _ indexes: [IndexFacts] = []) -> RelationFacts {
        RelationFacts(name: "public.\(name)", rowCount: rows, indexes: indexes, varchars: varchars)
    }

    static func index(
        _ name: String, _ keys: [String], method: String = "btree", isUnique: Bool = false,
        isPartial: Bool = false, isValid: Bool = true, rowCount: Int? = nil
    ) -> IndexFacts {
        IndexFacts(
            name: name, method: method, keys: keys, isUnique: isUnique, isPartial: isPartial,
            isValid: isValid, rowCount: rowCount)
    }

    static func relations(rows: Int = 20_000) -> [RelationFacts] {
        [
            relation("big", rows),
            relation(
                "users", rows,
                [
                    index("users_domain", ["domain"]), index("users_id_key", ["id"], isUnique: true),
                    index("users_pkey", ["username"], isUnique: true),
                ]),
            relation("multi", rows, [index("multi_pkey", ["domain", "local"], isUnique: true)]),
            relation(
                "expr", rows,
                [
                    index("expr_lower", ["lower(address)"]),
                    index("expr_partial", ["address"], isPartial: true),
                ]),
            relation("parts_0", rows), relation("parts_1", rows), relation("small", 100),
        ]
    }

    static func node(_ text: String) -> PlanNode? {
        PlanNode(explained: text.split(separator: "\n").map(String.init))
    }

    static func findings(
        _ plan: String, secondLook: String? = nil, rows: Int = 20_000, relations: [RelationFacts]? = nil,
        keys: KeyMarks = .parameters
    ) -> [Finding] {
        PlanAdvice(plan: node(plan)!, relations: relations ?? Self.relations(rows: rows), keys: keys)
            .findings(secondLook: node(secondLook ?? plan))
    }

    /// SELECT goto FROM big WHERE address = $1
    static let unindexed = """
        Seq Scan on public.big
          Output: goto
          Filter: ((big.address)::text = $1)
        """
    /// SELECT maildir FROM users WHERE username = $1
    static let indexed = """
        Index Scan using users_pkey on public.users
          Output: maildir
          Index Cond: ((users.username)::text = $1)
        """
    /// SELECT maildir FROM users u WHERE lower(username) = $1
    static let lowered = """
        Seq Scan on public.users u
          Output: maildir
          Filter: (lower((u.username)::text) = $1)
        """
    /// SELECT maildir FROM users WHERE id::text = $1
    static let cast = """
        Seq Scan on public.users
          Output: maildir
          Filter: ((users.id)::text = $1)
        """
    /// SELECT goto FROM multi WHERE local = $1
    static let secondColumn = """
        Index Scan using multi_pkey on public.multi
          Output: goto
          Index Cond: ((multi.local)::text = $1)
        """
    /// SELECT goto FROM multi WHERE domain = $1
    static let firstColumn = """
        Bitmap Heap Scan on public.multi
          Output: goto
          Recheck Cond: ((multi.domain)::text = $1)
          ->  Bitmap Index Scan on multi_pkey
                Index Cond: ((multi.domain)::text = $1)
        """
    /// SELECT goto FROM multi WHERE domain = $1 and local = $2
    static let bothColumns = """
        Index Scan using multi_pkey on public.multi
          Output: goto
          Index Cond: (((multi.domain)::text = $1) AND ((multi.local)::text = $2))
        """
    /// SELECT address FROM expr WHERE lower(address) = $1
    static let expression = """
        Index Scan using expr_lower on public.expr
          Output: address
          Index Cond: (lower(expr.address) = $1)
        """
    /// SELECT address FROM expr WHERE address = $1
    static let partial = """
        Seq Scan on public.expr
          Output: address
          Filter: (expr.address = $1)
        """
    /// SELECT address FROM expr WHERE address = $1 AND "Odd Name" = 'x AND ''y'''
    static let partialUsed = """
        Index Scan using expr_partial on public.expr
          Output: address
          Index Cond: (expr.address = $1)
          Filter: (expr."Odd Name" = 'x AND ''y'''::text)
        """
    /// SELECT goto FROM parts WHERE lower(address) = $1
    static let partitions = """
        Append
          ->  Seq Scan on public.parts_0 parts_1
                Output: parts_1.goto
                Filter: (lower(parts_1.address) = $1)
          ->  Seq Scan on public.parts_1 parts_2
                Output: parts_2.goto
                Filter: (lower(parts_2.address) = $1)
        """
    /// SELECT b.goto FROM users u JOIN big b ON b.id = u.id WHERE u.username = $1 UNION
    /// SELECT goto FROM small WHERE address = $2 LIMIT 1
    static let union = """
        Limit
          Output: b.goto
          ->  Unique
                Output: b.goto
                ->  Sort
                      Output: b.goto
                      Sort Key: b.goto
                      ->  Append
                            ->  Hash Join
                                  Output: b.goto
                                  Inner Unique: true
                                  Hash Cond: (b.id = u.id)
                                  ->  Seq Scan on public.big b
                                        Output: b.id, b.address, b.goto, b.active
                                  ->  Hash
                                        Output: u.id
                                        ->  Index Scan using users_pkey on public.users u
                                              Output: u.id
                                              Index Cond: ((u.username)::text = $1)
                            ->  Seq Scan on public.small
                                  Output: small.goto
                                  Filter: (small.address = $2)
        """
    /// SELECT goto FROM big WHERE address = $1 OR goto = $2
    static let either = """
        Seq Scan on public.big
          Output: goto
          Filter: (((big.address)::text = $1) OR (big.goto = $2))
        """
    /// SELECT maildir FROM users WHERE username = $1 OR id = $2
    static let eitherIndexed = """
        Bitmap Heap Scan on public.users
          Output: maildir
          Recheck Cond: (((users.username)::text = $1) OR (users.id = $2))
          ->  BitmapOr
                ->  Bitmap Index Scan on users_pkey
                      Index Cond: ((users.username)::text = $1)
                ->  Bitmap Index Scan on users_id_key
                      Index Cond: (users.id = $2)
        """
    /// SELECT maildir FROM users WHERE username LIKE $1
    static let pattern = """
        Seq Scan on public.users
          Output: maildir
          Filter: ((users.username)::text ~~ $1)
        """
    /// SELECT maildir FROM users WHERE domain = $1, where there are three domains
    static let fewDomains = """
        Seq Scan on public.users
          Output: maildir
          Filter: (users.domain = $1)
        """
    /// The same with enable_seqscan = off
    static let fewDomainsIndexed = """
        Bitmap Heap Scan on public.users
          Output: maildir
          Recheck Cond: (users.domain = $1)
          ->  Bitmap Index Scan on users_domain
                Index Cond: (users.domain = $1)
        """
    /// SELECT (SELECT goto FROM big WHERE address=$1), (SELECT maildir FROM users WHERE username = $2)
    static let subqueries = """
        Result
          Output: $0, $1
          InitPlan 1 (returns $0)
            ->  Seq Scan on public.big
                  Output: big.goto
                  Filter: ((big.address)::text = $1)
          InitPlan 2 (returns $1)
            ->  Index Scan using users_pkey on public.users
                  Output: users.maildir
                  Index Cond: ((users.username)::text = $2)
        """
    /// WITH x AS MATERIALIZED (SELECT * FROM big WHERE active) SELECT goto FROM x WHERE address = $1
    /// AND goto IN (SELECT maildir FROM users WHERE username=$2)
    static let withQuery = """
        Nested Loop
          Output: x.goto
          Join Filter: (x.goto = users.maildir)
          CTE x
            ->  Seq Scan on public.big
                  Output: big.id, big.address, big.goto, big.active
                  Filter: big.active
          ->  Index Scan using users_pkey on public.users
                Output: users.username, users.id, users.maildir, users.domain
                Index Cond: ((users.username)::text = $2)
          ->  CTE Scan on x
                Output: x.id, x.address, x.goto, x.active
                Filter: ((x.address)::text = $1)
        """
    /// SELECT count(*) FROM big WHERE address=$1
    static let aggregate = """
        Aggregate
          Output: count(*)
          ->  Seq Scan on public.big
                Output: id, address, goto, active
                Filter: ((big.address)::text = $1)
        """
    /// SELECT goto FROM box WHERE address=$1 AND active='1', with an index on active only
    static let activeBoxes = """
        Bitmap Heap Scan on public.box
          Output: goto
          Filter: (box.active AND ((box.address)::text = $1))
          ->  Bitmap Index Scan on box_active
                Index Cond: (box.active = true)
        """
    /// SELECT goto FROM box2 WHERE address=$1 AND active, with an index on created WHERE active
    static let partialBoxes = """
        Bitmap Heap Scan on public.box2
          Output: goto
          Recheck Cond: box2.active
          Filter: ((box2.address)::text = $1)
          ->  Bitmap Index Scan on box2_created
        """
    /// The same with AND created > '2020-01-01'
    static let createdBoxes = """
        Bitmap Heap Scan on public.box2
          Output: goto
          Recheck Cond: ((box2.created > '2020-01-01'::date) AND box2.active)
          Filter: ((box2.address)::text = $1)
          ->  Bitmap Index Scan on box2_created
                Index Cond: (box2.created > '2020-01-01'::date)
        """
}
