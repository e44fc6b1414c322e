// Which queries are found to be pure, on every kind of connection, and what shows that it must be found out anew.

import Databases
import EventLoop
import LookupTables
import LookupValues
import PostgreSQL
import QueryPurity
import Testing
import ThrowawayServers

extension EndToEnd {
    @Suite("Purity", .serialized)
    struct PurityTests {
        @Test(
            "Each query is known for what it is, on a primary, without TEMP, on a standby, through a pooler",
            arguments: PurityScene.Way.allCases)
        func trial(way: PurityScene.Way) throws {
            let scene = try PurityScene.shared.get()
            let connection = try scene.connection(way)
            let isPooled = try connection.lookForPooler(until: scene.deadline).isPooled
            let findings = try connection.findPurities(
                of: PurityScene.shapes.map { try QueryTemplate.compile($0.query) }, isPooled: isPooled,
                until: scene.deadline)
            for (shape, finding) in zip(PurityScene.shapes, findings) {
                #expect(shape.isRight(finding.purity), "\(way): \(shape.query): \(finding.purity)")
            }
            // Each by itself comes to the same.
            for (shape, finding) in zip(PurityScene.shapes, findings) {
                let alone = try connection.findPurity(
                    of: try QueryTemplate.compile(shape.query), isPooled: isPooled, until: scene.deadline)
                #expect(
                    alone.purity == finding.purity && alone.watch == finding.watch, "\(way): \(shape.query)")
            }
            #expect(try connection.askAll(lookSQL(for: findings)).count == 1)
            try scene.expectNothingLeft(by: connection)
        }

        @Test("The look shows every change that may count, and none of data and statistics")
        func look() throws {
            let cluster = try ThrowawayCluster()
            try cluster.createDatabase(PurityScene.database)
            try cluster.psql(PurityScene.database, PurityScene.setup + PurityChange.setup)
            let parameters = ConnectionParameters([
                ("host", cluster.socketDirectory), ("user", "reader"), ("dbname", PurityScene.database),
            ])
            let connection = try connect(parameters, timeout: 30).get()
            let deadline = MonotonicClock.now().advanced(byNanoseconds: 300_000_000_000)
            let templates = try PurityChange.queries.map { try QueryTemplate.compile($0) }
            for change in PurityChange.all {
                let findings = try connection.findPurities(of: templates, isPooled: false, until: deadline)
                let look = lookSQL(for: findings)
                let before = try connection.askAll(look)
                #expect(before.count == 1 && before[0].utf8.count > 10)
                try cluster.psql(PurityScene.database, change.sql)
                // Settings of roles and databases are a session's from its beginning, and a look sees them all the same.
                let after = try connection.askAll(look)
                #expect((after != before) == change.counts, "\(change.sql)")
                // Another session sees the same.
                let other = try connect(parameters, timeout: 30).get()
                if !change.sql.contains("search_path") {
                    #expect(try other.askAll(look) == after, "\(change.sql)")
                }
            }
        }

        @Test("The look reads no large catalog from one end to the other, among 3,000 tables")
        func plan() throws {
            let cluster = try ThrowawayCluster()
            try cluster.createDatabase("large")
            for part in 0..<6 {
                try cluster.psql(
                    "large",
                    """
                    SELECT format('CREATE TABLE t%s (k text PRIMARY KEY, a text, b text, c text, d text)', n)
                    FROM generate_series(\(part * 500), \(part * 500 + 499)) AS n \\gexec
                    """)
            }
            try cluster.psql("large", "CREATE VIEW v AS SELECT k, a FROM t7; VACUUM ANALYZE")
            let connection = try connect(
                ConnectionParameters([
                    ("host", cluster.socketDirectory), ("user", "postgres"), ("dbname", "large"),
                ]), timeout: 30
            ).get()
            let templates = try (0..<20).map { number in
                try QueryTemplate.compile(
                    number == 7
                        ? "SELECT a FROM v WHERE k = '%s'"
                        : "SELECT lower(a) || '%d' FROM t\(number) WHERE k = '%s' AND b LIKE 'x'")
            }
            let deadline = MonotonicClock.now().advanced(byNanoseconds: 60_000_000_000)
            let findings = try connection.findPurities(of: templates, isPooled: false, until: deadline)
            #expect(findings.allSatisfy { $0.purity == .pure }, "\(findings.map(\.purity))")
            let plan = try connection.askAll("EXPLAIN " + lookSQL(for: findings))
            let whole = plan.filter { line in
                line.contains("Seq Scan on")
                    && [
                        "pg_class", "pg_attribute", "pg_proc", "pg_type", "pg_depend", "pg_operator",
                    ]
                    .contains { line.contains("Seq Scan on \($0) ") }
            }
            #expect(whole.isEmpty, "\(plan.joined(separator: "\n"))")
        }

