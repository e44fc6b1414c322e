// pgsql_table(5) files as a whole.

import LookupTables
import Testing

@Test("A file from a how-to is read as it is")
func fileFromAHowToIsReadAsItIs() throws {
    let reading = TableReading(
        """
        # /etc/postfix/pgsql-virtual-alias-maps.cf
        user = mail
        password = s3cr3t # really
        hosts = inet:db1.example.com:5433, unix:/run/postgresql
        	[2001:db8::5]:5432
        dbname = mailserver
        unknown_to_all = 1

        query = SELECT goto FROM alias
                -- Not this one:
                # WHERE address = '%s'
                WHERE address='%s' AND active = true
        result_format = %s
        expansion_limit = 100
        retry_interval = 10
        idle_interval = 5m

        """.replacing("        -- Not this one:\n", with: ""))
    #expect(reading.diagnostics == [])
    let table = try #require(reading.table)
    #expect(table.file == "t.cf")
    #expect(
        table.target.hosts.map(\.description) == [
            "db1.example.com:5433", "/run/postgresql", "[2001:db8::5]:5432",
        ])
    #expect(table.target.user == "mail")
    #expect(table.target.password == "s3cr3t # really")
    #expect(table.target.database == "mailserver")
    #expect(table.target.encoding == "UTF8")
    #expect(table.template.sql == "SELECT goto FROM alias        WHERE address=$1 AND active = true")
    #expect(table.expansionLimit == 100)
    #expect(table.retryInterval == 10)
    #expect(table.idleInterval == 300)
}

@Test("What a file does not say has Postfix's defaults")
func whatAFileDoesNotSayHasPostfixsDefaults() throws {
    let table = try #require(
        TableReading("dbname = d\nquery = SELECT '%s'\nhosts =\nuser =\npassword =\n").table)
    #expect(table.target.hosts == [.tcp(host: "localhost", port: nil)])
    #expect(table.target.user == nil)
    #expect(table.target.password == nil)
    #expect(table.target.encoding == "UTF8")
    #expect(table.resultFormat.isTheDefault)
    #expect(table.expansionLimit == 0)
    #expect(table.retryInterval == 60)
    #expect(table.idleInterval == nil)
}

extension ResultFormat {
    fileprivate var isTheDefault: Bool {
        var output: [UInt8] = []
        return append(value: [1, 2].span, key: [3].span, into: &output) && output == [1, 2]
    }
}

@Test(
    "Older interfaces make a query if there is none",
    arguments: [
        ("query = SELECT '%s'\nselect_function = f\ntable = t", "SELECT $1"),
        ("query =\nselect_function = f\ntable = t\nselect_field = a\nwhere_field = b", "SELECT f($1)"),
        ("table = t\nselect_field = a, b\nwhere_field = k", "SELECT a, b FROM t WHERE k=$1 "),
        (
            "table = t\nselect_field = a\nwhere_field = k\nadditional_conditions = and d = '%d' limit 1",
            "SELECT a FROM t WHERE k=$1 and d = $2 limit 1"
        ),
        ("table = t\nselect_field = a\nwhere_field = lower(k)", "SELECT a FROM t WHERE lower(k)=$1 "),
    ])
func olderInterfacesMakeAQueryWhereThereIsNone(lines: String, sql: String) {
    let reading = TableReading("dbname = d\n\(lines)")
    #expect(reading.diagnostics == [])
    #expect(reading.table?.template.sql == sql)
}

@Test(
    "A table needs a database and a query",
    arguments: [
        ("query = SELECT '%s'", "t.cf: found no database in `dbname`, expected its name"),
        ("dbname =\nquery = SELECT '%s'", "t.cf:1: found no database in `dbname`, expected its name"),
        ("dbname = d", "t.cf: found no `query`, expected one such as SELECT"),
        ("query =\ndbname = d", "t.cf:1: found no `query`, expected one such as SELECT"),
        (
            "dbname = d\ntable = t\nselect_field =",
            "t.cf: found no `query` and no `select_field`, `where_field`, expected `query`"
        ),
        (
            "dbname = d\n\nquery = SELECT %s",
            "t.cf:3: query: found a placeholder in unquoted SQL, where a key would"
        ),
        (
            "dbname = d\nselect_function = f; g",
            "t.cf:2: query from select_function: found several statements"
        ),
        (
            "dbname = d\nselect_field = a\ntable = t\nwhere_field = k\nadditional_conditions = '",
            "t.cf:3: query from table, select_field, where_field, additional_conditions: found no end of a literal"
        ),
    ])
func tableNeedsADatabaseAndAQuery(text: String, beginning: String) {
    let reading = TableReading(text)
    #expect(reading.table == nil)
    #expect(reading.diagnostics.count == 1)
    #expect(reading.diagnostics[0].hasPrefix(beginning))
}

