// What is said of a query's text and of targets, without a server.

import LookupTables
import Testing

@testable import TableAdvice

private func table(_ query: String, more: String = "") throws -> TableDefinition {
    var diagnostics: [Diagnostic] = []
    let text = "hosts = h\ndbname = d\nquery = \(query)\n\(more)\n"
    let table = TableDefinitionReader.read(
        file: "/t.cf", contents: Array(text.utf8), readFile: { _ in nil }, diagnostics: &diagnostics)
    return try #require(table, "\(diagnostics)")
}

private func codes(_ query: String, more: String = "", yieldsOneRow: Bool = false) throws -> [Finding.Code] {
    try table(query, more: more).findings(yieldsOneRow: yieldsOneRow).map(\.code)
}

@Suite("QueryAdvice")
struct QueryAdviceTests {
    @Test(
        "No LIMIT where expansion_limit is 1",
        arguments: [
            "SELECT a FROM t WHERE k = '%s'",
            "SELECT a FROM (SELECT a FROM t WHERE k = '%s' LIMIT 1) x",
            "SELECT a FROM t WHERE k = '%s' -- LIMIT 1", "SELECT a FROM t WHERE k = '%s' AND b = 'LIMIT 1'",
            "SELECT a FROM t WHERE k = '%s' LIMIT 2",
            "SELECT a FROM t WHERE k = '%s' FETCH FIRST 2 ROWS ONLY",
            "SELECT a FROM t WHERE k = '%s' ORDER BY a FETCH FIRST 1 ROW WITH TIES",
            "SELECT a FROM t WHERE k = '%s' ORDER BY a FETCH FIRST ROW WITH TIES",
            "SELECT a FROM t WHERE k = '%s' LIMIT ALL", "SELECT a FROM t WHERE k = '%s' LIMIT NULL OFFSET 0",
        ])
    func missingLimit(query: String) throws {
        #expect(try codes(query, more: "expansion_limit = 1") == [.missingLimit])
        #expect(try codes(query, more: "expansion_limit = 2") == [])
        #expect(try codes(query) == [])
        #expect(try codes(query, more: "expansion_limit = 1", yieldsOneRow: true) == [])
    }

    @Test(
        "A LIMIT in any spelling",
        arguments: [
            "SELECT a FROM t WHERE k = '%s' LIMIT 1", "SELECT a FROM t WHERE k = '%s' limit 1;",
            "SELECT a FROM t WHERE k = '%s' Limit 1 OFFSET 0", "SELECT a FROM t WHERE k = '%s' LIMIT(1)",
            "SELECT a FROM t WHERE k = '%s' FETCH FIRST ROW ONLY",
            "SELECT a FROM t WHERE k = '%s' OFFSET 1 FETCH NEXT 1 ROWS ONLY",
        ])
    func limit(query: String) throws {
        #expect(try codes(query, more: "expansion_limit = 1") == [])
    }

    @Test(
        "The key as a pattern",
        arguments: [
            "SELECT a FROM t WHERE k LIKE '%s'", "SELECT a FROM t WHERE k ilike '%%%u'",
            "SELECT a FROM t WHERE k NOT LIKE '%s'", "SELECT a FROM t WHERE k ~ '^%s$'",
            "SELECT a FROM t WHERE k ~*'%s'", "SELECT a FROM t WHERE k !~ '%s'",
            "SELECT a FROM t WHERE k SIMILAR TO '%s'", "SELECT a FROM t WHERE k LIKE lower('%s')",
            "SELECT a FROM t WHERE k LIKE ('%s')", "SELECT a FROM t WHERE k LIKE '%%@' || '%d'",
            "SELECT a FROM t WHERE k ~ ('^' || '%s')", "SELECT a FROM t WHERE k !~~ ('%s')",
            "SELECT a FROM t WHERE k ILIKE upper(lower('%s'))", "SELECT a FROM t WHERE k SIMILAR TO ('%s')",
            "SELECT a FROM t WHERE k LIKE f(x) || '@' || ('%d')",
            "SELECT a FROM t WHERE k LIKE (x) || '%d'", "SELECT a FROM t WHERE k ~ (x) || '%d'",
        ])
    func pattern(query: String) throws {
        #expect(try codes(query) == [.keyAsPattern])
    }

    @Test(
        "The key in quotes or among elements of a literal",
        arguments: [
            (
                "SELECT a FROM dblink('x', 'SELECT a FROM t WHERE k = ''%s''') AS t (a text)",
                Finding.Code.keyInQuotes
            ),
            ("SELECT a FROM t WHERE k = ANY ('{%s}')", .keyInElements),
            ("SELECT a FROM t WHERE k = '(%u,%d)'", .keyInElements),
        ])
    func literal(query: String, code: Finding.Code) throws {
        #expect(try codes(query) == [code])
    }

