// What is known of a connection that can't be made: the server's code, its message, and which addresses had their time.

import Foundation
import PostgreSQL
import TestSupport
import Testing
import ThrowawayServers

@Suite("Refused connections", .serialized)
struct RefusedConnectionTests {
    private static let shared = Result {
        let cluster = try ThrowawayCluster(
            tcp: true, settings: ["max_connections": "6", "superuser_reserved_connections": "3"])
        try cluster.psql(
            "postgres",
            "CREATE ROLE alice LOGIN PASSWORD 'right'; CREATE ROLE full_up LOGIN; CREATE ROLE one LOGIN CONNECTION LIMIT 1"
        )
        try cluster.replace(
            "pg_hba.conf",
            with: """
                local all all trust
                host all alice 127.0.0.1/32 scram-sha-256
                host all stranger 127.0.0.1/32 reject
                host all all 127.0.0.1/32 trust

                """)
        try cluster.psql("postgres", "SELECT pg_reload_conf()")
        return cluster
    }

    /// One with room for everybody.
    private static let roomy = Result { try ThrowawayCluster(tcp: true) }

    private func attempt(
        _ host: String = "127.0.0.1", port: String, user: String, database: String = "postgres",
        password: String? = nil, timeout: Int = 10
    ) -> Result<Connection, ServerError> {
        var pairs = [
            ("host", host), ("port", port), ("user", user), ("dbname", database), ("sslmode", "disable"),
            ("gssencmode", "disable"),
        ]
        if let password { pairs.append(("password", password)) }
        return connect(ConnectionParameters(pairs), timeout: timeout)
    }

    private func refusal(
        _ host: String = "127.0.0.1", port: String, user: String, database: String = "postgres",
        password: String? = nil
    ) throws -> ServerError {
        switch attempt(host, port: port, user: user, database: database, password: password) {
        case .success: throw SupportError("\(user) gets in")
        case .failure(let error): return error
        }
    }

