// The parameter `maps`: names, tables, and which tables share a pool.

import DaemonTestSupport
import EventLoop
import LookupTables
import Testing
import ThrowawayServers

@testable import Configuration

@Test(
    "Maps are named by the user, or after their files",
    arguments: [
        ("pgsql:DIR/good.cf", ["good"]),
        ("aliases=pgsql:DIR/good.cf", ["aliases"]),
        ("pgsql:DIR/plain", ["plain"]),
        ("pgsql:DIR/a.cf.d", ["a.cf.d"]),
        ("a=pgsql:DIR/good.cf b=pgsql:DIR/good.cf", ["a", "b"]),
        ("a=pgsql:DIR/good.cf,b=pgsql:DIR/good.cf", ["a", "b"]),
        (
            " a=pgsql:DIR/good.cf , ,\n\tb=pgsql:DIR/good.cf,\n  # Not this one.\n c=pgsql:DIR/good.cf",
            ["a", "b", "c"]
        ),
        ("\n    a=pgsql:DIR/good.cf\n    pgsql:DIR/good.cf", ["a", "good"]),
        ("pgsql:DIR/eq=ual.cf", ["eq=ual"]),
        ("a=pgsql:DIR/eq=ual.cf", ["a"]),
        ("pgsql:x=pgsql:DIR/good.cf", []),
        ("bücher=pgsql:DIR/good.cf", ["bücher"]),
        ("a={pgsql:DIR/good.cf pgsql:DIR/plain}", ["a", "a"]),
        ("a={ pgsql:DIR/good.cf,\n pgsql:DIR/plain } b=pgsql:DIR/plain", ["a", "a", "b"]),
        ("a={pgsql:DIR/good.cf}", ["a"]),
    ])
func mapsAreNamedByTheUserOrAfterTheirFiles(value: String, names: [String]) throws {
    let files = ["plain": table(), "a.cf.d": table(), "eq=ual.cf": table()]
    let reading = try ConfigurationReading.maps(value, files: files)
    #expect(reading.names == names)
    #expect(reading.isUsable == !names.isEmpty)
}

@Test(
    "What names no table is an error",
    arguments: [
        "good.cf", "pgsql:good.cf", "a=pgsql:good.cf", "pgsql:", "a=pgsql:", "=pgsql:/t.cf", "pgsql:/dir/.cf",
        "pgsql:/dir/", "mysql:/t.cf", "a=mysql:/t.cf", "a=/t.cf", "proxy:pgsql:/t.cf", "a=b=pgsql:/t.cf",
        "PGSQL:/t.cf", "{pgsql:/t.cf}", "a={}", "a={pgsql:/t.cf", "a={pgsql:/t.cf}x", "a={pgsql:/t.cf,t.cf}",
        "a={pgsql:/t.cf,pgsql:/t.cf}",
    ])
func whatNamesNoTableIsAnError(word: String) throws {
    let reading = try ConfigurationReading.maps("pgsql:DIR/good.cf\n  \(word)")
    #expect(
        reading.errors == [
            "DIR/mapmux.conf:1: found `\(word)` in maps, "
                + "expected pgsql:/absolute/path.cf, NAME=pgsql:/absolute/path.cf, or NAME={…} with several different pgsql:/absolute/path.cf"
        ])
    #expect(reading.names == ["good"])
}

@Test("A blank around the equals sign splits the word")
func aBlankAroundTheEqualsSignSplitsTheWord() throws {
    let reading = try ConfigurationReading.maps("a = pgsql:DIR/good.cf")
    #expect(reading.errors.count == 2)
    #expect(reading.errors.allSatisfy { $0.hasPrefix("DIR/mapmux.conf:1: found `") })
}

@Test(
    "A name may be given once",
    arguments: [
        "a=pgsql:DIR/good.cf a=pgsql:DIR/good.cf", "pgsql:DIR/good.cf good=pgsql:DIR/good.cf",
        "pgsql:DIR/good.cf pgsql:DIR/sub/../good.cf",
    ])
func aNameMayBeGivenOnce(value: String) throws {
    let reading = try ConfigurationReading.maps(value, files: ["sub": ""])
    #expect(reading.errors.count == 1)
    #expect(reading.names.count == 1)
    #expect(!reading.isUsable)
}

