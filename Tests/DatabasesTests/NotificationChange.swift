// What is done to the tables of a `NotificationScene`.

struct NotificationChange: Sendable {
    enum Effect: Sendable {
        /// No query's answer changes, and nothing is told: an UPDATE of what no query needs.
        case silent
        /// Whatever it does, what it changes is told.
        case told
        /// The look differs.
        case seen
    }

    let effect: Effect
    let sql: String

    init(_ effect: Effect, _ sql: String) {
        self.effect = effect
        self.sql = sql
    }

    static let all: [NotificationChange] = [
        .init(
            .told,
            "INSERT INTO alias (address, goto, local, domain) VALUES ('new@x.test', 'n', 'new', 'x.test')"),
        .init(.silent, "UPDATE alias SET last_used = now(), hits = hits + 1"),
        .init(.silent, "UPDATE alias SET goto = goto, address = address"),
        .init(
            .silent,
            "UPDATE parts SET used = 1; UPDATE mailbox SET quota = 5; INSERT INTO alias (address) SELECT address FROM alias LIMIT 0"
        ),
        .init(.silent, "DELETE FROM alias WHERE false; UPDATE alias SET goto = 'x' WHERE false"),
        .init(.silent, "BEGIN; UPDATE alias SET goto = 'x'; TRUNCATE chars; ROLLBACK"),
        .init(.told, "UPDATE alias SET address = 'A@x.test' WHERE address = 'a@x.test'"),
        .init(.told, "UPDATE alias SET address = 'a@x.test' WHERE address = 'A@x.test'"),
        .init(.told, "UPDATE alias SET goto = 'changed' WHERE address = 'b@x.test'"),
        .init(.told, "UPDATE alias SET active = false WHERE address = 'é@y.test'"),
        .init(.told, "UPDATE alias SET n = 1.00 WHERE n = 1"),
        .init(.told, "UPDATE alias SET note = '{ }' WHERE note IS NOT NULL"),
        .init(.told, "UPDATE alias SET s = 'off'"),
        .init(.told, "UPDATE alias SET goto = NULL WHERE goto = 'n'"),
        .init(
            .told,
            "UPDATE alias SET local = NULL WHERE local = 'a'; UPDATE alias SET local = 'a' WHERE local IS NULL"
        ),
        // Values change places.
        .init(
            .told,
            """
            UPDATE alias SET goto = CASE address WHEN 'a@x.test' THEN 'to-b' ELSE 'to-a' END
            WHERE address IN ('a@x.test', 'b@x.test')
            """),
        .init(.told, "INSERT INTO alias (address, goto) VALUES ('q''uote@x.test', 'q'), ('z.test', 'z')"),
        .init(
            .told,
            """
            INSERT INTO alias (address, goto) VALUES ('a@x.test', 'again'), ('A@x.test', 'first')
            ON CONFLICT (address) DO UPDATE SET goto = excluded.goto
            """),
        .init(
            .told,
            """
            MERGE INTO alias USING (VALUES ('b@x.test', 'merged'), ('c@y.test', 'made'), ('z.test', NULL)) AS v (k, g)
                ON address = k WHEN MATCHED AND g IS NULL THEN DELETE WHEN MATCHED THEN UPDATE SET goto = g
                WHEN NOT MATCHED THEN INSERT (address, goto, local, domain) VALUES (k, g, 'c', 'y.test')
            """),
        .init(
            .told,
            "WITH d AS (DELETE FROM alias WHERE address = 'A@x.test' RETURNING *) INSERT INTO parts SELECT address, goto FROM d"
        ),
        .init(.told, "COPY domains (domain, transport) FROM stdin;\nz.test\tsmtp:\n\\.\n"),
        .init(.told, "UPDATE domains SET domain = 'y2.test' WHERE domain = 'y.test'"),
        .init(.told, "UPDATE domains SET domain = 'y.test' WHERE domain = 'y2.test'"),
        .init(.told, "DELETE FROM domains WHERE domain = 'y.test'"),
        .init(
            .told,
            "INSERT INTO domains VALUES ('y.test', 'back'); INSERT INTO mailbox (name, domain) VALUES ('é', 'y.test')"
        ),
        .init(
            .told,
            "BEGIN; SET LOCAL session_replication_role = replica; UPDATE alias SET goto = 'replica'; COMMIT"),
        .init(
            .told,
            "SET standard_conforming_strings = off; SET extra_float_digits = -15; UPDATE alias SET goto = 'odd session'"
        ),
        .init(
            .told,
            "SET extra_float_digits = -15; UPDATE places SET f = 0.1 + 1e-17, p = '(1,2.0000000000000004)'"),
        .init(.told, "UPDATE places SET f = 0"), .init(.told, "UPDATE places SET f = -f"),
        .init(.told, "UPDATE places SET t = '{b,NULL}'; UPDATE places SET t = '{b,\"NULL\"}'"),
        .init(
            .told,
            "UPDATE people SET login = 'A@X.test' WHERE name = 'Ann'; UPDATE people SET name = 'ann' WHERE name = 'Ann'"
        ),
        .init(.told, "UPDATE chars SET k = 'y.test'"),
        .init(.told, "UPDATE folded SET k = 'A@x.test', v = 'V'"),
        .init(.told, "UPDATE parts SET goto = 'p2' WHERE address = 'b@x.test'"),
        .init(.told, "UPDATE parts_b SET goto = 'direct'; UPDATE parts_a SET goto = 'direct'"),
        // From one partition to the other.
        .init(
            .told,
            "UPDATE parts SET address = CASE address WHEN 'a@x.test' THEN 'A@x.test' ELSE address || '.' END"),
        .init(
            .told,
            "INSERT INTO parts VALUES ('a@x.test', 'pa'), ('b@x.test', 'pb'); DELETE FROM parts WHERE address = 'A@x.test'"
        ),
        .init(.told, "UPDATE elder SET v = 'through the parent'"),
        .init(.told, "UPDATE child SET v = 'child', own = 1"),
        .init(.silent, "UPDATE child SET own = 2"), .init(.told, "DELETE FROM elder WHERE k = 'b@x.test'"),
        .init(.told, "INSERT INTO child VALUES ('c@y.test', 'new')"),
        .init(.told, "UPDATE \"Odd S\".\"odd \"\"t\"\" é\" SET \"a b\" = 'other'"),
        .init(.silent, "UPDATE \"Odd S\".\"odd \"\"t\"\" é\" SET \"$mapmux$\" = 7"),
        .init(
            .told,
            "INSERT INTO alias (address, goto) SELECT n || '@bulk.test', n FROM generate_series(1, 10000) AS n"
        ),
        .init(.silent, "UPDATE alias SET last_used = now()"),
        .init(.told, "UPDATE alias SET goto = goto || '+'"),
        .init(.told, "DELETE FROM alias WHERE address LIKE '%bulk.test'"),
        .init(.told, "TRUNCATE alias"),
        .init(
            .told, "INSERT INTO alias (address, goto, local, domain) VALUES ('a@x.test', 'a', 'a', 'x.test')"),
        .init(
            .told,
            "BEGIN; SAVEPOINT s; UPDATE alias SET goto = 'lost'; ROLLBACK TO s; UPDATE alias SET goto = 'kept'; COMMIT"
        ),
        .init(.told, "TRUNCATE parts"),
        .init(.told, "INSERT INTO parts VALUES ('a@x.test', 'pa'), ('b@x.test', 'pb')"),
        // The machinery, and the schema.
        .init(
            .seen,
            """
            BEGIN; ALTER TABLE alias DISABLE TRIGGER mapmux_update; UPDATE alias SET goto = 'unseen';
            ALTER TABLE alias ENABLE ALWAYS TRIGGER mapmux_update; COMMIT
            """),
        .init(.seen, "ALTER TABLE people ALTER COLUMN name TYPE varchar(99) USING upper(name)"),
        .init(
            .seen,
            "ALTER TABLE alias RENAME COLUMN goto TO target; ALTER TABLE alias RENAME COLUMN target TO goto"),
        .init(
            .seen,
            "CREATE OR REPLACE VIEW live AS SELECT address, upper(goto) AS goto FROM alias"
        ),
        .init(
            .seen,
            "CREATE TABLE parts_c (address text, goto text, used int); ALTER TABLE parts DETACH PARTITION parts_b"
        ),
        .init(.seen, "ALTER TABLE parts ATTACH PARTITION parts_b FOR VALUES WITH (MODULUS 2, REMAINDER 1)"),
        .init(
            .seen,
            "CREATE TABLE grandchild (k text, v text) INHERITS (child); INSERT INTO grandchild VALUES ('A@x.test', 'g')"
        ),
        .init(.seen, "ALTER TYPE state RENAME VALUE 'on' TO 'open'"),
        .init(.seen, "ALTER TABLE chars ENABLE ROW LEVEL SECURITY"),
        .init(.seen, "ALTER TABLE chars DISABLE ROW LEVEL SECURITY"),
        .init(.seen, "DROP TRIGGER mapmux_truncate ON people; TRUNCATE people"),
        .init(
            .seen,
            "DO $$ BEGIN EXECUTE replace(pg_get_functiondef('mapmux_people'::regproc), '> 0', '> 1'); END $$"),
        .init(.seen, "ALTER FUNCTION mapmux_people() SET search_path = public"),
        .init(.seen, "ALTER FUNCTION mapmux_people() SECURITY DEFINER"),
        .init(
            .seen,
            "ALTER TABLE folded RENAME TO folded_old; CREATE TABLE folded (k text, v text); GRANT SELECT ON folded TO reader"
        ),
        .init(.seen, "ALTER ROLE reader SET timezone = 'UTC'"),
        .init(
            .told,
            "INSERT INTO alias (address, goto) VALUES ('b@x.test', 'last'); UPDATE people SET name = 'x'"),
    ]
}
