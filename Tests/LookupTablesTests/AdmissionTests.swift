// Which keys are not found without a query.

import LookupTables
import Testing

/// The answers of Postfix 3.7.11 to the same keys.
@Test(
    "A key must have what the templates want",
    arguments: [
        ("SELECT '%s'", "", ["user", "@", "u@d", " "], [""]),
        ("SELECT '%u'", "", ["user", "u@d", "u@", "@@d"], ["@d", "@"]),
        ("SELECT '%U'", "", ["user", "u@d"], ["@d"]),
        ("SELECT '%d'", "", ["u@d", "@d", "a@b@d"], ["user", "u@", "@", "u@d@"]),
        ("SELECT '%D'", "", ["u@d"], ["user", "u@"]),
        ("SELECT '%1'", "", ["u@d", "@d", "u@.d."], ["user", "u@", "u@.", "d.e"]),
        ("SELECT '%2'", "", ["u@a.b", "u@a..b", "u@b.c."], ["u@b", "u@.b", "u@b.", "b.c"]),
        ("SELECT '%9'", "", ["u@a.b.c.d.e.f.g.h.i"], ["u@b.c.d.e.f.g.h.i"]),
        ("SELECT '%u@%d'", "", ["u@d"], ["user", "@d", "u@"]),
        ("SELECT '%s'", "%s %U", ["user", "u@d"], ["@d"]),
        ("SELECT '%s'", "%s %D", ["u@d"], ["user", "u@"]),
        ("SELECT '%s'", "%s %2", ["u@a.b"], ["u@b"]),
        ("SELECT '%1'", "%3", ["u@a.b.c"], ["u@a.b"]),
        ("SELECT '%s'", "%u %d", ["user", "@d", "u@"], [""]),
    ])
func keyMustHaveWhatTheTemplatesWant(
    query: String, format: String, admitted: [String], suppressed: [String]
) throws {
    let line = format.isEmpty ? "" : "result_format = \(format)"
    let table = try #require(TableReading(lines: "query = \(query)\n\(line)").table)
    #expect(admitted.filter { !table.admits($0) } == [])
    #expect(suppressed.filter { table.admits($0) } == [])
}

@Test("A key with a NUL byte is not looked up")
func keyWithANULByteIsNotLookedUp() throws {
    let table = try #require(TableReading(lines: "").table)
    #expect(!table.admits("a\0b@c"))
    #expect(!table.admits("\0"))
}

@Test(
    "An example of a key has all that the placeholders need",
    arguments: [
        ("%s", "user@example.com"), ("%u", "user@example.com"), ("%d %1 %2", "user@example.com"),
        ("%3", "user@mail.example.com"), ("%9%1", "user@mail.mail.mail.mail.mail.mail.mail.example.com"),
    ])
func anExampleOfAKeyHasAllThatThePlaceholdersNeed(literal: String, key: String) throws {
    let table = try #require(TableReading(lines: "query = SELECT '\(literal)', '%u'").table)
    #expect(table.template.exampleKey == key)
    #expect(table.admits(key))
    #expect(table.template.parameters(for: key).count == 2)
}

@Test(
    "A key is excluded for a reason",
    arguments: [
        ("", KeyExclusion.empty), ("a\0b@c.com", .nulByte), ("u@d.com", .domain), ("nobody", .domain),
        ("@c.com", .domain), ("u@c.com", nil), ("u@e", .missingPart),
    ])
func keyIsExcludedForAReason(key: String, reason: KeyExclusion?) throws {
    let table = try #require(TableReading(lines: "query = SELECT '%2'\ndomain = c.com e").table)
    let question = table.question(for: Array(key.utf8).span, folds: .none)
    #expect(question == reason.map { .notFound($0) } ?? .asGiven)
}

private let files = [
    "/list": "# comment\nf1.com, f2.com\n  # c\n  f3.com f4.com # f5.com\n!n.com\nn.com\n\n/nested\n",
    "/nested": "nested.com",
    "/loop": "a.com\n/loop",
    "/bad": "x !",
]

/// The answers of Postfix 3.7.11 to the same lists and keys.
@Test(
    "Only addresses in listed domains are looked up",
    arguments: [
        (
            "example.com .parent.org",
            ["u@example.com", "u@EXAMPLE.com", "a@b@example.com", "u@.parent.org"],
            ["u@x.parent.org", "u@parent.org", "@example.com", "example.com", "u@", "example.com@x"]
        ),
        ("!a.com a.com, b.com !!c.com", ["u@b.com", "u@c.com"], ["u@a.com", "u@zzz"]),
        ("a.com !a.com", ["u@a.com"], []),
        ("!a.com", [], ["u@a.com", "u@b.com"]),
        ("B.com ÄÖ.com straße.de", ["u@b.com", "u@äö.com", "u@ÄÖ.com", "u@STRASSE.de"], ["u@ä.com"]),
        (
            "/list", ["u@f1.com", "u@f2.com", "u@f3.com", "u@f4.com", "u@nested.com"],
            ["u@f5.com", "u@n.com", "u@#", "u@comment"]
        ),
        ("!/nested nested.com z.com", ["u@z.com"], ["u@nested.com"]),
        ("[a.com] a,b,,c.com;d.com", ["u@[a.com]", "u@a", "u@b", "u@c.com;d.com"], ["u@d.com", "u@[a"]),
        ("a.com # b.com", ["u@a.com"], ["u@b.com"]),
    ] as [(String, [String], [String])])
func onlyAddressesInListedDomainsAreLookedUp(list: String, admitted: [String], suppressed: [String]) throws {
    let table = try #require(TableReading(lines: "domain = \(list)", files: files).table)
    #expect(admitted.filter { !table.admits($0) } == [])
    #expect(suppressed.filter { table.admits($0) } == [])
}

@Test("A long list of domains is searched")
func longListOfDomainsIsSearched() throws {
    let domains = (0..<1_000).map { "d\($0).example" }.joined(separator: "\n")
    let table = try #require(TableReading(lines: "domain = /list", files: ["/list": domains]).table)
    #expect((0..<1_000).allSatisfy { table.admits("u@D\($0).example") })
    #expect(!table.admits("u@d1000.example"))
    #expect(!table.admits("u@d.example"))
}

@Test(
    "A domain list that can't be used is an error",
    arguments: [
        ("! a.com", "t.cf:1: domain: found `!` by itself, expected a domain right after it"),
        (
            "a.com hash:/etc/x",
            "t.cf:1: domain: found the table `hash:/etc/x`, which mapmux does not open; expected domains or /file/name"
        ),
        ("{a.com b.com}", "t.cf:1: domain: found `{a.com` in braces, expected a domain without"),
        ("/none", "t.cf:1: domain: found that /none cannot be read, expected a file with domains"),
        ("/loop", "t.cf:1: domain: found that /loop includes itself, expected a list with an end"),
        ("/bad", "t.cf:1: domain: found `!` by itself, expected a domain right after it"),
    ])
func domainListThatCannotBeUsedIsAnError(list: String, diagnostic: String) {
    let reading = TableReading(lines: "domain = \(list)", files: files)
    #expect(reading.table == nil)
    #expect(reading.diagnostics == [diagnostic])
}

@Test("A comment at the end of a domain list is a warning")
func commentAtTheEndOfADomainListIsAWarning() {
    let reading = TableReading(lines: "domain = a.com # b.com")
    #expect(
        reading.diagnostics == [
            "t.cf:1: domain: found a word that starts with `#`, and ignored the rest of its line; expected domains"
        ])
}
