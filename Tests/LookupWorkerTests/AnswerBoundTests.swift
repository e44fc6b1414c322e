// What a server may say to what a new connection is asked, and to `mapmux check`.

import Databases
import EventLoop
import LookupValues
import PostgreSQL
import TestSupport
import Testing

@testable import LookupWorker

@Test("An answer without end is given up")
func anAnswerWithoutEndIsGivenUp() throws {
    let server = try ScriptedServer { socket, _ in
        let length = try socket.read(4).reduce(0) { $0 << 8 | Int($1) }
        _ = try socket.read(length - 4)
        try socket.send(
            PostgresMessage.authenticationOk + PostgresMessage.backendKeyData(process: 7)
                + PostgresMessage.readyForQuery)
        _ = try socket.readSome()
        try socket.send(
            PostgresMessage.parseComplete + PostgresMessage.bindComplete + PostgresMessage.rowDescription())
        let rows = (0..<1_000).flatMap { PostgresMessage.dataRow("row \($0) of very many") }
        while true { try socket.send(rows) }
    }
    let connection = try connect(
        ConnectionParameters([
            ("host", "127.0.0.1"), ("port", "\(server.port)"), ("user", "x"), ("sslmode", "disable"),
            ("gssencmode", "disable"),
        ]), timeout: 10
    ).get()
    let deadline = MonotonicClock.now().advanced(byNanoseconds: 60_000_000_000)
    #expect(throws: ServerError(sqlState: "", message: "the server's answer is too long")) {
        try connection.ask("SELECT", until: deadline)
    }
}