        @Test("A table under a lock holds a new connection for a second at most, and is asked of again")
        func locked() throws {
            let scene = try PurityScene.shared.get()
            let templates = try ["SELECT v FROM t WHERE k = '%s'", "SELECT v FROM parts WHERE k = '%s'"]
                .map { try QueryTemplate.compile($0) }
            for way in [PurityScene.Way.primary, .withoutTemporary] {
                let database = way == .withoutTemporary ? "closed" : PurityScene.database
                let lock = try TableLock("t", cluster: scene.primary, database: database)
                let connection = try scene.connection(way)
                let findings = try connection.findPurities(
                    of: templates, isPooled: false, until: scene.deadline)
                #expect(!findings[0].isSettled && findings[1].purity == .pure, "\(findings)")
                try lock.release()
                #expect(
                    try connection.findPurity(of: templates[0], isPooled: false, until: scene.deadline).purity
                        == .pure)
                try scene.expectNothingLeft(by: connection)
            }
        }
    }
}

/// Something that is done to a database while tables are looked up.
private struct PurityChange {
    let sql: String
    /// Whether it may change what a query means or whether it is pure.
    let counts: Bool

    static let setup = """
        CREATE SCHEMA early; GRANT USAGE ON SCHEMA early TO reader; ALTER ROLE reader SET search_path = early, public;
        CREATE FUNCTION callee(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1 $$;
        CREATE FUNCTION caller(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT callee($1) $$;
        CREATE FUNCTION quick(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT lower($1) $$;
        CREATE DOMAIN address AS text; CREATE TABLE unrelated (x int);
        CREATE SCHEMA aside; CREATE ROLE team;
        CREATE FUNCTION pinned(text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = aside, public
            AS $$ SELECT v FROM vals WHERE k = $1 $$; ALTER FUNCTION pinned OWNER TO mail;
        CREATE FUNCTION by_user(text) RETURNS text LANGUAGE sql STABLE SET search_path = "$user", public
            AS $$ SELECT v FROM vals WHERE k = $1 $$;
        """

    static let queries = [
        "SELECT v FROM t WHERE k = '%s'", "SELECT caller(v) FROM plain_view WHERE k = quick('%s')",
        "SELECT v FROM secure WHERE k = '%s'", "SELECT v FROM parts WHERE k = '%s'",
        "SELECT v FROM t WHERE k = '%s'::address AND c LIKE '%s'",
        "SELECT joined(v) FROM elder WHERE k = '%s'",
        "SELECT stable_plpgsql('%s')", "SELECT v FROM not_yet WHERE k = '%s'",
        "SELECT pinned('%s'), by_user('%s')",
    ]

    private static func counts(_ sql: String) -> PurityChange { PurityChange(sql: sql, counts: true) }
    private static func matters(not sql: String) -> PurityChange { PurityChange(sql: sql, counts: false) }

