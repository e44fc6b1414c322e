// What libpq makes of results that it has received and not looked at when the connection ends.

import Glibc
import PostgreSQL
import TestSupport
import Testing
import ThrowawayServers

private typealias Message = PostgresMessage

@Suite("Lost connections")
struct LostConnectionTests {
    /// Answers one batch rightly and resets the connection.
    private static func server() throws -> ScriptedServer {
        try ScriptedServer { socket, _ in
            let length = try socket.read(4).reduce(0) { $0 << 8 | Int($1) }
            _ = try socket.read(length - 4)
            try socket.send(
                Message.authenticationOk + Message.backendKeyData(process: 7) + Message.readyForQuery)
            try readBatch(socket)
            try socket.send(
                Message.parseComplete + Message.bindComplete + Message.rowDescription()
                    + Message.dataRow("a value") + Message.commandComplete("SELECT 1")
                    + Message.readyForQuery)
            socket.resetAtEnd()
        }
    }

    /// Reads to the Sync that ends a batch.
    private static func readBatch(_ socket: StreamSocket) throws {
        while true {
            let header = try socket.read(5)
            _ = try socket.read(header[1...].reduce(0) { $0 << 8 | Int($1) } - 4)
            if header[0] == UInt8(ascii: "S") { return }
        }
    }

    /// Waits until the peer has closed the connection.
    private func waitForHangUp(_ connection: Connection) throws {
        try waitUntil("the connection is reset") {
            var request = pollfd(fd: connection.descriptor, events: 0, revents: 0)
            return unsafe poll(&request, 1, 0) == 1 && request.revents & Int16(POLLHUP) != 0
        }
    }

    private func ask(_ connection: Connection) -> Bool {
        connection.sendStatement { $0 += Array("SELECT 'a value'".utf8) } && connection.sendSync()
    }

    /// libpq 15, whose write fails, reads what has come without looking at it. Its next read fails and has it forget what
    /// was asked; then it takes the description of a row for the whole result of a statement, without rows: "not found".
    @Test("A result that was read as a write failed is whole, or is none")
    func unreadResult() throws {
        let server = try Self.server()
        let connection = try PostgreSQL.connect(
            ConnectionParameters([
                ("host", "127.0.0.1"), ("port", "\(server.port)"), ("user", "mapmux"), ("sslmode", "disable"),
                ("gssencmode", "disable"),
            ]), timeout: 10
        ).get()
        #expect(ask(connection))
        try waitForHangUp(connection)
        // The first write fails; in place of the second, what has come is read.
        #expect(ask(connection) && ask(connection))
        connection.consumeInput()
        var isLost = false
        while !isLost {
            switch connection.nextResult() {
            case nil:
                throw SupportError("a result is waited for that can't come")
            case .succeeded(let rows):
                #expect(rows.rowCount == 1)
            case .disconnected:
                isLost = true
            case .prepared:
                Issue.record("a statement that was executed is said to be prepared")
            case .failed(let error):
                Issue.record("the server has not said \(error)")
            case .aborted:
                Issue.record("no statement was skipped")
            case .synced:
                continue
            }
        }
    }
}
