// What of a server's error is shown where no key may be.

import PostgreSQL
import Testing

@testable import PoolDrivers

private func shown(_ sqlState: String, _ message: String, asked key: String) -> String {
    ServerError(sqlState: sqlState, message: message).discreetText(asked: Array(key.utf8))
}

@Test(
    "What names the query and the schema is shown whole",
    arguments: [
        ("42501", "permission denied for table addresses"),
        ("42703", "column \"goto\" does not exist"),
        ("57014", "canceling statement due to statement timeout"),
        ("53200", "out of memory"),
    ])
func whatNamesTheQueryAndTheSchemaIsShownWhole(sqlState: String, message: String) {
    #expect(shown(sqlState, message, asked: "alice@example.com") == message)
}

@Test(
    "Data in quotes is cut",
    arguments: [
        (
            "22P02", "invalid input syntax for type inet: \"alice@example.com\"",
            "invalid input syntax for type inet: \"…\""
        ),
        (
            "22003", "value \"99\" is out of range for type \"x\"",
            "value \"…\" is out of range for type \"…\""
        ),
        ("22012", "division by zero", "division by zero"),
        ("22P02", "an open \"alice", "an open \"…"),
    ])
func dataInQuotesIsCut(sqlState: String, message: String, expected: String) {
    #expect(shown(sqlState, message, asked: "bob@example.org") == expected)
}

@Test(
    "A key that has become SQL is cut",
    arguments: [
        ("42P01", "relation \"alice\" does not exist", "relation \"…\" does not exist"),
        ("42601", "syntax error at or near \"EXAMPLE\"", "syntax error at or near \"…\""),
        (
            "42601", "unterminated string at or near \"'Alice@Example.com\"",
            "unterminated string at or near \"'…\""
        ),
        // A part of another word is none of the key.
        (
            "42P01", "relation \"example_domains\" does not exist",
            "relation \"example_domains\" does not exist"
        ),
    ])
func aKeyThatHasBecomeSQLIsCut(sqlState: String, message: String, expected: String) {
    #expect(shown(sqlState, message, asked: "alice@example.com") == expected)
}

@Test("What may say anything is not shown", arguments: ["P0001", "23505", "XX000", "38000", "", "zz"])
func whatMaySayAnythingIsNotShown(sqlState: String) {
    let text = shown(sqlState, "no mailbox for al1ce", asked: "alice@example.com")
    #expect(!text.contains("mailbox") && text.contains("may hold a key"))
}