    static let all = [
        matters(not: "SELECT 1"),
        matters(not: "INSERT INTO t (k, v) SELECT n, n FROM generate_series(1, 5000) AS n"),
        matters(not: "UPDATE t SET v = 'x'; DELETE FROM t WHERE n = 3; INSERT INTO parts VALUES ('a', 'b')"),
        matters(not: "ANALYZE t"), matters(not: "ANALYZE parts; ANALYZE secure"), matters(not: "VACUUM t"),
        matters(not: "VACUUM FREEZE t"),
        matters(not: "VACUUM FREEZE ANALYZE pg_class, pg_attribute, pg_proc, t, parts, secure"),
        matters(not: "VACUUM FULL t"), matters(not: "TRUNCATE t"),
        matters(not: "CREATE INDEX t_v ON t (v)"), matters(not: "REINDEX TABLE t"),
        matters(not: "CREATE TABLE new (x int)"),
        matters(not: "CREATE FUNCTION other(int) RETURNS int LANGUAGE sql AS 'SELECT 1'"),
        matters(not: "DROP TABLE unrelated"),
        matters(not: "REFRESH MATERIALIZED VIEW kept_view"), matters(not: "CHECKPOINT"),
        matters(not: "CREATE TEMPORARY TABLE t (k int)"),
        matters(not: "ALTER ROLE postgres SET work_mem = '5MB'"),
        counts(
            "CREATE OR REPLACE FUNCTION quick(text) RETURNS text LANGUAGE sql VOLATILE AS $$ SELECT lower($1) $$"
        ),
        counts("ALTER FUNCTION quick(text) IMMUTABLE"),
        counts("CREATE FUNCTION quick(varchar) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'x' $$"),
        counts("DROP FUNCTION quick(varchar)"),
        counts(
            "CREATE OR REPLACE FUNCTION callee(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT random()::text $$"
        ),
        counts("CREATE OR REPLACE FUNCTION callee(text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1 $$"),
        counts("CREATE FUNCTION callee(varchar) RETURNS text LANGUAGE sql STABLE AS $$ SELECT 'x' $$"),
        counts(
            "CREATE FUNCTION early.callee(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN 'x'; END $$"),
        counts("CREATE FUNCTION early.lower(text) RETURNS text LANGUAGE sql AS $$ SELECT 'x' $$"),
        counts(
            "CREATE OR REPLACE FUNCTION stable_plpgsql(text) RETURNS text LANGUAGE sql STABLE AS 'SELECT $1'"),
        counts("CREATE TABLE early.t (k text, v text)"), counts("DROP TABLE early.t"),
        counts("CREATE VIEW early.t AS SELECT k, v FROM t"), counts("DROP VIEW early.t"),
        counts("CREATE TABLE not_yet (k text, v text)"),
        counts("ALTER TABLE not_yet RENAME TO not_any_more"),
        counts("CREATE POLICY more ON secure USING (k <> '')"),
        counts("ALTER POLICY more ON secure USING (random() < 2)"),
        counts("ALTER TABLE secure DISABLE ROW LEVEL SECURITY"),
        counts("ALTER TABLE secure ENABLE ROW LEVEL SECURITY"),
        counts("ALTER TABLE t ENABLE ROW LEVEL SECURITY"), counts("ALTER TABLE t DISABLE ROW LEVEL SECURITY"),
        counts("CREATE OR REPLACE VIEW plain_view AS SELECT k, v || 'x' AS v FROM t"),
        counts("ALTER TABLE secure ALTER k TYPE citext"), counts("ALTER TABLE secure ADD COLUMN more text"),
        counts("ALTER TABLE secure DROP COLUMN more"), counts("ALTER TABLE secure OWNER TO reader"),
        counts("DROP TABLE secure; CREATE TABLE secure (k text, v text); GRANT SELECT ON secure TO reader"),
        counts("CREATE TABLE parts_b PARTITION OF parts FOR VALUES IN ('b')"),
        counts("ALTER TABLE parts DETACH PARTITION parts_b"),
        counts("CREATE FOREIGN TABLE far_child () INHERITS (elder) SERVER far"),
        counts("ALTER DOMAIN address ADD CONSTRAINT filled CHECK (VALUE <> '')"),
        counts(
            "CREATE FUNCTION eq(varchar, text) RETURNS bool LANGUAGE sql AS 'SELECT true'; "
                + "CREATE OPERATOR = (LEFTARG = varchar, RIGHTARG = text, FUNCTION = eq)"),
        counts(
            "CREATE FUNCTION eq(text, citext) RETURNS bool LANGUAGE sql AS 'SELECT true'; "
                + "CREATE OPERATOR early.~~ (LEFTARG = text, RIGHTARG = citext, FUNCTION = eq)"),
        counts("CREATE OR REPLACE AGGREGATE joined (text) (SFUNC = add, STYPE = text)"),
        counts(
            "CREATE FUNCTION as_text(int) RETURNS t LANGUAGE sql AS 'SELECT NULL::t'; CREATE CAST (int AS t) WITH FUNCTION as_text(int)"
        ),
        counts("CREATE TYPE early.address AS ENUM ('a')"),
        counts("CREATE VIEW aside.vals AS SELECT k, v FROM t"), counts("GRANT USAGE ON SCHEMA aside TO team"),
        counts("GRANT team TO mail"), counts("GRANT team TO reader"),
        counts("CREATE SCHEMA reader; GRANT USAGE ON SCHEMA reader TO reader"),
        counts("CREATE TABLE reader.vals (k text, v text)"),
        counts("ALTER FUNCTION pinned SET search_path = public"),
        counts(
            "CREATE FUNCTION sums(t, t) RETURNS int LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN 0; END'; "
                + "CREATE OPERATOR CLASS by_sum DEFAULT FOR TYPE t USING btree AS FUNCTION 1 sums(t, t)"),
        counts("ALTER ROLE reader SET search_path = public"),
        counts("ALTER ROLE reader SET search_path = early, public"),
        counts("ALTER DATABASE purity SET timezone = 'UTC'"),
        counts("ALTER ROLE reader IN DATABASE purity SET datestyle = 'SQL'"),
        counts("REVOKE USAGE ON SCHEMA early FROM reader"), matters(not: "DROP SCHEMA early CASCADE"),
        counts("CREATE SCHEMA early; GRANT USAGE ON SCHEMA early TO reader"),
        counts("ALTER EXTENSION citext DROP FUNCTION texticlike(citext, citext)"),
    ]
}

/// A primary with something of all kinds that a query can reach, its standby, and a pooler before it.
struct PurityScene {
    enum Way: CaseIterable {
        case primary
        case reading
        case withoutTemporary
        case standby
        case transactionPooler
        case statementPooler
        case superuser
    }

    /// A query, and what is to be found.
    struct Shape {
        let query: String
        /// Part of the reason; nil where it is pure.
        let reason: String?

        init(pure query: String) {
            self.query = query
            reason = nil
        }

        init(_ reason: String, _ query: String) {
            self.query = query
            self.reason = reason
        }

        func isRight(_ purity: Purity) -> Bool {
            switch purity {
            case .pure: reason == nil
            case .impure(let found): reason.map { found.contains($0) } ?? false
            }
        }
    }

    static let shared = Result { try PurityScene() }
    static let database = "purity"

