// Functions that leave something behind in a transaction, a session or a table, beside neighbours that must not notice.

import TestSupport

extension Change {
    package static let apart: [Change] = [
        Change(
            "a function sets the path of its transaction", setup: paths,
            query: "SELECT find('%s')", inTwoSchemas, neighbour: unmoved,
            change: .sql(doing("PERFORM set_config('search_path', 'b', true);", inFind)),
            undo: .sql(doing("", inFind))),
        Change(
            "a function sets the path of its session", setup: paths,
            query: "SELECT find('%s')", inTwoSchemas, neighbour: unmoved,
            change: .sql(doing("PERFORM set_config('search_path', 'b, public', false);", inFind)),
            undo: .sql(doing("", inFind))),
        Change(
            "a function makes a table for its transaction", setup: people + doing("", inFind),
            query: "SELECT find('%s')",
            [("ann", "box1", "mine box1"), ("bob", "box2", "mine box2"), ("nobody", .notFound, .notFound)],
            neighbour: same,
            change: .sql(
                doing(
                    """
                    CREATE TEMP TABLE IF NOT EXISTS mine ON COMMIT DROP AS \(inFind);
                    """, "SELECT 'mine ' || string_agg(box, '+') FROM mine")),
            undo: .sql(doing("", inFind))),
        Change(
            "a function makes a table that shadows another", setup: people + doing("", inFind),
            query: "SELECT find('%s')",
            [("ann", "box1", "shadow"), ("bob", "box2", .notFound), ("nobody", .notFound, .notFound)],
            neighbour: same,
            change: .sql(
                doing(
                    "CREATE TEMP TABLE IF NOT EXISTS people AS SELECT 'ann' AS name, 'shadow' AS box;", inFind
                )),
            undo: .sql(doing("", inFind))),
        Change(
            "a function takes another role", setup: owners + doing("", inFindByOwner),
            query: "SELECT find('%s')",
            [("ann", "box1", .notFound), ("bob", .notFound, "box2"), ("nobody", .notFound, .notFound)],
            neighbour: Map(byOwner, [("ann", "box1", "box1"), ("bob", .notFound, .notFound)]),
            change: .sql(doing("PERFORM set_config('role', '{login}_other', false);", inFindByOwner)),
            undo: .sql(doing("", inFindByOwner))),
        Change(
            "a function takes back the role of a login",
            setup: owners + "ALTER ROLE {login} SET role = '{login}_other';\n" + doing("", inFindByOwner),
            query: "SELECT find('%s')",
            [("ann", .notFound, "box1"), ("bob", "box2", .notFound), ("nobody", .notFound, .notFound)],
            neighbour: Map(byOwner, [("ann", .notFound, .notFound), ("bob", "box2", "box2")]),
            change: .sql(doing("PERFORM set_config('role', '{login}', false);", inFindByOwner)),
            undo: .sql(doing("", inFindByOwner))),
        Change(
            "a function sets what a policy for rows reads", setup: realms + doing("", inFind),
            query: "SELECT find('%s')",
            [("ann", "box1", .notFound), ("bob", .notFound, "box2"), ("nobody", .notFound, .notFound)],
            neighbour: Map(byName, [("ann", "box1", "box1"), ("bob", .notFound, .notFound)]),
            change: .sql(doing("PERFORM set_config('app.realm', 'b', false);", inFind)),
            undo: .sql(doing("", inFind))),
        Change(
            "a function counts beside a query that errs",
            setup: people + "CREATE TABLE seen (name text);\n"
                + doing("INSERT INTO seen VALUES (key);", inFind),
            query: "SELECT find('%s')", [("ann", "box1", "box9"), ("nobody", .notFound, .notFound)],
            neighbour: Map(
                "SELECT box FROM people WHERE name = '%s' OR 1 / length(replace('%s', 'x', '')) > 9",
                [("x", .failure, .failure), ("bob", "box2", "box2")]),
            change: .sql("UPDATE people SET box = 'box9' WHERE name = 'ann'"),
            undo: .sql("UPDATE people SET box = 'box1' WHERE name = 'ann'"),
            tally: "SELECT count(*) FROM seen"),
        Change(
            "a query counts without a function of its own",
            setup: people + "CREATE SEQUENCE asked",
            query: """
                SELECT (SELECT box FROM people WHERE name = '%s')
                    FROM (SELECT nextval('asked')) AS counted (number) WHERE number > 0
                """,
            [("ann", "box1", "box9"), ("nobody", .notFound, .notFound)], neighbour: other,
            change: .sql("UPDATE people SET box = 'box9' WHERE name = 'ann'"),
            undo: .sql("UPDATE people SET box = 'box1' WHERE name = 'ann'"),
            tally: "SELECT last_value FROM asked"),
        Change(
            "a constraint fails at the end of the transaction",
            setup: people + """
                CREATE TABLE known AS SELECT unnest(ARRAY['ann', 'bob', 'nobody']) AS name;
                CREATE TABLE seen (name text);
                CREATE FUNCTION must_be_known() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                    IF NEW.name NOT IN (SELECT name FROM known) THEN RAISE foreign_key_violation; END IF;
                    RETURN NULL;
                END $$;
                CREATE CONSTRAINT TRIGGER known AFTER INSERT ON seen DEFERRABLE INITIALLY DEFERRED
                    FOR EACH ROW EXECUTE FUNCTION must_be_known();

                """ + doing("INSERT INTO seen VALUES (key);", inFind),
            query: "SELECT find('%s')",
            [("ann", "box1", .failure), ("bob", "box2", "box2"), ("nobody", .notFound, .notFound)],
            neighbour: same, change: .sql("DELETE FROM known WHERE name = 'ann'"),
            undo: .sql("INSERT INTO known VALUES ('ann')"), tally: "SELECT count(*) FROM seen"),
    ]

    private static let inFind = "SELECT box FROM people WHERE name = key"
    private static let inFindByOwner =
        "SELECT box FROM people WHERE name = key AND owner = current_user"

    /// A function that does something and then finds.
    private static func doing(_ statements: String, _ query: String) -> String {
        find("key text", "plpgsql", "BEGIN \(statements) RETURN (\(query)); END")
    }

    private static let paths =
        twoSchemas + "ALTER ROLE {login} SET search_path = a, public;\n"
        + doing("", inFind)

    /// What the neighbour of `paths` is asked.
    private static let unmoved = Map(
        byName, [("ann", "box1", "box1"), ("bob", "box2", "box2"), ("zoe", .notFound, .notFound)])
    private static let other = Map(byName, [("bob", "box2", "box2"), ("nobody", .notFound, .notFound)])
    private static let same = Map(
        byName, [("ann", "box1", "box1"), ("bob", "box2", "box2"), ("nobody", .notFound, .notFound)])
}
