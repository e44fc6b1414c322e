// Changes of a database, and which of them may change what a query means or whether it is pure.

/// Something that is done to a database while tables are looked up.
struct PurityChange {
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
