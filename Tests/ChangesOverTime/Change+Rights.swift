// Changes of what a login may do and see.

import TestSupport

extension Change {
    package static let rights: [Change] = [
        Change(
            "the right to a table is revoked", [("ann", "box1", .failure), ("nobody", .notFound, .failure)],
            change: .sql("REVOKE ALL ON people FROM {login}"),
            undo: .sql("GRANT SELECT ON people TO {login}")),
        Change(
            "the right to a column is revoked",
            setup: people
                + "REVOKE ALL ON people FROM {login}; GRANT SELECT (name, box) ON people TO {login}",
            [("ann", "box1", .failure), ("nobody", .notFound, .failure)],
            change: .sql("REVOKE SELECT (box) ON people FROM {login}"),
            undo: .sql("GRANT SELECT (box) ON people TO {login}")),
        Change(
            "the right to a schema is revoked",
            setup: "CREATE SCHEMA house; SET search_path = house; \(people)",
            query: "SELECT box FROM house.people WHERE name = '%s'",
            [("ann", "box1", .failure), ("nobody", .notFound, .failure)],
            change: .sql("REVOKE USAGE ON SCHEMA house FROM {login}"),
            undo: .sql("GRANT USAGE ON SCHEMA house TO {login}")),
        Change(
            "the right to a function is revoked",
            setup: people + find("key text", "sql STABLE", "SELECT box FROM people WHERE name = key")
                + "REVOKE ALL ON FUNCTION find(text) FROM public",
            query: "SELECT find('%s')", [("ann", "box1", .failure), ("nobody", .notFound, .failure)],
            change: .sql("REVOKE ALL ON FUNCTION find(text) FROM {login}"),
            undo: .sql("GRANT EXECUTE ON FUNCTION find(text) TO {login}")),
        Change(
            "the right to a table is granted", setup: people + "REVOKE ALL ON people FROM {login}",
            [("ann", .failure, "box1"), ("nobody", .failure, .notFound)],
            change: .sql("GRANT SELECT ON people TO {login}"),
            undo: .sql("REVOKE SELECT ON people FROM {login}")),
        Change(
            "a login leaves its group",
            setup: people + """
                CREATE ROLE {login}_group;
                REVOKE ALL ON people FROM {login};
                GRANT SELECT ON people TO {login}_group;
                GRANT {login}_group TO {login}
                """,
            [("ann", "box1", .failure), ("nobody", .notFound, .failure)],
            change: .sql("REVOKE {login}_group FROM {login}"), undo: .sql("GRANT {login}_group TO {login}")),
        Change(
            "a policy for rows comes",
            [("ann", "box1", .notFound), ("bob", "box2", "box2"), ("nobody", .notFound, .notFound)],
            change: .sql(
                """
                CREATE POLICY seen ON people USING (name <> 'ann');
                ALTER TABLE people ENABLE ROW LEVEL SECURITY
                """),
            undo: .sql("ALTER TABLE people DISABLE ROW LEVEL SECURITY; DROP POLICY seen ON people")),
        Change(
            "a policy for rows changes",
            setup: people + """
                CREATE POLICY seen ON people USING (name <> 'bob');
                ALTER TABLE people ENABLE ROW LEVEL SECURITY
                """,
            [("ann", "box1", .notFound), ("bob", .notFound, "box2"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER POLICY seen ON people USING (name <> 'ann')"),
            undo: .sql("ALTER POLICY seen ON people USING (name <> 'bob')")),
        Change(
            "a policy for rows reads a setting of the login",
            setup: realms + "ALTER ROLE {login} SET app.realm = 'a'",
            [("ann", "box1", .notFound), ("bob", .notFound, "box2"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER ROLE {login} SET app.realm = 'b'"),
            undo: .sql("ALTER ROLE {login} SET app.realm = 'a'")),
    ]

    /// Of which a session sees those of its realm, and otherwise realm `a`.
    package static let realms = """
        CREATE TABLE people (name text, realm text, box text);
        INSERT INTO people VALUES ('ann', 'a', 'box1'), ('bob', 'b', 'box2');
        CREATE POLICY seen ON people
            USING (realm = coalesce(nullif(current_setting('app.realm', true), ''), 'a'));
        ALTER TABLE people ENABLE ROW LEVEL SECURITY;

        """
}