    let primary: ThrowawayCluster
    let standby: ThrowawayCluster
    let transactionPooler: PgBouncer
    let statementPooler: PgBouncer

    init() throws {
        primary = try ThrowawayCluster()
        try primary.createDatabase(Self.database)
        try primary.createDatabase("closed")
        for database in [Self.database, "closed"] { try primary.psql(database, Self.setup) }
        try primary.psql("postgres", "REVOKE TEMPORARY ON DATABASE closed FROM PUBLIC")
        standby = try ThrowawayCluster(standbyOf: primary)
        transactionPooler = try PgBouncer(before: primary, connections: 2)
        statementPooler = try PgBouncer(before: primary, connections: 2, mode: "statement")
        try waitUntil("the standby has everything") {
            try standby.psql(Self.database, "SELECT count(*) FROM pg_proc WHERE proname = 'the_last'") == "1"
        }
    }

    var deadline: Instant { MonotonicClock.now().advanced(byNanoseconds: 60_000_000_000) }

    func connection(_ way: Way) throws -> Connection {
        let host =
            switch way {
            case .primary, .reading, .withoutTemporary, .superuser: primary.socketDirectory
            case .standby: standby.socketDirectory
            case .transactionPooler: transactionPooler.socketDirectory
            case .statementPooler: statementPooler.socketDirectory
            }
        var parameters = [
            ("host", host), ("user", way == .superuser ? "postgres" : "reader"),
            ("dbname", way == .withoutTemporary ? "closed" : Self.database), ("client_encoding", "UTF8"),
        ]
        if way == .reading { parameters.append(("options", "-c default_transaction_read_only=on")) }
        return try connect(ConnectionParameters(parameters), timeout: 30).get()
    }

    /// Settings are as they were, no transaction is open, and no view and no function has been made.
    func expectNothingLeft(by connection: Connection) throws {
        let values = try connection.askAll(
            """
            SELECT current_setting('debug_print_rewritten') || current_setting('client_min_messages')
                || current_setting('lock_timeout') || current_setting('search_path')
                || (SELECT count(*) FROM pg_class WHERE relname LIKE 'mapmux%')
            """)
        #expect(values == ["offnotice0\"$user\", public0"])
    }

