// Connection strings, as libpq takes them apart.

import LookupValues
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

    @Test(
        "What is to be shown is told from the same options as libpq's own reading has",
        arguments: [
            "postgresql://", "postgresql://u:p@h:1/d?sslmode=require", "postgresql://u:p/w@h/d",
            "postgres://a,b:1,[::1]/",
            "postgresql://u:a@b@c/d", "postgresql://[::1", "postgresql://[]", "postgresql://[a]b",
            "postgresql://h:/d",
            "postgresql://h,/d", "postgresql://,", "postgresql://:p@h", "postgresql://u:@h",
            "postgresql://@h",
            "postgresql://h?user=a&user=b", "postgresql://h/?user", "postgresql://h/?user=a=b",
            "postgresql://h/?&",
            "postgresql://h/?user=a&", "postgresql://%", "postgresql://%4", "postgresql://%4g",
            "postgresql://%00",
            "postgresql://%41%c3%a4:b%2Fc@h", "postgresql://h/?use%72=x", "postgresql://u?v:w@h",
            "postgresql:///d?host=/x",
            "user=a", "user = a", " user\t=\n'a b' ", "user='a\\'b'", "user=a\\ b", "user='a", "user",
            "user a=b", "user=",
            "user= port=1", "user='a'port=1", "user=a'b", "user=\\", "user='\\", "user==a",
            "user=a port = '1' ", "",
        ])
    func sameOptions(text: String) {
        #expect(ConnectionString(text)?.options == connectionOptions(in: text))
    }

    @Test("What libpq can't read is none", arguments: ["postgresql://h:%zz/", "postgresql://h/d?nonsense=1"])
    func unreadable(text: String) {
        #expect(connectionOptions(in: text) == nil)
    }
}
