// Changes at one of two hosts: stock Postfix asks the other one, whatever the first one says.

import TestSupport

extension Change {
    package static let hostsApart: [Change] = [
        Change(
            "a right is missing at one host", at: .two, staying,
            change: .atFirstHost("REVOKE ALL ON people FROM {login}"),
            undo: .atFirstHost("GRANT SELECT ON people TO {login}"), effect: .changesNone),
        Change(
            "a table is missing at one host", at: .two, staying,
            change: .atFirstHost("ALTER TABLE people RENAME TO former"),
            undo: .atFirstHost("ALTER TABLE former RENAME TO people"), effect: .changesNone),
        Change(
            "a column is missing at one host", at: .two, staying,
            change: .atFirstHost("ALTER TABLE people RENAME box TO bin"),
            undo: .atFirstHost("ALTER TABLE people RENAME bin TO box"), effect: .changesNone),
        Change(
            "a function raises at one host", at: .two, setup: people + finding, query: "SELECT find('%s')",
            staying, change: .atFirstHost(raising("P0001")), undo: .atFirstHost(finding),
            effect: .changesNone),
        Change(
            "a query conflicts at one host", at: .two, setup: people + finding, query: "SELECT find('%s')",
            staying, change: .atFirstHost(raising("40001")), undo: .atFirstHost(finding),
            effect: .changesNone),
        Change(
            "a query is cancelled at one host", at: .two, setup: people + finding,
            query: "SELECT find('%s')", staying, change: .atFirstHost(raising("57014")),
            undo: .atFirstHost(finding), effect: .changesNone),
        Change(
            "a database is read only at one host", at: .two,
            setup: people + "CREATE TABLE seen (name text);\n\(writing)", query: "SELECT find('%s')",
            staying,
            change: .atFirstHost("ALTER DATABASE {database} SET default_transaction_read_only = on"),
            undo: .atFirstHost("ALTER DATABASE {database} RESET default_transaction_read_only"),
            effect: .changesNone),
        Change(
            "a host is read only", at: .two,
            setup: people + "CREATE TABLE seen (name text);\n\(writing)", query: "SELECT find('%s')",
            staying,
            change: .atFirstHost(
                "ALTER SYSTEM SET default_transaction_read_only = on; SELECT pg_reload_conf()"),
            undo: .atFirstHost(
                """
                SET default_transaction_read_only = off;
                ALTER SYSTEM RESET default_transaction_read_only;
                SELECT pg_reload_conf()
                """),
            effect: .changesNone),
        Change(
            "a login may not log in at one host", at: .two, staying,
            change: .atFirstHost("ALTER ROLE {login} NOLOGIN; \(ending)"),
            undo: .atFirstHost("ALTER ROLE {login} LOGIN"), effect: .changesNone),
        Change(
            "the server ends a login's connections", staying, change: .commands(ending),
            undo: .commands(ending), effect: .changesNone, mayFailMeanwhile: true),
        Change(
            "a right is missing at both hosts", at: .two,
            [("ann", "box1", .failure), ("nobody", .notFound, .failure)],
            change: .sql("REVOKE ALL ON people FROM {login}"),
            undo: .sql("GRANT SELECT ON people TO {login}")),
        Change(
            "a host stops", at: .two, staying, change: .stopFirstHost, undo: .startFirstHost,
            effect: .changesNone),
    ]

    private static let staying: [(String, Answer, Answer)] = [
        ("ann", "box1", "box1"), ("bob", "box2", "box2"), ("nobody", .notFound, .notFound),
    ]
    private static let ending =
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{login}'"
    private static let finding = find(
        "key text", "plpgsql", "BEGIN RETURN (SELECT box FROM people WHERE name = key); END")
    private static let writing = find(
        "key text", "plpgsql",
        "BEGIN INSERT INTO seen VALUES (key); RETURN (SELECT box FROM people WHERE name = key); END")

    private static func raising(_ sqlState: String) -> String {
        find("key text", "plpgsql", "BEGIN RAISE EXCEPTION USING ERRCODE = '\(sqlState)'; END")
    }
}
