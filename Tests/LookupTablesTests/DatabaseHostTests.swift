// The forms of a host, and what makes two targets the same.

import LookupTables
import Testing

@Test(
    "A host has one of three forms",
    arguments: [
        ("localhost", .tcp(host: "localhost", port: nil)),
        ("inet:localhost", .tcp(host: "localhost", port: nil)),
        ("db.example.com:5433", .tcp(host: "db.example.com", port: "5433")),
        ("inet:db:5433", .tcp(host: "db", port: "5433")),
        ("db:", .tcp(host: "db", port: nil)),
        ("192.0.2.1:1", .tcp(host: "192.0.2.1", port: "1")),
        ("[::1]:5433", .tcp(host: "::1", port: "5433")),
        ("::1:5432", .tcp(host: "::1", port: "5432")),
        ("inet:::1:5432", .tcp(host: "::1", port: "5432")),
        ("2001:db8::1:5433", .tcp(host: "2001:db8::1", port: "5433")),
        (":::5432", .tcp(host: "::", port: "5432")),
        ("1:2:3:4:5:6:7:8:5432", .tcp(host: "1:2:3:4:5:6:7:8", port: "5432")),
        ("::ffff:192.0.2.1:5432", .tcp(host: "::ffff:192.0.2.1", port: "5432")),
        ("fe80::1%eth0:5432", .tcp(host: "fe80::1%eth0", port: "5432")),
        // As Postfix has it.
        ("fe80::1:2", .tcp(host: "fe80::1", port: "2")),
        ("::1:", .tcp(host: "::1", port: nil)),
        ("inet:[2001:db8::1]", .tcp(host: "2001:db8::1", port: nil)),
        ("/run/postgresql", .unix(directory: "/run/postgresql", port: nil)),
        ("unix:/run/postgresql", .unix(directory: "/run/postgresql", port: nil)),
        ("unix:/run/postgresql:5433", .unix(directory: "/run/postgresql", port: "5433")),
        ("/run/x:y", .unix(directory: "/run/x:y", port: nil)),
        ("unix:", .unix(directory: "", port: nil)),
        ("unix:db", .tcp(host: "db", port: nil)),
        ("postgresql://u:p@h/d", .uri("postgresql://u:p@h/d")),
        ("postgres://h", .uri("postgres://h")),
        ("inet:\u{301}h:5433", .tcp(host: "\u{301}h", port: "5433")),
    ] as [(String, DatabaseHost)])
func hostHasOneOfThreeForms(text: String, host: DatabaseHost) throws {
    #expect(try DatabaseHost(text) == host)
}

@Test(
    "Other forms are refused without showing a password",
    arguments: [
        ("2001:db8::1", "found the host `2001:db8::1`, expected"),
        ("::1", "found the host `::1`, expected"),
        ("inet:::1", "found the host `::1`, expected"),
        ("1:2:3:4:5:6:7:8:9:5432", "found the host `1:2:3:4:5:6:7:8:9:5432`, expected"),
        ("a:b:5432", "found the host `a:b:5432`, expected"),
        ("1::2::3:5432", "found the host `1::2::3:5432`, expected"),
        ("12345::1:5432", "found the host `12345::1:5432`, expected"),
        ("::1:postgres", "found a port that is not shown, as a password may be in it, expected a number"),
        ("[::1", "found the host `[::1`, expected"),
        ("[::1]5433", "found the host `[::1]5433`, expected"),
        (":5433", "found the host `:5433`, expected"),
        ("[[::1]]", "found the host `[::1]`, expected"),
        ("[/run/postgresql]", "found the host `/run/postgresql`, expected"),
        (
            "postgress://u:secret@h/d",
            "found a host that is not shown, as a password may be in it, expected"
        ),
        ("postgress://h/d?password=secret", "found a port that is not shown"),
        ("postgress:/u@h/d?password=secret", "found a port that is not shown"),
        ("[u:secret]", "found a host that is not shown"),
        ("[u:secret]:5432", "found a host that is not shown"),
        ("password=secret", "found a host that is not shown, as a password may be in it, expected"),
        ("secret@h", "found a host that is not shown"), ("'secret'", "found a host that is not shown"),
        ("db:secret", "found a port that is not shown"), ("u:secret:5432", "found a host that is not shown"),
        ("db:0", "found the port `0`, expected a number"),
        ("db:65536", "found the port `65536`, expected a number"),
        ("u:secret@h", "found a port that is not shown"),
    ])
func otherFormsAreRefusedWithoutShowingAPassword(text: String, beginning: String) {
    let error = #expect(throws: DatabaseHostError.self) { try DatabaseHost(text) }
    #expect(error?.description.hasPrefix(beginning) == true)
}

