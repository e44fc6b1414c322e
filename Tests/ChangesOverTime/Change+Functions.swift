// Changes of functions and views.

import TestSupport

extension Change {
    package static let functions: [Change] = [
        replaced("IMMUTABLE", "sql"), replaced("STABLE", "sql"), replaced("VOLATILE", "sql"),
        replaced("IMMUTABLE", "plpgsql"), replaced("STABLE", "plpgsql"), replaced("VOLATILE", "plpgsql"),
        readingARow("sql", "SELECT name FROM here"),
        readingARow("plpgsql", "BEGIN RETURN (SELECT name FROM here); END"),
        Change(
            "a better overload comes", setup: people + find("key varchar", "sql STABLE", box),
            query: "SELECT find('%s')",
            [("ann", "box1", "box1 anew"), ("nobody", .notFound, .notFound)],
            change: .sql(find("key text", "sql STABLE", anew)), undo: .sql("DROP FUNCTION find(text)"),
            mayFailMeanwhile: true),
        Change(
            "a function comes earlier in the path",
            setup: people + find("key text", "sql STABLE", box)
                + "CREATE SCHEMA first; ALTER ROLE {login} SET search_path = first, public",
            query: "SELECT find('%s')",
            [("ann", "box1", "box1 anew"), ("nobody", .notFound, .notFound)],
            change: .sql("SET LOCAL search_path = first, public; \(find("key text", "sql STABLE", anew))"),
            undo: .sql("DROP FUNCTION first.find(text)"), mayFailMeanwhile: true),
        Change(
            "a function gets another search_path",
            setup: twoSchemas + find("key text", "sql STABLE SET search_path = a", box),
            query: "SELECT find('%s')", inTwoSchemas,
            change: .sql("ALTER FUNCTION find(text) SET search_path = b"),
            undo: .sql("ALTER FUNCTION find(text) SET search_path = a")),
        Change(
            "a function is made anew with another type",
            setup: people
                + "CREATE FUNCTION size(text) RETURNS int STABLE LANGUAGE sql AS 'SELECT length($1)'",
            query: "SELECT size(box) FROM people WHERE name = '%s'",
            [("ann", "4", "4 letters"), ("nobody", .notFound, .notFound)],
            change: .sql(
                """
                DROP FUNCTION size(text);
                CREATE FUNCTION size(text) RETURNS text STABLE LANGUAGE sql
                    AS $$ SELECT length($1) || ' letters' $$
                """),
            undo: .sql(
                """
                DROP FUNCTION size(text);
                CREATE FUNCTION size(text) RETURNS int STABLE LANGUAGE sql AS 'SELECT length($1)'
                """),
            mayFailMeanwhile: true),
        Change(
            "a function becomes SECURITY DEFINER",
            setup: people + find("key text", "sql STABLE", box) + "REVOKE ALL ON people FROM {login}",
            query: "SELECT find('%s')", [("ann", .failure, "box1"), ("nobody", .failure, .notFound)],
            change: .sql("ALTER FUNCTION find(text) SECURITY DEFINER"),
            undo: .sql("ALTER FUNCTION find(text) SECURITY INVOKER")),
        Change(
            "a view is replaced", setup: people + "CREATE VIEW boxes AS SELECT name, box FROM people",
            query: "SELECT box FROM boxes WHERE name = '%s'",
            [("ann", "box1", .notFound), ("bob", "box2", "box2"), ("nobody", .notFound, .notFound)],
            change: .sql(
                "CREATE OR REPLACE VIEW boxes AS SELECT name, box FROM people WHERE name <> 'ann'"),
            undo: .sql("CREATE OR REPLACE VIEW boxes AS SELECT name, box FROM people")),
        Change(
            "a view gives way to a table",
            setup: people + "CREATE VIEW boxes AS SELECT name, box FROM people",
            query: "SELECT box FROM boxes WHERE name = '%s'",
            [("ann", "box1", .notFound), ("bob", "box2", "box2"), ("nobody", .notFound, .notFound)],
            change: .sql(
                "DROP VIEW boxes; CREATE TABLE boxes AS SELECT name, box FROM people WHERE name <> 'ann'"),
            undo: .sql("DROP TABLE boxes; CREATE VIEW boxes AS SELECT name, box FROM people")),
        Change(
            "a materialized view is refreshed",
            setup: people + """
                CREATE MATERIALIZED VIEW boxes AS SELECT name, box FROM people;
                UPDATE people SET name = 'dan' WHERE name = 'ann'
                """,
            query: "SELECT box FROM boxes WHERE name = '%s'",
            [("ann", "box1", .notFound), ("dan", .notFound, "box1"), ("bob", "box2", "box2")],
            change: .sql("REFRESH MATERIALIZED VIEW boxes"),
            undo: .sql(
                """
                UPDATE people SET name = 'ann' WHERE name = 'dan';
                REFRESH MATERIALIZED VIEW boxes
                """)),
        Change(
            "a view asks with the rights of its user",
            setup: people + """
                CREATE VIEW boxes AS SELECT name, box FROM people;
                REVOKE ALL ON people FROM {login}
                """,
            query: "SELECT box FROM boxes WHERE name = '%s'",
            [("ann", "box1", .failure), ("nobody", .notFound, .failure)],
            change: .sql("ALTER VIEW boxes SET (security_invoker = on)"),
            undo: .sql("ALTER VIEW boxes RESET (security_invoker)")),
    ]

