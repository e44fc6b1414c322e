// Where the hosts of a target lead to.

import LookupTables
import Testing

private func logins(_ hosts: String, _ options: [String: String]? = nil) throws -> [DatabaseLogin] {
    let hosts = try hosts.split(separator: " ").map { try DatabaseHost(String($0)) }
    let target = Target(hosts: hosts, user: "u", password: "p", database: "d", encoding: "UTF8")
    return target.logins { $0.contains("uri") ? options : nil }
}

private func login(_ host: String, port: String? = nil) -> DatabaseLogin {
    DatabaseLogin(host: host, port: port, user: "u", database: "d", password: "p")
}

@Test func hostsOfOneServerAreTheSameHoweverTheyAreSpelled() throws {
    #expect(try logins("a a:5432 inet:a") == [login("a"), login("a"), login("a")])
    #expect(try logins("unix:/run /run:5433") == [login("/run"), login("/run", port: "5433")])
    #expect(try logins("[::1]:5433").map(\.host) == ["[::1]:5433"])
}

@Test func aURIHasItsOwnUserDatabaseAndPassword() throws {
    let options = ["host": "h", "port": "5432", "user": "v", "dbname": "e", "password": "q"]
    #expect(
        try logins("postgresql://uri", options) == [
            DatabaseLogin(host: "h", port: nil, user: "v", database: "e", password: "q")
        ])
    // libpq takes the user's name for the database's.
    #expect(try logins("postgresql://uri", ["host": "h", "user": "v"])[0].database == "v")
}

@Test func aURIMayHaveSeveralHostsWithOnePortOrAPortEach() throws {
    func hosts(_ port: String) throws -> [String] {
        try logins("postgresql://uri", ["host": "a,b", "port": port]).map(\.host)
    }
    #expect(try hosts("5433") == ["a:5433", "b:5433"])
    #expect(try hosts("5433,") == ["a:5433", "b"])
}

@Test func whereAURILeadsIsUnknownWithAServiceFileOrAnError() throws {
    #expect(try logins("postgresql://uri", ["service": "mail", "host": "h"]) == [])
    #expect(try logins("postgresql://uri", nil) == [])
}
