// Changes of files, and of logins and passwords that files name: each is followed by a reload.

import TestSupport

extension Change {
    package static let files: [Change] = [
        Change(
            "a file gets another query",
            [("ann", "box1", "new box1"), ("cid", .notFound, "new box3"), ("nobody", .notFound, .notFound)],
            change: .reload(
                .map(query: "SELECT 'new ' || box FROM people WHERE lower(name) = '%s'", more: "")),
            undo: .reload(.same)),
        Change(
            "a file gets another result format",
            [("ann", "box1", "box1@example.com"), ("nobody", .notFound, .notFound)],
            change: .reload(.map(query: byName, more: "result_format = %s@example.com")),
            undo: .reload(.same)),
        Change(
            "a file names another database",
            setup: people + """
                UPDATE people SET box = 'box9' WHERE name = 'ann';
                DELETE FROM people WHERE name = 'bob'
                """,
            more: "dbname = a_file_gets_another_query\nuser = a_file_gets_another_query",
            [("ann", "box1", "box9"), ("bob", "box2", .notFound), ("nobody", .notFound, .notFound)],
            change: .reload(.map(query: byName, more: "")), undo: .reload(.same)),
        Change(
            "a file breaks and is mended", kept,
            change: .reload(.broken("hosts = \nquery = SELECT %s %\nno equals sign\n")),
            undo: .reload(.same),
            effect: .changesStockOnly("a file's last good form serves until it is mended")),
        Change(
            "a file is missing and comes back", kept, change: .reload(.missing), undo: .reload(.same),
            effect: .changesStockOnly("a file's last good form serves until it is back")),
        Change(
            "a password changes on both sides",
            setup: people + "GRANT with_password TO {login}; ALTER ROLE {login} PASSWORD 'one'",
            more: "password = one", kept,
            change: .reload(
                sql: "ALTER ROLE {login} PASSWORD 'two'", .map(query: byName, more: "password = two")),
            undo: .reload(sql: "ALTER ROLE {login} PASSWORD 'one'", .same), effect: .changesNone,
            mayFailMeanwhile: true),
        Change(
            "a password changes at the server only",
            setup: people + "GRANT with_password TO {login}; ALTER ROLE {login} PASSWORD 'one'",
            more: "password = one", kept,
            change: .reload(sql: "ALTER ROLE {login} PASSWORD 'two'", .refused),
            undo: .reload(sql: "ALTER ROLE {login} PASSWORD 'one'", .same),
            effect: .changesStockOnly("a refused password takes no working connection away")),
        Change(
            "a login is renamed on both sides", kept,
            change: .reload(
                sql: "ALTER ROLE {login} RENAME TO {login}_anew",
                .map(query: byName, more: "user = {login}_anew")),
            undo: .reload(sql: "ALTER ROLE {login}_anew RENAME TO {login}", .same), effect: .changesNone,
            mayFailMeanwhile: true),
    ]

    private static let kept: [(String, Answer, Answer)] = [
        ("ann", "box1", "box1"), ("nobody", .notFound, .notFound),
    ]
}