@Test(
    "A description has no password",
    arguments: [
        ("unix:/run/postgresql:5433", "/run/postgresql:5433"),
        ("inet:db:5433", "db:5433"),
        ("[::1]:5433", "[::1]:5433"),
        ("[::1]", "[::1]"),
        ("/run/pg?password=secret", "/…"),
        ("@abstract", "@abstract"),
        ("postgresql://h:1/d", "postgresql://h:1/d"),
        ("postgres://h", "postgresql://h/"),
        ("postgresql://u@h/d?sslmode=require", "postgresql://u@h/d?sslmode=require"),
        ("postgresql://u:secret@h/d", "postgresql://u@h/d"),
        ("postgresql://u:s%40crat@h:5433/d", "postgresql://u@h:5433/d"),
        ("postgresql://u:se?cret@h/d", "postgresql://u@h/d"),
        ("postgresql://:secret@h", "postgresql://h/"),
        ("postgresql://h/d?user=u&password=secret&port=1", "postgresql://u@h:1/d"),
        ("postgresql://h/d?sslpassword=secret", "postgresql://h/d"),
        ("postgresql://h/d?pass%77ord=secret", "postgresql://h/d"),
        ("postgresql://h/d?options=-csecret&passfile=secret", "postgresql://h/d"),
        ("postgresql://a:1,[::1]:2,c/d", "postgresql://a:1,[::1]:2,c/d"),
        ("postgresql:///d?host=/run,/tmp&port=5433", "postgresql:///d?host=/run,/tmp&port=5433"),
        // Nobody can tell what a part of it is.
        ("postgresql://u:se@cr/et@h/d", "postgresql://…"),
        ("postgresql://u:se/cret@h/d", "postgresql://…"),
        ("postgresql://u:pa%ssecret@h/d", "postgresql://…"),
        ("postgresql://u:secret", "postgresql://…"),
        ("postgresql://u%3asecret@h", "postgresql://…"),
        ("postgresql://u/secret@h", "postgresql://…"),
        ("postgresql://[secret", "postgresql://…"),
        ("postgresql://h/d?password=sec&ret", "postgresql://…"),
        ("postgresql://h/d?password=a=secret", "postgresql://…"),
        ("postgresql://h/dbname=d%20password=secret", "postgresql://…"),
    ])
func descriptionHasNoPassword(text: String, description: String) throws {
    #expect(try DatabaseHost(text).description == description)
}

private func target(
    hosts: [String] = ["a", "/b"], user: String? = "u", password: String? = "p", database: String? = "d",
    encoding: String = "UTF8"
) throws -> Target {
    Target(
        hosts: try hosts.map { try DatabaseHost($0) }, user: user, password: password, database: database,
        encoding: encoding)
}

@Test(
    "A target's name is made of no connection string",
    arguments: [
        ("mail", "mail"),
        ("my mail", "my mail"),
        ("host=h dbname=mail", "mail"),
        ("dbname='my mail' password='se cret'", "my mail"),
        ("password=secret dbname=mail", "mail"),
        ("postgresql://u:secret@h/mail", "mail"),
        ("dbname=mail PASSWORD=secret", "mail"),
        ("dbname=mail password=sec ret", "…"),
        ("dbname=mail password='secret", "…"),
        ("dbname='dbname=mail password=secret'", "…"),
        ("postgresql://u:se/cret@h/mail", "…"),
        ("postgresql://u:se%cret@h/mail", "…"),
        ("Postgresql://u:secret@h/mail", "…"),
        ("u:secret@h/mail", "…"),
    ])
func aTargetsNameIsMadeOfNoConnectionString(database: String, shown: String) throws {
    let target = try target(hosts: ["a"], database: database)
    #expect(target.name == "u@a/\(shown)")
    #expect(target.shownDatabase == shown)
}

@Test("A connection string without database or user names none")
func aConnectionStringWithoutDatabaseOrUserNamesNone() throws {
    #expect(try target(hosts: ["a"], database: "password=secret").name == "u@a")
    #expect(try target(hosts: ["a"], user: nil, database: "user=v dbname=d").name == "v@a/d")
    #expect(try target(hosts: ["a"], user: "u:secret").name == "…@a/d")
}

@Test(
    "A target holds a password wherever it stands",
    arguments: [
        ("d", nil, ["a"], false), ("d", "p", ["a"], true), ("dbname=d password=p", nil, ["a"], true),
        ("dbname=d sslpassword=p", nil, ["a"], true), ("dbname=d password='p", nil, ["a"], true),
        ("dbname=d passfile=/x", nil, ["a"], false), ("postgresql://u:p@h/d", nil, ["a"], true),
        (nil, nil, ["postgresql://u:p@h/d"], true), (nil, nil, ["postgresql://u@h/d"], false),
        (nil, nil, ["postgresql://u:p%zz@h/d"], true), (nil, nil, ["postgresql://u/p@h/d"], true),
        (nil, nil, ["postgresql://u@h/d?pass%77ord=p"], true),
    ] as [(String?, String?, [String], Bool)])
func aTargetHoldsAPasswordWhereverItStands(
    database: String?, password: String?, hosts: [String], holds: Bool
) throws {
    #expect(try target(hosts: hosts, password: password, database: database).holdsPassword == holds)
}

@Test("Hosts of one name are numbered")
func hostsOfOneNameAreNumbered() throws {
    let target = try target(hosts: ["postgresql://h/d?options=-ca", "b", "postgresql://h/d?options=-cb"])
    #expect(target.hostNames == ["postgresql://h/d", "b", "postgresql://h/d #2"])
}

@Test("A target is the same, whatever the order of its hosts")
func targetIsTheSameWhateverTheOrderOfItsHosts() throws {
    let one = try target()
    let other = try target(hosts: ["/b", "a"])
    #expect(one == other)
    #expect(Set([one, other]).count == 1)
}

@Test("A target differs with hosts, user, password, database or encoding")
func targetDiffersWithHostsUserPasswordDatabaseOrEncoding() throws {
    let one = try target()
    #expect(try one != target(password: "q"))
    #expect(try one != target(password: nil))
    #expect(try Set([one, target(password: "q")]).count == 2)
    #expect(try one != target(hosts: ["a"]))
    #expect(try one != target(user: nil))
    #expect(try one != target(database: "e"))
    #expect(try one != target(encoding: "LATIN1"))
}