    @Test(
        "Ordinary comparisons need no advice",
        arguments: [
            "SELECT a FROM t WHERE k = '%s'", "SELECT a FROM t WHERE '%s' LIKE k",
            "SELECT a FROM t WHERE k LIKE 'x%%'",
            "SELECT a FROM t WHERE k = '%u' AND d = '%d'", "SELECT '%s' || '''', '{}' FROM t WHERE k <> '%s'",
            "SELECT a FROM t WHERE k LIKE replace('%s', '_', '\\_')", "SELECT f('%s')",
            "SELECT a FROM t WHERE x ~ 'y' AND k = '%s'", "SELECT a FROM t WHERE k = '%u' || '@' || '%d'",
            "SELECT a FROM t WHERE x LIKE 'y' AND k = lower('%s')", "SELECT a FROM t WHERE k IN ('%s')",
            "SELECT a FROM t WHERE x LIKE 'y' || (k = '%s')", "SELECT a FROM t WHERE x LIKE y(k, '%s')",
            "SELECT a FROM t WHERE k = '[%s]' OR k = '(%s)'",
        ])
    func fine(query: String) throws {
        #expect(try codes(query) == [])
    }

    @Test("No advice on LIMIT for what is no SELECT")
    func noSelection() throws {
        #expect(
            try codes("INSERT INTO t VALUES ('%s') RETURNING a", more: "expansion_limit = 1") == [])
    }
}

@Suite("TargetAdvice")
struct TargetAdviceTests {
    private func logins(_ hosts: [String], user: String? = "u", database: String = "d") -> [DatabaseLogin] {
        hosts.map { DatabaseLogin(host: $0, port: nil, user: user, database: database, password: "xyzzy") }
    }

    @Test("The same database at other hosts: a warning where some are the same, else a note")
    func differingHosts() throws {
        let both = logins(["a", "b"])
        let overlap = try #require(logins(["a"]).finding(besides: both, of: "/other.cf"))
        #expect(overlap.code == .differingHosts && overlap.severity == .warning)
        #expect(overlap.message.contains("the hosts a for the database d, and a b in /other.cf"))
        #expect(!overlap.message.contains("xyzzy"))
        #expect(logins(["c"]).finding(besides: both, of: "/other.cf")?.severity == .note)
        #expect(logins(["b", "a"]).finding(besides: both, of: "/other.cf") == nil)
        #expect(logins(["a"], database: "e").finding(besides: both, of: "/other.cf") == nil)
        #expect(logins(["a"], user: "v").finding(besides: both, of: "/other.cf") == nil)
        // A file may have URIs with other databases.
        let mixed = logins(["a"], database: "e") + logins(["a"])
        #expect(mixed.finding(besides: both, of: "/other.cf")?.severity == .warning)
    }

    private func codes(
        isSuperuser: Bool = false, isStandby: Bool = false, lag: Double? = 0, isOpenToNetwork: Bool = false,
        maximumLag: Int = 0
    ) -> [Finding.Code] {
        HostFacts(
            isSuperuser: isSuperuser, isStandby: isStandby, lag: lag, isOpenToNetwork: isOpenToNetwork
        ).findings(host: "h", maximumLag: maximumLag).map(\.code)
    }

    @Test("Superusers, TCP without a password, and nothing for a login that is as it should be")
    func login() {
        #expect(codes() == [])
        #expect(codes(isSuperuser: true) == [.superuser])
        #expect(codes(isOpenToNetwork: true) == [.tcpWithoutPassword])
    }

    @Test(
        "A lag that is no number of seconds is unknown",
        arguments: [.infinity, -.infinity, .nan, 1e300, -1e300] as [Double])
    func wildLag(lag: Double) {
        let facts = HostFacts(isSuperuser: false, isStandby: true, lag: lag, isOpenToNetwork: false)
        #expect(facts.lag == nil)
        #expect(codes(isStandby: true, lag: lag) == [])
        #expect(codes(isStandby: true, lag: lag, maximumLag: 20) == [.replicaLag])
    }

    @Test("A standby's lag is measured by max_replica_lag, or else by 10 seconds")
    func lag() {
        #expect(codes(isStandby: true, lag: 11) == [.replicaLag])
        #expect(codes(isStandby: true, lag: 10) == [])
        #expect(codes(isStandby: true, lag: 11, maximumLag: 20) == [])
        #expect(codes(isStandby: true, lag: 3, maximumLag: 2) == [.replicaLag])
        // Unknown is too much where there is a bound, as for the daemon.
        #expect(codes(isStandby: true, lag: nil) == [])
        #expect(codes(isStandby: true, lag: nil, maximumLag: 20) == [.replicaLag])
        #expect(codes(isStandby: false, lag: nil, maximumLag: 20) == [])
    }
}