@Test("A repeated name is reported with what is wrong with its table")
func aRepeatedNameIsReportedWithWhatIsWrongWithItsTable() throws {
    let reading = try ConfigurationReading.maps("a=pgsql:DIR/none.cf\n  a=pgsql:DIR/good.cf")
    #expect(
        reading.errors == [
            "DIR/mapmux.conf:1: found pgsql:DIR/none.cf, which can't be read: open: No such file or directory; "
                + "expected a pgsql_table(5) file",
            "DIR/mapmux.conf:1: found two maps named `a`, expected each name once",
        ])
}

@Test("A table that can't be read is reported where it is named")
func aTableThatCannotBeReadIsReportedWhereItIsNamed() throws {
    let reading = try ConfigurationReading("workers = 1\nmaps = pgsql:DIR/good.cf,\n  pgsql:DIR/none.cf\n")
    #expect(
        reading.errors == [
            "DIR/mapmux.conf:2: found pgsql:DIR/none.cf, which can't be read: open: No such file or directory; "
                + "expected a pgsql_table(5) file"
        ])
    #expect(reading.isUsable && reading.names == ["good"])
    #expect(
        reading.troubles == [
            "none":
                "DIR/none.cf: can't be read: open: No such file or directory; expected a pgsql_table(5) file"
        ])
}

@Test("What is wrong in a table is reported there, and once")
func whatIsWrongInATableIsReportedThereAndOnce() throws {
    let reading = try ConfigurationReading.maps(
        "a=pgsql:DIR/bad.cf b=pgsql:DIR/bad.cf", files: ["bad.cf": table("expansion_limit = few")])
    #expect(
        reading.errors == ["DIR/bad.cf:6: found the expansion_limit `few`, expected a number"])
    #expect(reading.names == [] && reading.isUsable)
    #expect(Set(reading.troubles.values) == Set(reading.errors) && reading.troubles.count == 2)
}

@Test("Domains are read from the file that a table names")
func domainsAreReadFromTheFileThatATableNames() throws {
    let files = ["t.cf": table("domain = DIR/domains"), "domains": "example.com\n"]
    let reading = try ConfigurationReading.maps("pgsql:DIR/t.cf", files: files)
    #expect(reading.errors == [])
    let table = try #require(reading.configuration.pools.first?.tables.first)
    let admitted = ["example.com", "example.org"].filter { domain in
        table.question(for: Array("user@\(domain)".utf8).span, folds: .none) == .asGiven
    }
    #expect(admitted == ["example.com"])
    let without = try ConfigurationReading.maps("pgsql:DIR/t.cf", files: ["t.cf": files["t.cf"]!])
    #expect(without.errors.count == 1)
    #expect(without.errors.first?.hasPrefix("DIR/t.cf:6: domain: ") == true)
}

// MARK: Pools

@Test(
    "Tables that name the same database share its pool",
    arguments: [
        (table(), true),
        (table(hosts: "db.example.com, db.example.com"), true),
        (table("result_format = %u\nretry_interval = 5"), true),
        (table(password: "other"), false),
        (table(password: ""), false),
        (table(hosts: "inet:db.example.com"), true),
        (table(hosts: "db.example.org"), false),
        (table(hosts: "db.example.com:5433"), false),
        (table(hosts: "db.example.com db.example.org"), false),
        (table(user: "postfix"), false),
        (table(user: ""), false),
        (table(dbname: "Mail"), false),
        (table("encoding = LATIN1"), false),
        (table("encoding = UTF8"), true),
        (table(hosts: "unix:/run/postgresql"), false),
    ])
func tablesThatNameTheSameDatabaseShareItsPool(other: String, isShared: Bool) throws {
    let reading = try ConfigurationReading.maps(
        "pgsql:DIR/good.cf pgsql:DIR/other.cf", files: ["other.cf": other])
    #expect(reading.errors == [])
    let configuration = reading.configuration
    #expect(configuration.pools.count == (isShared ? 1 : 2))
    for map in configuration.maps {
        let file = try #require(configuration.table(of: map)).file
        #expect(file == map.file && file.hasSuffix("/\(map.name).cf"))
    }
}

@Test("The order of hosts makes no other pool")
func theOrderOfHostsMakesNoOtherPool() throws {
    let reading = try ConfigurationReading.maps(
        "pgsql:DIR/a.cf pgsql:DIR/b.cf",
        files: ["a.cf": table(hosts: "a b:5433 /run"), "b.cf": table(hosts: "/run,b:5433,a")])
    #expect(reading.configuration.pools.count == 1)
    #expect(reading.configuration.pools.first?.tables.count == 2)
}

