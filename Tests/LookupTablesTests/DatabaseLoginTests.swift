// Where the hosts of a target lead to.

import LookupTables
import Testing

private func logins(_ hosts: String, database: String = "d") throws -> [DatabaseLogin] {
    let hosts = try hosts.split(separator: " ").map { try DatabaseHost(String($0)) }
    return Target(hosts: hosts, user: "u", password: "p", database: database, encoding: "UTF8").logins
}

private func login(_ host: String, port: String? = nil) -> DatabaseLogin {
    DatabaseLogin(host: host, port: port, user: "u", database: "d", password: "p")
}

@Test("Hosts of one server are the same, however they are spelled")
func hostsOfOneServerAreTheSameHoweverTheyAreSpelled() throws {
    #expect(try logins("a a:5432 inet:a") == [login("a"), login("a"), login("a")])
    #expect(try logins("unix:/run /run:5433") == [login("/run"), login("/run", port: "5433")])
    #expect(try logins("[::1]:5433").map(\.host) == ["[::1]:5433"])
}

@Test("A URI has its own user, database and password")
func aURIHasItsOwnUserDatabaseAndPassword() throws {
    #expect(
        try logins("postgresql://v:q@h:5432/e") == [
            DatabaseLogin(host: "h", port: nil, user: "v", database: "e", password: "q")
        ])
    // libpq takes the user's name for the database's.
    #expect(try logins("postgresql://v@h")[0].database == "v")
}

@Test("A URI may have several hosts, with one port or a port each")
func aURIMayHaveSeveralHostsWithOnePortOrAPortEach() throws {
    #expect(try logins("postgresql:///?host=a%2Cb&port=5433").map(\.host) == ["a:5433", "b:5433"])
    #expect(try logins("postgresql://a:5433,b").map(\.host) == ["a:5433", "b"])
}

@Test("A connection string in the database's place has a database, too")
func aConnectionStringInTheDatabasesPlaceHasADatabaseToo() throws {
    #expect(try logins("a", database: "dbname=d connect_timeout=5") == [login("a")])
    #expect(
        try logins("a", database: "password=x") == [
            DatabaseLogin(host: "a", port: nil, user: "u", database: "u", password: "p")
        ])
}

@Test("Where a URI leads is unknown with a service file, an error, or a piece of a password")
func whereAURILeadsIsUnknownWithAServiceFileOrAnErrorOrAPieceOfAPassword() throws {
    for uri in ["postgresql://h?service=mail", "postgresql://u:%zz@h", "postgresql://u:se/cret@h/d"] {
        #expect(try logins(uri) == [], "\(uri)")
    }
    for database in ["service=mail", "dbname='x", "dbname='dbname=d password=secret'"] {
        #expect(try logins("a", database: database) == [], "\(database)")
    }
}