@Test(
    "A bad value is an error with its line",
    arguments: [
        ("result_format = %x", "t.cf:1: result_format: found `%x`, expected one of"),
        ("result_format =", "t.cf:1: found an empty `result_format`, expected one such as %s"),
        ("expansion_limit = many", "t.cf:1: found the expansion_limit `many`, expected a number"),
        ("expansion_limit =", "t.cf:1: found the expansion_limit ``, expected a number"),
        ("retry_interval = 0", "t.cf:1: found the retry_interval `0`, expected seconds, at least 1"),
        ("idle_interval = soon", "t.cf:1: found the idle_interval `soon`, expected seconds, at least 1"),
        ("encoding =", "t.cf:1: found an empty `encoding`, expected one such as UTF8"),
        (
            "encoding = KLINGON",
            "t.cf:1: found `encoding = KLINGON`, expected an encoding that PostgreSQL has for clients, such as UTF8"
        ),
        ("hosts = a:0", "t.cf:1: hosts: found the port `0`, expected a number from 1 to 65535"),
        ("mapmux_cache = 1", "t.cf:1: found `mapmux_cache`, expected no name that begins with mapmux_"),
        ("nonsense", "t.cf:1: found no `=` after the first word"),
    ])
func badValueIsAnErrorWithItsLine(line: String, beginning: String) {
    let reading = TableReading(lines: line)
    #expect(reading.table == nil)
    #expect(reading.diagnostics.count == 1)
    #expect(reading.diagnostics[0].hasPrefix(beginning))
}

@Test("Every problem of a file is reported")
func everyProblemOfAFileIsReported() {
    let reading = TableReading(
        """
        junk
        hosts = a:x b:y
        query = SELECT E'%s'
        result_format = %z
        expansion_limit = x
        retry_interval = x
        idle_interval = x
        domain = pgsql:/x
        mapmux_x = 1
        """)
    #expect(reading.table == nil)
    #expect(reading.diagnostics.count == 10)
}

@Test(
    "A doubtful value that Postfix takes is a warning",
    arguments: [
        (
            "expansion_limit = -1",
            "t.cf:1: found a negative expansion_limit, which means no limit; expected 0 or more"
        ),
        (
            "query = SELECT 1",
            "t.cf:1: query: found no placeholder, so that it is the same for every key; expected '%s' or another"
        ),
    ])
func doubtfulValueThatPostfixTakesIsAWarning(line: String, diagnostic: String) throws {
    let reading = TableReading(lines: line)
    #expect(reading.diagnostics == [diagnostic])
    #expect(try #require(reading.table).expansionLimit == 0)
}

@Test("Only a table whose hosts are all URIs needs no database")
func onlyATableWhoseHostsAreAllURIsNeedsNoDatabase() {
    let uris = TableReading("hosts = postgresql://a/d postgres://b/d\nquery = SELECT '%s'")
    #expect(uris.diagnostics == [])
    #expect(uris.table?.target.database == nil)
    #expect(TableReading("hosts = postgresql://a/d b\nquery = SELECT '%s'").table == nil)
}

@Test(
    "What a comma has cut off a URI is no host",
    arguments: [
        "postgresql:///d?host=a,b&target_session_attrs=read-write",
        "postgresql:///d?host=/a,/b&target_session_attrs=read-write",
        "postgresql:///d?user=u,unix:/b?x", "postgresql://a,b/d", "postgresql://a:1,b:2/d?sslmode=require",
        "c postgres://a b/d",
    ])
func whatACommaHasCutOffAURIIsNoHost(hosts: String) {
    let reading = TableReading(lines: "hosts = \(hosts)")
    #expect(reading.table == nil)
    #expect(reading.diagnostics.count == 1)
    #expect(reading.diagnostics[0].hasPrefix("t.cf:1: hosts: found a URI that a comma or blank cuts off"))
}

@Test(
    "Hosts beside a URI are hosts",
    arguments: [
        "postgresql:///d?host=a%2Cb&target_session_attrs=read-write", "postgresql://a/d,postgres://b/d?x=y",
        "postgresql://a/d,/b,unix:/c,inet:d:1,e", "/a=b,postgresql://c/d",
    ])
func hostsBesideAURIAreHosts(hosts: String) {
    let reading = TableReading(lines: "hosts = \(hosts)")
    #expect(reading.diagnostics == [])
    #expect(reading.table?.target.hosts.count == hosts.split(separator: ",").count)
}

@Test("The encoding is taken from the file")
func encodingIsTakenFromTheFile() {
    #expect(TableReading(lines: "encoding = LATIN1").table?.target.encoding == "LATIN1")
}