@Test("A pool tries again when the most impatient of its tables wants it")
func aPoolTriesAgainWhenTheMostImpatientOfItsTablesWantsIt() throws {
    let reading = try ConfigurationReading.maps(
        "pgsql:DIR/a.cf pgsql:DIR/b.cf pgsql:DIR/good.cf pgsql:DIR/c.cf",
        files: [
            "a.cf": table("retry_interval = 20"), "b.cf": table("retry_interval = 7s"),
            "c.cf": table(dbname: "other"),
        ])
    #expect(reading.configuration.pools.map(\.retryInterval) == [7, 60])
}

@Test("A pool stays connected as long as any of its tables wants it")
func aPoolStaysConnectedAsLongAsAnyOfItsTablesWantsIt() throws {
    let reading = try ConfigurationReading.maps(
        "pgsql:DIR/good.cf pgsql:DIR/a.cf pgsql:DIR/b.cf pgsql:DIR/c.cf",
        files: [
            "a.cf": table("idle_interval = 5m"), "b.cf": table("idle_interval = 20"),
            "c.cf": table(dbname: "other"),
        ])
    #expect(reading.configuration.pools.map(\.idleInterval) == [300, nil])
}

@Test("Another password for the same database is a pool of its own, and a warning that shows none")
func anotherPasswordForTheSameDatabaseIsAPoolOfItsOwnAndAWarningThatShowsNone() throws {
    let reading = try ConfigurationReading.maps(
        "pgsql:DIR/a.cf pgsql:DIR/b.cf pgsql:DIR/good.cf pgsql:DIR/c.cf",
        files: [
            "a.cf": table(password: "hunter2"), "b.cf": table(password: ""),
            "c.cf": table(password: "hunter2"),
        ])
    #expect(reading.errors == [])
    #expect(reading.isUsable)
    #expect(
        reading.warnings == [
            "DIR/good.cf: found another password than in DIR/a.cf for the same user and database; expected the same, "
                + "though each file is served with its own"
        ])
    let pools = reading.configuration.pools
    #expect(pools.map(\.target.password) == ["hunter2", nil, "secret"])
    #expect(pools.map(\.tables.count) == [2, 1, 1])
    let name = "mail@db.example.com/mail"
    let names = pools.map { $0.name.replacing(/\/[^ ]*\/(?=[a-z]+\.cf)/, with: "") }
    #expect(names == [name, "\(name) (b.cf)", "\(name) (good.cf)"])
}

@Test("Another password at one of the hosts is a warning, in a URI as well")
func anotherPasswordAtOneOfTheHostsIsAWarningInAURIAsWell() throws {
    func warnings(_ hosts: String) throws -> [String] {
        try ConfigurationReading.maps(
            "pgsql:DIR/a.cf pgsql:DIR/b.cf",
            files: [
                "a.cf": table(hosts: "a b", user: "u", password: "hunter2", dbname: "d"),
                "b.cf": table(hosts: hosts, user: "u", password: "secret", dbname: "d"),
            ]
        ).warnings
    }
    for hosts in ["b c", "postgresql://u:plugh@b:5432/d", "postgresql://u@b/d?password=plugh"] {
        let warnings = try warnings(hosts)
        #expect(warnings.count == 1, "\(hosts)")
        #expect(warnings.first?.hasPrefix("DIR/b.cf: found another password than in DIR/a.cf") == true)
        #expect(!warnings.joined().contains("plugh"))
    }
    for hosts in ["c", "b:5433", "postgresql://u:hunter2@b/d", "postgresql://u@b/d", "postgresql://v:x@b/d"] {
        #expect(try warnings(hosts) == [], "\(hosts)")
    }
}

/// A reload keeps the pools whose plans are equal.
@Test(
    "A plan read again is equal if nothing has changed",
    arguments: [
        (table(), true), (table("# A comment."), true), (table(hosts: "db.example.com,db.example.com"), true),
        (table(password: "other"), false), (table("result_format = %u"), false),
        (table("retry_interval = 5"), false),
        (table(user: "other"), false), (table("idle_interval = 5"), false),
    ])
func aPlanReadAgainIsEqualWhereNothingHasChanged(text: String, isEqual: Bool) throws {
    let directory = try TemporaryDirectory()
    let configuration = try directory.write("mapmux.conf", "maps = pgsql:\(directory.path)/t.cf\n")
    func read(_ text: String) throws -> [PoolPlan] {
        try directory.write("t.cf", text)
        var diagnostics: [Diagnostic] = []
        let source = ConfigurationSource(file: configuration, overrides: [], system: .local)
        return source.read(diagnostics: &diagnostics).pools
    }
    #expect(try (read(table()) == read(text)) == isEqual)
}
