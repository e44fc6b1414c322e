// Connection strings, as libpq takes them apart.

import PostgreSQL
import Testing

@Suite("Connection strings")
struct ConnectionStringTests {
    @Test("A URI names options, decoded, and several hosts in one")
    func uri() {
        #expect(
            connectionOptions(in: "postgresql://u:a%40b@h1:5433,[::1]/d%20e?sslmode=require") == [
                "user": "u", "password": "a@b", "host": "h1,::1", "port": "5433,", "dbname": "d e",
                "sslmode": "require",
            ])
        #expect(connectionOptions(in: "postgresql://%2Frun/d") == ["host": "/run", "dbname": "d"])
        #expect(connectionOptions(in: "postgresql://") == [:])
    }

    @Test("What libpq can't read is none", arguments: ["postgresql://h:%zz/", "postgresql://h/d?nonsense=1"])
    func unreadable(text: String) {
        #expect(connectionOptions(in: text) == nil)
    }
}
