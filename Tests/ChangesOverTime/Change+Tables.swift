// Changes of tables, their columns and rows, and of the schemas they are in.

import TestSupport

extension Change {
    package static let tables: [Change] = [
        Change(
            "a table is made anew",
            [("ann", "box1", "box9"), ("bob", "box2", .notFound), ("nobody", .notFound, .notFound)],
            change: .sql(
                """
                DROP TABLE people;
                CREATE TABLE people (name text PRIMARY KEY, box text NOT NULL);
                INSERT INTO people VALUES ('ann', 'box9')
                """),
            undo: .sql("DROP TABLE people; \(people)")),
        Change(
            "a table is made anew with other columns",
            [("ann", "box1", "box9"), ("bob", "box2", .notFound), ("nobody", .notFound, .notFound)],
            change: .sql(
                """
                DROP TABLE people;
                CREATE TABLE people (id int, box varchar(20), name varchar(20));
                INSERT INTO people VALUES (1, 'box9', 'ann')
                """),
            undo: .sql("DROP TABLE people; \(people)")),
        Change(
            "a table gives its name to another one",
            setup: people + "CREATE TABLE others AS SELECT 'ann'::varchar AS name, 'box9' AS box",
            [("ann", "box1", "box9"), ("bob", "box2", .notFound), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER TABLE people RENAME TO former; ALTER TABLE others RENAME TO people"),
            undo: .sql("ALTER TABLE people RENAME TO others; ALTER TABLE former RENAME TO people")),
        Change(
            "a table comes earlier in the path",
            setup: people + "CREATE SCHEMA first; ALTER ROLE {login} SET search_path = first, public",
            [("ann", "box1", "box8"), ("bob", "box2", .notFound), ("zoe", .notFound, "box9")],
            change: .sql(earlier), undo: .sql("DROP TABLE first.people")),
        Change(
            "a table goes that was earlier in the path",
            setup: people
                + "CREATE SCHEMA first; ALTER ROLE {login} SET search_path = first, public; \(earlier)",
            [("ann", "box8", "box1"), ("bob", .notFound, "box2"), ("zoe", "box9", .notFound)],
            change: .sql("DROP TABLE first.people"), undo: .sql(earlier)),
        Change(
            "a table comes earlier in the path of plpgsql",
            setup: people + find("key text", "plpgsql STABLE", "BEGIN RETURN (\(inFind)); END")
                + "CREATE SCHEMA first; ALTER ROLE {login} SET search_path = first, public",
            query: "SELECT find('%s')",
            [("ann", "box1", "box8"), ("bob", "box2", .notFound), ("zoe", .notFound, "box9")],
            change: .sql(earlier), undo: .sql("DROP TABLE first.people")),
        Change(
            "two schemas swap their names",
            setup: twoSchemas, query: "SELECT box FROM a.people WHERE name = '%s'", inTwoSchemas,
            change: .sql(swapSchemas), undo: .sql(swapSchemas)),
        Change(
            "a table moves to another schema",
            setup: twoSchemas + """
                CREATE SCHEMA hidden;
                ALTER TABLE b.people SET SCHEMA hidden;
                ALTER ROLE {login} SET search_path = b, a
                """,
            inTwoSchemas, change: .sql("ALTER TABLE hidden.people SET SCHEMA b"),
            undo: .sql("ALTER TABLE b.people SET SCHEMA hidden")),
        Change(
            "a column comes under a star", query: "SELECT * FROM people WHERE name = '%s'",
            [("ann", "ann,box1", "ann,box1,more"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER TABLE people ADD more text DEFAULT 'more'"),
            undo: .sql("ALTER TABLE people DROP more")),
        Change(
            "a column goes under a star", setup: people + "ALTER TABLE people ADD more text DEFAULT 'more'",
            query: "SELECT * FROM people WHERE name = '%s'",
            [("ann", "ann,box1,more", "ann,box1"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER TABLE people DROP more"),
            undo: .sql("ALTER TABLE people ADD more text DEFAULT 'more'")),
        Change(
            "two columns swap their names",
            setup: """
                CREATE TABLE people (name text, box text, former text);
                INSERT INTO people VALUES ('ann', 'box1', 'box8'), ('bob', 'box2', NULL)
                """,
            [("ann", "box1", "box8"), ("bob", "box2", .notFound), ("nobody", .notFound, .notFound)],
            change: .sql(swapColumns), undo: .sql(swapColumns)),
        Change(
            "a column is renamed away", [("ann", "box1", .failure), ("nobody", .notFound, .failure)],
            change: .sql("ALTER TABLE people RENAME box TO bin"),
            undo: .sql("ALTER TABLE people RENAME bin TO box")),
        Change(
            "a table is truncated", [("ann", "box1", .notFound), ("nobody", .notFound, .notFound)],
            change: .sql("TRUNCATE people"),
            undo: .sql("INSERT INTO people VALUES ('ann', 'box1'), ('bob', 'box2')")),
        Change(
            "rows come and change and go",
            [("ann", "box1", "box9"), ("bob", "box2", .notFound), ("dan", .notFound, "box4")],
            change: .sql(
                """
                INSERT INTO people VALUES ('dan', 'box4');
                UPDATE people SET box = 'box9' WHERE name = 'ann';
                DELETE FROM people WHERE name = 'bob'
                """),
            undo: .sql(
                """
                DELETE FROM people WHERE name = 'dan';
                UPDATE people SET box = 'box1' WHERE name = 'ann';
                INSERT INTO people VALUES ('bob', 'box2')
                """)),
        Change(
            "a table becomes unlogged", [("ann", "box1", "box1"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER TABLE people SET UNLOGGED"), undo: .sql("ALTER TABLE people SET LOGGED"),
            effect: .changesNone),
        Change(
            "a table inherits",
            setup: people + "CREATE TABLE guests AS SELECT 'dan' AS name, 'box4' AS box; \(notNull)",
            [("ann", "box1", "box1"), ("dan", .notFound, "box4"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER TABLE guests INHERIT people"),
            undo: .sql("ALTER TABLE guests NO INHERIT people")),
        Change(
            "a partition is attached",
            setup: """
                CREATE TABLE people (name text, box text) PARTITION BY LIST (name);
                CREATE TABLE first_people PARTITION OF people FOR VALUES IN ('ann');
                CREATE TABLE more_people (name text, box text);
                INSERT INTO people VALUES ('ann', 'box1');
                INSERT INTO more_people VALUES ('dan', 'box4')
                """,
            [("ann", "box1", "box1"), ("dan", .notFound, "box4"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER TABLE people ATTACH PARTITION more_people FOR VALUES IN ('dan')"),
            undo: .sql("ALTER TABLE people DETACH PARTITION more_people")),
        Change(
            "an index is dropped", [("ann", "box1", "box1"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER TABLE people DROP CONSTRAINT people_pkey"),
            undo: .sql("ALTER TABLE people ADD PRIMARY KEY (name)"), effect: .changesNone),
        Change(
            "a table is analyzed",
            setup: people
                + "INSERT INTO people SELECT 'user' || n, 'box' || n FROM generate_series(1, 5000) AS n",
            [("user7", "box7", "box7"), ("nobody", .notFound, .notFound)], change: .sql("ANALYZE people"),
            undo: .sql("ANALYZE people"), effect: .changesNone),
    ]

    private static let inFind = "SELECT box FROM people WHERE name = key"
    private static let earlier = """
        CREATE TABLE first.people (name varchar(9), box text);
        INSERT INTO first.people VALUES ('ann', 'box8'), ('zoe', 'box9')
        """
    private static let swapSchemas = """
        ALTER SCHEMA a RENAME TO c; ALTER SCHEMA b RENAME TO a; ALTER SCHEMA c RENAME TO b
        """
    private static let swapColumns = """
        ALTER TABLE people RENAME box TO other;
        ALTER TABLE people RENAME former TO box;
        ALTER TABLE people RENAME other TO former
        """
    /// A child's columns must be as strict as its parent's.
    private static let notNull = "ALTER TABLE guests ALTER name SET NOT NULL, ALTER box SET NOT NULL"
}
