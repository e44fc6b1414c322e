// Changes of settings, which a session has from its login, its database or the server.

import TestSupport

extension Change {
    package static let settings: [Change] = [
        Change(
            "a login gets another search_path",
            setup: twoSchemas + "ALTER ROLE {login} SET search_path = a", inTwoSchemas,
            change: .sql("ALTER ROLE {login} SET search_path = b"),
            undo: .sql("ALTER ROLE {login} SET search_path = a")),
        Change(
            "a database gets another search_path",
            setup: twoSchemas + "ALTER DATABASE {database} SET search_path = a", inTwoSchemas,
            change: .sql("ALTER DATABASE {database} SET search_path = b"),
            undo: .sql("ALTER DATABASE {database} SET search_path = a")),
        Change(
            "a login in a database gets another search_path",
            setup: twoSchemas + "ALTER DATABASE {database} SET search_path = a", inTwoSchemas,
            change: .sql("ALTER ROLE {login} IN DATABASE {database} SET search_path = b"),
            undo: .sql("ALTER ROLE {login} IN DATABASE {database} RESET search_path")),
        Change(
            "a login gets another time zone",
            setup: """
                CREATE TABLE people (name text, since timestamptz);
                INSERT INTO people VALUES ('ann', '2024-01-01 12:00+00');
                ALTER ROLE {login} SET timezone = 'UTC'
                """,
            query: "SELECT to_char(since, 'HH24:MI') FROM people WHERE name = '%s'",
            [("ann", "12:00", "21:00"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER ROLE {login} SET timezone = 'Asia/Tokyo'"),
            undo: .sql("ALTER ROLE {login} SET timezone = 'UTC'")),
        Change(
            "a server gets another time zone",
            setup: """
                CREATE TABLE people (name text, since timestamptz);
                INSERT INTO people VALUES ('ann', '2024-01-01 12:00+00')
                """,
            query: "SELECT to_char(since, 'MI') FROM people WHERE name = '%s'",
            [("ann", "00", "30"), ("nobody", .notFound, .notFound)],
            change: .commands("ALTER SYSTEM SET timezone = 'Asia/Kolkata'; SELECT pg_reload_conf()"),
            undo: .commands("ALTER SYSTEM RESET timezone; SELECT pg_reload_conf()")),
        Change(
            "all logins get a setting",
            setup: """
                CREATE TABLE people (name text, realm text, box text);
                INSERT INTO people VALUES ('ann', 'a', 'box1'), ('bob', 'b', 'box2')
                """,
            query: """
                SELECT box FROM people WHERE name = '%s'
                    AND realm = coalesce(nullif(current_setting('app.realm_of_all', true), ''), 'a')
                """,
            [("ann", "box1", .notFound), ("bob", .notFound, "box2"), ("nobody", .notFound, .notFound)],
            change: .commands("ALTER ROLE ALL SET app.realm_of_all = 'b'"),
            undo: .commands("ALTER ROLE ALL RESET app.realm_of_all")),
        Change(
            "a database reads dates otherwise",
            setup: """
                CREATE TABLE people (born date, box text);
                INSERT INTO people VALUES ('2020-02-01', 'box1');
                ALTER DATABASE {database} SET datestyle = 'ISO, MDY'
                """,
            query: "SELECT box FROM people WHERE born = '%s'",
            [
                ("01/02/2020", .notFound, "box1"), ("02/01/2020", "box1", .notFound),
                ("2020-02-01", "box1", "box1"),
            ],
            change: .sql("ALTER DATABASE {database} SET datestyle = 'ISO, DMY'"),
            undo: .sql("ALTER DATABASE {database} SET datestyle = 'ISO, MDY'")),
        Change(
            "a server reads backslashes as escapes",
            setup: people + #"""
                INSERT INTO people VALUES ('a\b', 'box4'), ('o''neil', 'box5'), ('\', 'box6')
                """#,
            backslashes,
            neighbour: Map("SELECT concat(box, '') FROM people WHERE name = concat('%s', '')", backslashes),
            change: .commands("ALTER SYSTEM SET standard_conforming_strings = off; SELECT pg_reload_conf()"),
            undo: .commands("ALTER SYSTEM RESET standard_conforming_strings; SELECT pg_reload_conf()"),
            effect: .changesNone),
        Change(
            "a login may only read",
            setup: people + """
                CREATE TABLE seen (name text);
                \(find("key text", "plpgsql", "BEGIN INSERT INTO seen VALUES (key); RETURN (\(inFind)); END"))
                """,
            query: "SELECT find('%s')", [("ann", "box1", .failure), ("nobody", .notFound, .failure)],
            change: .sql("ALTER ROLE {login} SET default_transaction_read_only = on"),
            undo: .sql("ALTER ROLE {login} RESET default_transaction_read_only")),
        Change(
            "a login gets less time",
            setup: people + "UPDATE people SET box = 'box8' WHERE name = 'bob'",
            query: "SELECT box FROM people WHERE name = '%s' AND (name = 'ann' OR pg_sleep(0.5) IS NOT NULL)",
            [("bob", "box8", .failure), ("ann", "box1", "box1"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER ROLE {login} SET statement_timeout = '250ms'"),
            undo: .sql("ALTER ROLE {login} RESET statement_timeout"), isSlow: true),
        Change(
            "a login takes another role", setup: owners, query: byOwner,
            [("ann", "box1", .notFound), ("bob", .notFound, "box2"), ("nobody", .notFound, .notFound)],
            change: .sql("ALTER ROLE {login} SET role = '{login}_other'"),
            undo: .sql("ALTER ROLE {login} RESET role")),
    ]

    private static let inFind = "SELECT box FROM people WHERE name = key"
    private static let backslashes: [(String, Answer, Answer)] = [
        (#"a\b"#, "box4", "box4"), ("o'neil", "box5", "box5"), (#"\"#, "box6", "box6"),
        (#"\' or true --"#, .notFound, .notFound), (#"a\\b"#, .notFound, .notFound),
    ]

    /// Rows of the login and of another role that it may take.
    package static let owners = """
        CREATE ROLE {login}_other;
        GRANT {login}_other TO {login};
        CREATE TABLE people (name text, owner text, box text);
        INSERT INTO people VALUES ('ann', '{login}', 'box1'), ('bob', '{login}_other', 'box2');
        GRANT SELECT ON people TO public;

        """
    package static let byOwner = "SELECT box FROM people WHERE name = '%s' AND owner = current_user"
}