    static let setup = """
        DO $$ BEGIN CREATE ROLE reader LOGIN; CREATE ROLE mail; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE EXTENSION citext; CREATE EXTENSION pgcrypto; CREATE EXTENSION tablefunc;
        CREATE EXTENSION postgres_fdw;
        CREATE SCHEMA mail; GRANT USAGE ON SCHEMA mail TO reader;
        CREATE TYPE mail.state AS ENUM ('on', 'off');
        CREATE TABLE t (k text PRIMARY KEY, v text, n int, c citext, d date, a inet, s mail.state, j jsonb,
            g text GENERATED ALWAYS AS (upper(k)) STORED, tags text[]);
        INSERT INTO t (k, v, n) VALUES ('k', 'v', 1);
        CREATE TABLE log (k text); CREATE SEQUENCE counter;
        CREATE FUNCTION keeps(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES ($1); RETURN $1; END $$;
        CREATE FUNCTION stable_plpgsql(text) RETURNS text LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN $1; END $$;
        CREATE FUNCTION immutable_plpgsql(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN $1; END $$;
        CREATE FUNCTION mail.sql_text(key text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT v FROM t WHERE k = key $$;
        CREATE FUNCTION sql_atomic(key text) RETURNS text LANGUAGE sql STABLE
            BEGIN ATOMIC SELECT v FROM t WHERE k = key; END;
        CREATE FUNCTION sql_return(key text) RETURNS text LANGUAGE sql IMMUTABLE RETURN lower(key);
        CREATE FUNCTION sql_volatile(key text) RETURNS text LANGUAGE sql AS $$ SELECT v FROM t WHERE k = key $$;
        CREATE FUNCTION sql_calls(key text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT stable_plpgsql(key) $$;
        CREATE FUNCTION sql_random() RETURNS float LANGUAGE sql STABLE AS $$ SELECT random() $$;
        CREATE FUNCTION sql_atomic_random() RETURNS float LANGUAGE sql STABLE RETURN random();
        CREATE FUNCTION sql_set(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = public, pg_temp AS $$ SELECT v FROM t WHERE k = key $$;
        CREATE TABLE vals (k text, v text); CREATE VIEW mail.vals AS SELECT k, keeps(v) AS v FROM vals;
        GRANT USAGE ON SCHEMA mail TO mail; CREATE SCHEMA divided; GRANT USAGE ON SCHEMA divided TO reader;
        CREATE FUNCTION definer(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            AS $$ SELECT v FROM vals WHERE k = key $$; ALTER FUNCTION definer OWNER TO mail;
        CREATE FUNCTION definer_user(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = "$user", public AS $$ SELECT v FROM vals WHERE k = key $$;
        CREATE FUNCTION definer_divided(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = divided, public AS $$ SELECT v FROM t WHERE k = key $$;
        ALTER FUNCTION definer_divided OWNER TO mail;
        CREATE FUNCTION definer_path(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = public, pg_temp AS $$ SELECT v FROM vals WHERE k = key $$;
        ALTER FUNCTION definer_path OWNER TO mail;
        CREATE FUNCTION definer_mail(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            SET search_path = mail, public AS $$ SELECT v FROM vals WHERE k = key $$;
        ALTER FUNCTION definer_mail OWNER TO mail;
        CREATE FUNCTION definer_atomic(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            BEGIN ATOMIC SELECT v FROM vals WHERE k = key; END;
        CREATE FUNCTION definer_calls(key text) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER
            RETURN mail.sql_text(key);
        CREATE FUNCTION path_calls(key text) RETURNS text LANGUAGE sql STABLE SET search_path = mail
            AS $$ SELECT mail.sql_text(key) $$;
        CREATE FUNCTION path_text(key text) RETURNS text LANGUAGE sql STABLE SET search_path = public
            AS $$ SELECT v FROM t WHERE k = key $$;
        CREATE FUNCTION path_calls_path(key text) RETURNS text LANGUAGE sql STABLE SET search_path = mail
            AS $$ SELECT public.path_text(key) $$;
        CREATE TYPE ranked AS (a int); CREATE TYPE shown AS (a int);
        CREATE FUNCTION ranks(ranked, ranked) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 0; END $$;
        CREATE OPERATOR CLASS by_rank DEFAULT FOR TYPE ranked USING btree AS FUNCTION 1 ranks(ranked, ranked);
        CREATE FUNCTION sorts(text, text) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 0; END $$;
        CREATE OPERATOR <# (LEFTARG = text, RIGHTARG = text, FUNCTION = text_lt);
        CREATE OPERATOR =# (LEFTARG = text, RIGHTARG = text, FUNCTION = texteq);
        CREATE OPERATOR CLASS by_sort FOR TYPE text USING btree
            AS OPERATOR 1 <#, OPERATOR 3 =#, FUNCTION 1 sorts(text, text);
        CREATE TYPE told AS (a int);
        CREATE FUNCTION tells(told) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN '1'; END $$;
        CREATE CAST (told AS text) WITH FUNCTION tells(told);
        CREATE FUNCTION shows(shown) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN '1'; END $$;
        CREATE CAST (shown AS json) WITH FUNCTION shows(shown);
        CREATE FUNCTION sql_custom(key text) RETURNS text LANGUAGE sql STABLE
            SET site.name = 'x' AS $$ SELECT v FROM t WHERE k = key $$;
        CREATE FUNCTION sql_rows(key text) RETURNS TABLE (r text) LANGUAGE sql STABLE
            AS $$ SELECT v FROM t WHERE k = key $$;
        CREATE FUNCTION sql_any(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT $1 $$;
        CREATE FUNCTION sql_config(key text) RETURNS text LANGUAGE sql STABLE
            AS $$ SELECT set_config('x.y', key, true) $$;
        CREATE FUNCTION sql_in_sql(key text) RETURNS text LANGUAGE sql STABLE AS $$ SELECT mail.sql_text(key) $$;
        CREATE FUNCTION sql_default(key text, more text DEFAULT stable_plpgsql('x')) RETURNS text LANGUAGE sql STABLE
            AS $$ SELECT key || more $$;
        CREATE VIEW plain_view AS SELECT k, v FROM t;
        CREATE VIEW random_view AS SELECT k, v, random() AS r FROM t;
        CREATE VIEW view_of_view AS SELECT k, v FROM random_view;
        CREATE VIEW function_view AS SELECT k, mail.sql_text(v) AS v FROM t;
        CREATE MATERIALIZED VIEW kept_view AS SELECT k, v, random() AS r FROM t;
        CREATE TABLE secure (k text, v text); ALTER TABLE secure ENABLE ROW LEVEL SECURITY;
        CREATE POLICY by_setting ON secure USING (v = current_setting('site.v', true));
        CREATE TABLE secure_keeping (k text, v text); ALTER TABLE secure_keeping ENABLE ROW LEVEL SECURITY;
        CREATE POLICY by_function ON secure_keeping USING (stable_plpgsql(k) = k);
        CREATE DOMAIN plain_domain AS text CHECK (VALUE <> ''); CREATE DOMAIN keeping_domain AS text CHECK (keeps(VALUE) <> '');
        CREATE DOMAIN domain_of_domain AS keeping_domain;
        CREATE TABLE domains (k plain_domain, b keeping_domain); CREATE TYPE pair AS (a text, b keeping_domain);
        CREATE FUNCTION differs(text, int) RETURNS bool LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN true; END $$;
        CREATE OPERATOR === (LEFTARG = text, RIGHTARG = int, FUNCTION = differs);
        CREATE FUNCTION add(text, text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN $1 || $2; END $$;
        CREATE AGGREGATE gather (text) (SFUNC = add, STYPE = text);
        CREATE AGGREGATE joined (text) (SFUNC = textcat, STYPE = text, INITCOND = '');
        CREATE FUNCTION cast_in(int) RETURNS mail.state LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN 'on'; END $$;
        CREATE CAST (int AS mail.state) WITH FUNCTION cast_in(int) AS ASSIGNMENT;
        CREATE FUNCTION my_lower(text) RETURNS text LANGUAGE internal IMMUTABLE STRICT AS 'lower';
        CREATE SERVER far FOREIGN DATA WRAPPER postgres_fdw;
        CREATE FOREIGN TABLE foreign_t (k text, v text) SERVER far;
        CREATE TABLE parts (k text, v text) PARTITION BY LIST (k);
        CREATE TABLE parts_a PARTITION OF parts FOR VALUES IN ('a');
        CREATE TABLE mixed (k text, v text) PARTITION BY LIST (k);
        CREATE TABLE mixed_a PARTITION OF mixed FOR VALUES IN ('a') PARTITION BY LIST (k);
        CREATE FOREIGN TABLE mixed_b PARTITION OF mixed_a FOR VALUES IN ('a') SERVER far;
        CREATE TABLE elder (k text, v text); CREATE TABLE child () INHERITS (elder);
        CREATE FUNCTION the_last() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
        GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
        """

