// Changes of types, operators and casts.

import TestSupport

extension Change {
    package static let types: [Change] = [
        Change(
            "a column becomes citext", setup: people + "CREATE EXTENSION citext",
            [("cid", .notFound, "box3"), ("ann", "box1", "box1"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER TABLE people ALTER name TYPE citext"),
            undo: .sql("ALTER TABLE people ALTER name TYPE text")),
        Change(
            "an extension comes and a column takes its type",
            [("cid", .notFound, "box3"), ("ann", "box1", "box1"), ("nobody", .notFound, .notFound)],
            change: .sql("CREATE EXTENSION citext; ALTER TABLE people ALTER name TYPE citext"),
            undo: .sql("ALTER TABLE people ALTER name TYPE text; DROP EXTENSION citext")),
        Change(
            "a number becomes text",
            setup:
                "CREATE TABLE people (name int PRIMARY KEY, box text); INSERT INTO people VALUES (7, 'box7')",
            [("7", "box7", "box7"), ("07", "box7", .notFound), ("ann", .failure, .notFound)],
            change: .sql("ALTER TABLE people ALTER name TYPE text"),
            undo: .sql("ALTER TABLE people ALTER name TYPE int USING name::int")),
        Change(
            "text becomes varchar", [("ann", "box1", "box1"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER TABLE people ALTER name TYPE varchar(9), ALTER box TYPE varchar(9)"),
            undo: .sql("ALTER TABLE people ALTER name TYPE text, ALTER box TYPE text"),
            effect: .changesNone),
        Change(
            "text becomes char where blanks do not count",
            [("ann ", .notFound, "box1"), ("ann", "box1", "box1"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER TABLE people ALTER name TYPE char(8)"),
            undo: .sql("ALTER TABLE people ALTER name TYPE text")),
        Change(
            "a collation comes that ignores case",
            setup: people + """
                CREATE COLLATION caseless (provider = icu, locale = 'und-u-ks-level2', deterministic = false)
                """,
            [("cid", .notFound, "box3"), ("ann", "box1", "box1"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER TABLE people ALTER name TYPE text COLLATE caseless"),
            undo: .sql(#"ALTER TABLE people ALTER name TYPE text COLLATE "default""#)),
        Change(
            "the type of a value changes",
            setup: "CREATE TABLE people (name text, box int); INSERT INTO people VALUES ('ann', 1)",
            [("ann", "1", "1.00"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER TABLE people ALTER box TYPE numeric(6, 2)"),
            undo: .sql("ALTER TABLE people ALTER box TYPE int")),
        Change(
            "an enum gets a label",
            setup: """
                CREATE TYPE kind AS ENUM ('user', 'list');
                CREATE TABLE people (name kind, box text);
                INSERT INTO people VALUES ('user', 'box1')
                """,
            query: "SELECT box FROM people WHERE name <> '%s'",
            [("alias", .failure, "box1"), ("list", "box1", "box1"), ("user", .notFound, .notFound)],
            change: .sql("ALTER TYPE kind ADD VALUE 'alias'"),
            undo: .sql(
                """
                ALTER TABLE people ALTER name TYPE text;
                DROP TYPE kind;
                CREATE TYPE kind AS ENUM ('user', 'list');
                ALTER TABLE people ALTER name TYPE kind USING name::kind
                """)),
        Change(
            "the check of a domain changes",
            setup: people + "CREATE DOMAIN word AS text CONSTRAINT allowed CHECK (VALUE <> 'bob')",
            query: "SELECT box FROM people WHERE name = '%s'::word",
            [("bob", .failure, "box2"), ("ann", "box1", .failure), ("nobody", .notFound, .notFound)],
            change: .sql(
                """
                ALTER DOMAIN word DROP CONSTRAINT allowed;
                ALTER DOMAIN word ADD CONSTRAINT allowed CHECK (VALUE <> 'ann')
                """),
            undo: .sql(
                """
                ALTER DOMAIN word DROP CONSTRAINT allowed;
                ALTER DOMAIN word ADD CONSTRAINT allowed CHECK (VALUE <> 'bob')
                """)),
        Change(
            "an operator is made anew with another function",
            setup: people + """
                CREATE FUNCTION same(text, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT $1 = $2';
                CREATE FUNCTION alike(text, text) RETURNS boolean IMMUTABLE LANGUAGE sql
                    AS 'SELECT lower($1) = lower($2)';
                CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same)
                """,
            query: "SELECT box FROM people WHERE name === '%s'",
            [("cid", .notFound, "box3"), ("ann", "box1", "box1"), ("nobody", .notFound, .notFound)],
            change: .sql(
                """
                DROP OPERATOR === (text, text);
                CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = alike)
                """),
            undo: .sql(
                """
                DROP OPERATOR === (text, text);
                CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same)
                """),
            mayFailMeanwhile: true),
        Change(
            "a cast comes", setup: sizes, query: bySize,
            [("ann", .failure, "box1"), ("nobody", .failure, .notFound)],
            change: .sql("CREATE CAST (int AS size) WITH FUNCTION size_of(int)"),
            undo: .sql("DROP CAST (int AS size)"), mayFailMeanwhile: true),
        Change(
            "a cast is made anew with another function",
            setup: sizes + "CREATE CAST (int AS size) WITH FUNCTION size_of(int)", query: bySize,
            [("ann", "box1", .notFound), ("alice", "box2", "box2"), ("nobody", .notFound, .notFound)],
            change: .sql(
                "DROP CAST (int AS size); CREATE CAST (int AS size) WITH FUNCTION always_long(int)"),
            undo: .sql("DROP CAST (int AS size); CREATE CAST (int AS size) WITH FUNCTION size_of(int)"),
            mayFailMeanwhile: true),
    ]

    private static let sizes = """
        CREATE TYPE size AS ENUM ('short', 'long');
        CREATE FUNCTION size_of(int) RETURNS size IMMUTABLE LANGUAGE sql
            AS $$ SELECT CASE WHEN $1 > 3 THEN 'long' ELSE 'short' END::size $$;
        CREATE FUNCTION always_long(int) RETURNS size IMMUTABLE LANGUAGE sql AS $$ SELECT 'long'::size $$;
        CREATE TABLE people (name text PRIMARY KEY, size size, box text);
        INSERT INTO people VALUES ('ann', 'short', 'box1'), ('alice', 'long', 'box2');

        """
    private static let bySize = "SELECT box FROM people WHERE size = length('%s')::size AND name = '%s'"
}