    @Test(
        "A refusal has its code, and the text that libpq gives by default",
        arguments: [
            ("alice", "postgres", "28P01", "password authentication failed for user \"alice\""),
            (
                "stranger", "postgres", "28000",
                "pg_hba.conf rejects connection for host \"127.0.0.1\", user \"stranger\", database \"postgres\", "
                    + "no encryption"
            ),
            ("nobody", "postgres", "28000", "role \"nobody\" does not exist"),
            ("postgres", "none", "3D000", "database \"none\" does not exist"),
        ])
    func refused(_ user: String, _ database: String, _ code: String, _ text: String) throws {
        let port = try #require(try Self.shared.get().port)
        let error = try refusal(port: "\(port)", user: user, database: database, password: "wrong")
        #expect(error.sqlState == code)
        #expect(
            error.message == "connection to server at \"127.0.0.1\", port \(port) failed: FATAL:  \(text)")
    }

    @Test("So has one for lack of room, for a role as for a server")
    func full() throws {
        let port = "\(try #require(try Self.shared.get().port))"
        let first = try attempt(port: port, user: "one").get()
        let error = try refusal(port: port, user: "one")
        #expect(error.sqlState == "53300")
        #expect(error.message.hasSuffix("too many connections for role \"one\""))
        var others: [Connection] = []
        while others.count < 10, case .success(let other) = attempt(port: port, user: "full_up") {
            others.append(other)
        }
        #expect(others.count < 10)
        let full = try refusal(port: port, user: "full_up")
        #expect(full.sqlState == "53300")
        #expect(!full.message.contains("53300") && !full.message.contains("LOCATION"))
        withExtendedLifetime((first, others)) {}
    }

    @Test("So has one of a server that shuts down")
    func shutdown() throws {
        let cluster = try ThrowawayCluster(tcp: true)
        let port = "\(try #require(cluster.port))"
        let connection = try attempt(port: port, user: "postgres").get()
        kill(try cluster.processID(), SIGTERM)
        var error: ServerError?
        try waitUntil("the server lets nobody in") {
            error = try? refusal(port: port, user: "postgres")
            return error != nil
        }
        #expect(error?.sqlState == "57P03")
        #expect(error?.message.hasSuffix("FATAL:  the database system is shutting down") == true)
        withExtendedLifetime(connection) {}
    }

    @Test("A verbose text is the attempt's only: a query's error has its message alone")
    func verbosityEnds() throws {
        let port = "\(try #require(try Self.shared.get().port))"
        let connection = try attempt(port: port, user: "alice", password: "right").get()
        #expect(connection.sendStatement { $0 += Array("SELECT 1 / 0".utf8) } && connection.sendSync())
        var results: [String] = []
        try waitUntil("the error has come") {
            connection.consumeInput()
            while let result = connection.nextResult() {
                if case .failed(let error) = consume result { results.append("\(error)") }
            }
            return !results.isEmpty
        }
        #expect(results == ["division by zero (SQLSTATE 22012)"])
    }

    @Test("Of several addresses each has its line, and the code is that of the server that answered")
    func severalAddresses() throws {
        let port = try #require(try Self.shared.get().port)
        let closed = try freeLoopbackPort()
        let error = try refusal(
            "127.0.0.1,127.0.0.1", port: "\(closed),\(port)", user: "alice", password: "wrong")
        #expect(error.sqlState == "28P01")
        #expect(
            error.message == """
                connection to server at "127.0.0.1", port \(closed) failed: Connection refused \
                Is the server running on that host and accepting TCP/IP connections? \
                connection to server at "127.0.0.1", port \(port) failed: FATAL:  password authentication failed for \
                user "alice"
                """)
        let none = try refusal("127.0.0.1,127.0.0.1", port: "\(closed),\(closed)", user: "alice")
        #expect(none.sqlState.isEmpty)
    }

    @Test(
        "An address that is silent has its time, and the next one its turn",
        arguments: [ProxyFaults.accepting(.never), .accepting(.silent)])
    func silence(_ faults: ProxyFaults) throws {
        let cluster = try Self.shared.get()
        let port = try #require(cluster.port)
        let proxy = try FaultProxy(before: cluster)
        proxy.set(faults)
        let silent = "\(try #require(proxy.port))"
        let connection = try attempt(
            "127.0.0.1,127.0.0.1", port: "\(silent),\(port)", user: "alice", password: "right", timeout: 2
        ).get()
        #expect(!connection.isBroken)
        guard case .failure(let error) = attempt(port: silent, user: "alice", timeout: 2) else {
            throw SupportError("a silent server lets somebody in")
        }
        #expect(error.sqlState.isEmpty)
        #expect(
            error.message == "connection to server at \"127.0.0.1\", port \(silent) failed: timeout expired")
    }

    @Test(
        "Nothing of a password is in the reason, however libpq has read a URI or a connection string",
        arguments: [
            // A port, a database and a host, to libpq.
            ("postgresql://r:geh/eim@127.0.0.1:PORT/mail", "password may be in it"),
            ("postgresql://127.0.0.1:PORT/eim@geh/mail", "password may be in it"),
            ("postgresql://r:geh@eim@127.0.0.1:PORT/mail", "password may be in it"),
            // Nothing, to libpq.
            ("postgresql://r:100%geheim@127.0.0.1:PORT/mail", "URI can't be parsed"),
            ("postgresql://r:1/geh?eim@127.0.0.1:PORT/mail", "URI can't be parsed"),
            ("postgresql://127.0.0.1:PORT/mail?password=1&geheim", "URI can't be parsed"),
            ("postgresql://r:1@127.0.0.1:PORT/mail?geheim=1", "URI can't be parsed"),
            ("host=127.0.0.1 port=PORT password=geh eim", "connection string in dbname can't be parsed"),
            ("host=127.0.0.1 port=PORT password='geh eim", "connection string in dbname can't be parsed"),
            ("postgresql://r:geheim", "password may be in it"),
            ("postgresql://r%3Ageheim@127.0.0.1:PORT/mail", "password may be in it"),
            ("postgresql://r/geheim@127.0.0.1:PORT/mail", "password may be in it"),
            ("postgresql://127.0.0.1:PORT/dbname=mail%20password=geheim", "password may be in it"),
            ("dbname='dbname=mail password=geheim' host=127.0.0.1 port=PORT", "password may be in it"),
            ("user=r:geheim host=127.0.0.1 port=PORT dbname=mail", "password may be in it"),
            ("dbname=mail PASSWORD=geheim host=127.0.0.1", "connection string in dbname can't be parsed"),
            ("r:geheim@127.0.0.1/mail", "password may be in it"),
            ("user=postgres host=127.0.0.1 port=PORT options='-c work_mem=geheim'", "password may be in it"),
            // As it should be.
            ("postgresql://nobody:geh%2Feim@127.0.0.1:PORT/mail", "role \"nobody\" does not exist"),
            ("user=nobody host=127.0.0.1 port=PORT password='geh eim'", "role \"nobody\" does not exist"),
            ("postgresql://127.0.0.1/mail?user=a@b&port=PORT", "role \"a@b\" does not exist"),
        ])
    func discretion(_ database: String, _ expected: String) throws {
        let port = "\(try #require(try Self.roomy.get().port))"
        let parameters = ConnectionParameters([
            ("dbname", database.replacingOccurrences(of: "PORT", with: port))
        ])
        guard case .failure(let error) = connect(parameters, timeout: 10) else {
            throw SupportError("\(database) gets in")
        }
        #expect(error.message.contains(expected), "\(error)")
        #expect(!error.message.contains("geh") && !error.message.contains("eim"), "\(error)")
    }

    @Test("What was said is cleaned, and cut in bytes, where it is taken in")
    func cleaning() {
        let accents = "e" + String(repeating: "\u{301}", count: 500_000)
        for error in [
            ServerError(sqlState: "\u{1b}42P01junk", message: "a\u{1b}[2Jb\u{202e}" + accents),
            ServerError(
                connectFailure: "c failed: FATAL:  42P01: a\u{1b}[2Jb\u{202e}\(accents)\nLOCATION:  f\n"),
        ] {
            #expect(error.sqlState == "42P01")
            #expect(error.message.contains("a\\u{1B}[2Jb\\u{202E}"))
            #expect(error.message.utf8.count <= ServerError.longestMessage)
        }
    }

    @Test("A server that greets with settings without end is listened to up to a bound")
    func endlessGreeting() throws {
        let server = try ScriptedServer { socket, _ in
            let length = try socket.read(4).reduce(0) { $0 << 8 | Int($1) }
            _ = try socket.read(length - 4)
            try socket.send(PostgresMessage.authenticationOk)
            let value = String(repeating: "v", count: 20_000)
            for number in 0..<1_000 { try socket.send(PostgresMessage.parameterStatus("p\(number)", value)) }
            try socket.send(PostgresMessage.backendKeyData(process: 7) + PostgresMessage.readyForQuery)
            while try !socket.readSome().isEmpty {}
        }
        guard case .failure(let error) = attempt(port: "\(server.port)", user: "x") else {
            throw SupportError("20 MB of settings are taken in")
        }
        #expect(error.message.hasSuffix("the server's greeting does not end"), "\(error)")
    }

    @Test("A connect_timeout of any size is one", arguments: ["99999999999", "9223372036854775807", "-1"])
    func giantTimeout(_ seconds: String) {
        // Nothing listens there.
        let parameters = ConnectionParameters([
            ("host", "/nonexistent"), ("user", "x"), ("connect_timeout", seconds),
        ])
        guard case .failure(let error) = connect(parameters, timeout: 2) else {
            Issue.record("somebody is there")
            return
        }
        #expect(error.message.contains("/nonexistent"), "\(error)")
    }

    @Test(
        "The code is taken where a server says it, and nowhere else",
        arguments: [
            (
                "could not translate host name \"x\" to address: Unknown\n", "",
                "could not translate host name \"x\" to address: Unknown"
            ),
            (
                "connection to server on socket \"/s\" failed: No such file\n\tIs it?\n", "",
                "connection to server on socket \"/s\" failed: No such file Is it?"
            ),
            ("c failed: FATAL:  28P01: no\nLOCATION:  f, a.c:1\n", "28P01", "c failed: FATAL:  no"),
            // The severity is in the server's language.
            ("c failed: 致命的エラー:  3D000: そんな\nLOCATION:  f, a.c:1\n", "3D000", "c failed: 致命的エラー:  そんな"),
            (
                "c failed: FATAL:  57P03: one\nd failed: FATAL:  28000: two\nDETAIL:  three\nHINT:  four\n",
                "28000", "c failed: FATAL:  one d failed: FATAL:  two DETAIL:  three HINT:  four"
            ),
            // With TLS and without, to the same end.
            (
                "c failed: FATAL:  53300: full\nLOCATION:  f, a.c:1\nc failed: FATAL:  53300: full\n",
                "53300",
                "c failed: FATAL:  full"
            ),
            ("c failed: FATAL:  of old: no code\n", "", "c failed: FATAL:  of old: no code"),
            ("c failed: FATAL:  28P0", "", "c failed: FATAL:  28P0"),
            ("", "", ""),
        ])
    func codes(_ text: String, _ code: String, _ message: String) {
        #expect(ServerError(connectFailure: text) == ServerError(sqlState: code, message: message))
    }
}