    static let shapes = [
        Shape(pure: "SELECT v FROM t WHERE k = '%s'"),
        Shape(pure: "SELECT v, v FROM t WHERE k = '%s' -- a comment"),
        Shape(pure: "SELECT * FROM t WHERE k = lower('%u') || '@' || '%d'"),
        Shape(pure: "SELECT v FROM t WHERE n = '%s'"),
        Shape(pure: "SELECT v FROM t WHERE c = '%s'"),
        Shape(pure: "SELECT v FROM t WHERE s = '%s'"),
        Shape(pure: "SELECT v FROM t WHERE d = date '%s'"),
        Shape(pure: "SELECT v FROM t WHERE a >>= inet '%s'"),
        Shape(pure: "SELECT concat('@', '%d', v) FROM t WHERE k = N'%s'"),
        Shape(pure: "SELECT v FROM t WHERE d < timestamp with time zone '%s'"),
        Shape(pure: "SELECT v FROM t WHERE k LIKE '%s' ORDER BY n LIMIT 1"),
        Shape(
            pure:
                "SELECT count(*), max(v), string_agg(v, ',') FROM t WHERE k = '%s' GROUP BY n HAVING count(*) > 0"
        ),
        Shape(
            pure:
                "SELECT row_number() OVER (ORDER BY n), lag(v) OVER w FROM t WHERE k = '%s' WINDOW w AS (PARTITION BY n)"
        ),
        Shape(
            pure: "SELECT v FROM t WHERE k = '%s' AND d < now() AND d < current_date AND k <> current_user"),
        Shape(pure: "SELECT current_setting('search_path') || '%s'"),
        Shape(
            pure: "SELECT g FROM t WHERE k = '%s' UNION ALL SELECT k FROM t WHERE v = '%s' EXCEPT SELECT 'x'"),
        Shape(pure: "VALUES ('%s')"),
        Shape(pure: "TABLE t"),
        Shape(pure: "(SELECT v FROM t WHERE k = '%s') UNION (SELECT 'x')"),
        Shape(
            pure:
                "WITH RECURSIVE r AS (SELECT k, v FROM t WHERE k = '%s' UNION SELECT t.k, t.v FROM t JOIN r ON t.k = r.v) SELECT v FROM r"
        ),
        Shape(
            pure:
                "SELECT x FROM unnest(string_to_array('%s', '.')) WITH ORDINALITY AS u (x, y), generate_series(1, 3)"
        ),
        Shape(
            pure:
                "SELECT v FROM t WHERE (k, v) IN (SELECT k, v FROM plain_view) AND k = ANY (tags) AND k = '%s'"
        ),
        Shape(
            pure:
                "SELECT CASE WHEN k ILIKE '%%x' THEN v ELSE split_part(v, '@', 2) END FROM t WHERE k BETWEEN '%s' AND '%s'"
        ),
        Shape(pure: "SELECT j->>'a', j @> '{}', jsonb_path_query(j, '$.a') FROM t WHERE k SIMILAR TO '%s'"),
        Shape(
            pure: "SELECT lpad(k, 3), round(n::numeric, 2), v::varchar(3), n::text::int FROM t WHERE k = '%s'"
        ),
        Shape(pure: "SELECT crypt('%s', v), encode(digest('%s', 'sha256'), 'hex') FROM t"),
        Shape(
            pure:
                "SELECT xpath('/a', xmlelement(name a, v)), greatest(k, v), coalesce(v, k), nullif(k, v) FROM t WHERE k = '%s'"
        ),
        Shape(pure: "SELECT v FROM plain_view WHERE k = '%s'"),
        Shape(pure: "SELECT v FROM function_view WHERE k = '%s'"),
        Shape(pure: "SELECT v, r FROM kept_view WHERE k = '%s'"),
        Shape(pure: "SELECT v FROM secure WHERE k = '%s'"),
        Shape(pure: "SELECT k FROM domains WHERE k = '%s'::plain_domain"),
        Shape(pure: "SELECT mail.sql_text('%s')"),
        Shape(pure: "SELECT sql_atomic('%s')"),
        Shape(pure: "SELECT sql_return('%s')"),
        Shape(pure: "SELECT sql_set('%s')"),
        Shape(pure: "SELECT definer_path('%s') || definer_atomic('%s')"),
        Shape(pure: "SELECT path_text('%s') || path_calls_path('%s')"),
        Shape(pure: "SELECT transaction_timestamp()::text || age('3'::xid) || pg_backend_pid() || '%s'"),
        Shape(
            pure: "SELECT greatest(c, v::citext), to_json(t), c = ANY (tags::citext[]) FROM t WHERE k = '%s'"),
        Shape(
            pure: "SELECT v || n, n || '@' || d, quote_literal(n), quote_nullable(v) FROM t WHERE k = '%s'"),
        Shape(pure: "SELECT r FROM sql_rows('%s')"),
        Shape(pure: "SELECT sql_in_sql('%s')"),
        Shape(pure: "SELECT joined(v ORDER BY k) FROM t WHERE k = '%s'"),
        Shape(pure: "SELECT v FROM parts WHERE k = '%s'"),
        Shape(pure: "SELECT v FROM elder WHERE k = '%s'"),
        Shape(
            pure:
                "SELECT \":funcid 870\".v AS \"{X \\ (\" FROM t AS \":funcid 870\" WHERE k = '%s' AND v <> ':opno 1 {'"
        ),

        Shape(
            "random() may answer differently each time",
            "SELECT v FROM t WHERE k = '%s' ORDER BY random() LIMIT 1"),
        Shape("gen_random_uuid() may answer", "SELECT gen_random_uuid()::text || '%s'"),
        Shape("clock_timestamp() may answer", "SELECT clock_timestamp()::text || '%s'"),
        Shape("nextval() may keep something", "SELECT nextval('counter')::text || '%s'"),
        Shape("set_config() may keep something", "SELECT set_config('search_path', '%s', true)"),
        Shape("pg_advisory_lock() may keep", "SELECT v, pg_advisory_lock(1) FROM t WHERE k = '%s'"),
        Shape("public.gen_random_bytes() may", "SELECT gen_random_bytes(8) FROM t WHERE k = '%s'"),
        Shape("public.keeps() may keep something (it is VOLATILE)", "SELECT keeps('%s')"),
        Shape("public.stable_plpgsql() may keep something (it is in plpgsql)", "SELECT stable_plpgsql('%s')"),
        Shape("public.immutable_plpgsql() may keep", "SELECT v FROM t WHERE k = immutable_plpgsql('%s')"),
        Shape("public.sql_volatile() may keep something (it is VOLATILE)", "SELECT sql_volatile('%s')"),
        Shape("public.stable_plpgsql() may keep", "SELECT sql_calls('%s')"),
        Shape("random() may answer", "SELECT sql_random()::text || '%s'"),
        Shape("random() may answer", "SELECT sql_atomic_random()::text || '%s'"),
        Shape("public.sql_custom() may keep something (it sets site.name)", "SELECT sql_custom('%s')"),
        Shape("of public.definer() may mean something else", "SELECT definer('%s')"),
        Shape("it is SECURITY DEFINER and sets no search_path without $user", "SELECT definer_user('%s')"),
        Shape("may use the schema divided", "SELECT definer_divided('%s')"),
        Shape("public.keeps() may keep", "SELECT definer_mail('%s')"),
        Shape("mail.sql_text() may mean something else", "SELECT definer_calls('%s')"),
        Shape("mail.sql_text() may mean something else", "SELECT path_calls('%s')"),
        Shape("public.ranks() may keep", "SELECT greatest(ROW(n)::ranked, NULL) FROM t WHERE k = '%s'"),
        Shape("public.ranks() may keep", "SELECT ARRAY[ROW(n)::ranked] = NULL FROM t WHERE k = '%s'"),
        Shape("public.sorts() may keep", "SELECT v FROM t WHERE k = '%s' ORDER BY v USING <#"),
        Shape("public.shows() may keep", "SELECT to_jsonb(ROW(n)::shown) FROM t WHERE k = '%s'"),
        Shape("public.tells() may keep", "SELECT v || ROW(n)::told FROM t WHERE k = '%s'"),
        Shape("txid_current() shows the", "SELECT txid_current()::text || '%s'"),
        Shape(
            "pg_current_xact_id_if_assigned() shows", "SELECT pg_current_xact_id_if_assigned()::text || '%s'"),
        Shape("pg_current_xact_id() shows", "SELECT pg_current_xact_id()::text || '%s'"),
        Shape("txid_current_if_assigned() shows", "SELECT txid_current_if_assigned()::text || '%s'"),
        Shape("pg_cursor() shows", "SELECT name FROM pg_cursors WHERE name = '%s'"),
        Shape(
            "pg_prepared_statement() shows", "SELECT statement FROM pg_prepared_statements WHERE name = '%s'"),
        Shape("pg_listening_channels() shows", "SELECT c FROM pg_listening_channels() AS c WHERE c = '%s'"),
        Shape("pg_stat_get_activity() shows", "SELECT query FROM pg_stat_activity WHERE usename = '%s'"),
        Shape(
            "pg_stat_get_backend_activity() shows", "SELECT pg_stat_get_backend_activity(1) WHERE 'x' = '%s'"),
        Shape(
            "pg_stat_get_backend_activity_start() shows",
            "SELECT pg_stat_get_backend_activity_start(1) WHERE 'x' = '%s'"),
        Shape(
            "pg_stat_get_backend_xact_start() shows",
            "SELECT pg_stat_get_backend_xact_start(1) WHERE 'x' = '%s'"),
        Shape(
            "pg_stat_get_snapshot_timestamp() shows",
            "SELECT pg_stat_get_snapshot_timestamp() WHERE 'x' = '%s'"),
        Shape("it could not be told", "SELECT sql_any(v) FROM t WHERE k = '%s'"),
        Shape("set_config() may keep", "SELECT sql_config('%s')"),
        Shape("public.stable_plpgsql() may keep", "SELECT sql_default('%s')"),
        Shape("random() may answer", "SELECT v FROM random_view WHERE k = '%s'"),
        Shape("random() may answer", "SELECT v FROM view_of_view WHERE k = '%s'"),
        Shape("public.stable_plpgsql() may keep", "SELECT v FROM secure_keeping WHERE k = '%s'"),
        Shape("public.keeps() may keep", "SELECT '%s'::keeping_domain"),
        Shape("public.keeps() may keep", "SELECT k FROM domains WHERE b = '%s'::domain_of_domain"),
        Shape("public.keeps() may keep", "SELECT jsonb_populate_record(NULL::pair, j) FROM t WHERE k = '%s'"),
        Shape("public.differs() may keep", "SELECT v FROM t WHERE v === 1 AND k = '%s'"),
        Shape("public.add() may keep", "SELECT gather(v) FROM t WHERE k = '%s'"),
        Shape("public.add() may keep", "SELECT gather(v) OVER () FROM t WHERE k = '%s'"),
        Shape("public.cast_in() may keep", "SELECT n::mail.state FROM t WHERE k = '%s'"),
        Shape("public.my_lower() may keep", "SELECT my_lower('%s')"),
        Shape("public.foreign_t is a foreign table", "SELECT v FROM foreign_t WHERE k = '%s'"),
        Shape("public.mixed_b is a foreign table", "SELECT v FROM mixed WHERE k = '%s'"),
        Shape("FOR UPDATE and FOR SHARE lock rows", "SELECT v FROM plain_view WHERE k = '%s' FOR SHARE"),
        Shape(
            "it changes data or is a command",
            "WITH w AS (INSERT INTO log VALUES ('%s') RETURNING k) SELECT k FROM w"),
        Shape("it changes data or is a command", "SELECT v INTO made FROM t WHERE k = '%s'"),
        Shape("it is no SELECT", "INSERT INTO log VALUES ('%s') RETURNING k"),
        Shape("it is no SELECT", "EXECUTE something('%s')"),
        Shape("TABLESAMPLE may answer", "SELECT v FROM t TABLESAMPLE BERNOULLI (50) WHERE k = '%s'"),
        Shape("table_to_xml() executes", "SELECT table_to_xml('t', true, false, '') WHERE 'x' = '%s'"),
        Shape(
            "crosstab() executes",
            "SELECT * FROM crosstab('SELECT 1, 1, 1') AS c (a int, b int) WHERE 'x' = '%s'"),
        Shape("pg_is_in_recovery() may answer", "SELECT pg_is_in_recovery()::text || '%s'"),
        Shape(
            "it could not be told: relation \"missing\" does not exist",
            "SELECT v FROM missing WHERE k = '%s'"),
        Shape("it could not be told", "SELECT extract(epoch FROM '%s')"),
    ]
}

extension Connection {
    /// The values of all rows.
    func askAll(_ sql: String) throws -> [String] {
        guard sendStatement(appendSQL: { $0 += sql.utf8 }), sendSync() else { throw error }
        var values: [String] = []
        while true {
            while let result = nextResult() {
                switch consume result {
                case .succeeded(let rows):
                    rows.forEachValue { value in
                        values.append(
                            unsafe value.withUnsafeBytes { unsafe String(decoding: $0, as: UTF8.self) })
                    }
                case .failed(let error): throw error
                case .disconnected(let error): throw error
                case .prepared: continue
                case .aborted: continue
                case .synced: return values
                }
            }
            guard flush() != .disconnected else { throw error }
            let deadline = MonotonicClock.now().advanced(byNanoseconds: 30_000_000_000)
            guard waitUntilReady(descriptor, for: .readable, until: deadline) else {
                throw SupportError("no answer")
            }
            consumeInput()
        }
    }
}