    private static let box = "SELECT box FROM people WHERE name = key"
    private static let anew = "SELECT box || ' anew' FROM people WHERE name = key"

    /// - Parameter language: goes with the volatility and more.
    package static func find(_ parameters: String, _ language: String, _ body: String) -> String {
        "CREATE OR REPLACE FUNCTION find(\(parameters)) RETURNS text LANGUAGE \(language) AS $$ \(body) $$;\n"
    }

    private static func replaced(_ volatility: String, _ language: String) -> Change {
        func make(_ body: String) -> String {
            let body = language == "sql" ? body : "BEGIN RETURN (\(body)); END"
            return find("key text", "\(language) \(volatility)", body)
        }
        return Change(
            "a function is replaced \(volatility) \(language)", setup: people + make(box),
            query: "SELECT find('%s')",
            [("ann", "box1", "box1 anew"), ("nobody", .notFound, .notFound)], change: .sql(make(anew)),
            undo: .sql(make(box)))
    }

    private static func readingARow(_ language: String, _ body: String) -> Change {
        Change(
            "an IMMUTABLE \(language) function reads a row that changes",
            setup: """
                CREATE TABLE people (name text, realm text, box text);
                INSERT INTO people VALUES ('ann', 'a', 'box1'), ('bob', 'b', 'box2');
                CREATE TABLE here (name text);
                INSERT INTO here VALUES ('a');
                CREATE FUNCTION realm_here() RETURNS text IMMUTABLE LANGUAGE \(language) AS $$ \(body) $$
                """,
            query: "SELECT box FROM people WHERE name = '%s' AND realm = realm_here()",
            [("ann", "box1", .notFound), ("bob", .notFound, "box2"), ("nobody", .notFound, .notFound)],
            change: .sql("UPDATE here SET name = 'b'"), undo: .sql("UPDATE here SET name = 'a'"))
    }

    /// Two tables of one name, told apart by their schemas.
    package static let twoSchemas = """
        CREATE SCHEMA a; CREATE SCHEMA b;
        CREATE TABLE a.people (name text PRIMARY KEY, box text);
        CREATE TABLE b.people (name text PRIMARY KEY, box text);
        INSERT INTO a.people VALUES ('ann', 'box1'), ('bob', 'box2');
        INSERT INTO b.people VALUES ('ann', 'box8'), ('zoe', 'box9');

        """
    package static let inTwoSchemas: [(String, Answer, Answer)] = [
        ("ann", "box1", "box8"), ("bob", "box2", .notFound), ("zoe", .notFound, "box9"),
        ("nobody", .notFound, .notFound),
    ]
}
