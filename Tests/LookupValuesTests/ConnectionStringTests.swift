// Connection strings and URIs, and whether a piece of a password may stand where it should not.

import LookupValues
import Testing

@Test(
    "A string is taken apart",
    arguments: [
        ("dbname=mail password=secret", ["dbname": "mail", "password": "secret"]),
        ("dbname = 'my db' password='it\\'s \\\\'", ["dbname": "my db", "password": "it's \\"]),
        ("password=se\\ cret user=u", ["password": "se cret", "user": "u"]),
        ("user=a user=b", ["user": "b"]), ("user= b", ["user": "b"]), ("user=''", ["user": ""]),
        (
            "postgresql://u:a%40b@h1:5433,[::1]/d%20e?sslmode=require",
            [
                "user": "u", "password": "a@b", "host": "h1,::1", "port": "5433,", "dbname": "d e",
                "sslmode": "require",
            ]
        ),
        ("postgres://%2Frun/d?password=x%3d", ["host": "/run", "dbname": "d", "password": "x="]),
        ("postgresql://", [:]), ("postgresql://u:p?w@h", ["user": "u", "password": "p?w", "host": "h"]),
        ("postgresql:///d?host=a&host=b", ["dbname": "d", "host": "b"]),
    ])
func aStringIsTakenApart(text: String, options: [String: String]) {
    #expect(ConnectionString(text)?.options == options)
}

@Test(
    "What has an error is not taken apart",
    arguments: [
        "password", "password secret=", "password='secret", "postgresql://u:pa%ssw0rd@h/d",
        "postgresql://[::1",
        "postgresql://[]/d", "postgresql://[::1]x", "postgresql://h/d?password=a&b", "postgresql://h/d?a=b=c",
        "postgresql://h/%00", "postgresql://h/%4",
    ])
func whatHasAnErrorIsNotTakenApart(text: String) {
    #expect(ConnectionString(text) == nil)
}

@Test(
    "A string is plain if each part is what it should be",
    arguments: [
        "postgresql://u:secret@h/d", "postgresql://u%40corp:secret@h:5432/d",
        "postgresql://h1:1,h2:2/d?user=a",
        "dbname=mail host=/run/postgresql port=5433 password='p@s:s/w'", "postgresql://u@h",
        "postgresql:///d?host=@x",
    ])
func aStringIsPlainWhereEachPartIsWhatItShouldBe(text: String) throws {
    #expect(try #require(ConnectionString(text)).isPlain)
}

@Test(
    "A string is not plain if a part may be of a password",
    arguments: [
        // To libpq the rest of the password is a port, a database, a host.
        "postgresql://u:se/cret@h/d", "postgresql://u:se@cret@h/d", "postgresql://u:secret",
        "postgresql://u%3Asecret@h/d", "postgresql://u/secret@h/d", "postgresql://h/u:secret@x",
        "dbname='dbname=mail password=secret'", "dbname=postgresql://u:secret@h/d", "user=u:secret",
        "port=secret",
        "host=u:secret@h",
    ])
func aStringIsNotPlainWhereAPartMayBeOfAPassword(text: String) throws {
    #expect(ConnectionString(text)?.isPlain != true)
}

@Test("A password counts under each of its keywords")
func aPasswordCountsUnderEachOfItsKeywords() throws {
    func holdsPassword(_ text: String) throws -> Bool { try #require(ConnectionString(text)).holdsPassword }
    for text in ["password=x", "sslpassword=x", "postgresql://u:x@h", "postgresql://h/?sslpassw%6frd=x"] {
        #expect(try holdsPassword(text), "\(text)")
    }
    for text in ["passfile=/x", "password=''", "postgresql://u@h", "postgresql://h/?passfile=x"] {
        #expect(try holdsPassword(text) == false, "\(text)")
    }
}
