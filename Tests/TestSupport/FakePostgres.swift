// A PostgreSQL that the test plays: it answers each query as it should, until it is told to do otherwise.

import Synchronization
import ThrowawayServers

/// Speaks just enough of the protocol for mapmux. Every query returns one row with the text `value of KEY`, where the key
/// is the first parameter, or what the statement has between quotes; an array statement, of which each parameter is an
/// array of text, such a row for each, behind its place.
package final class FakePostgres: Sendable {
    /// What the client has sent.
    package enum Request: Equatable, Sendable {
        case startup
        case parse(sql: String)
        case bind
        case describe
        case execute(key: String)
        /// An array statement.
        case executeMany(keys: [String])
        /// The question what such a statement must be like.
        case survey
        case sync
    }

    /// What to do instead of what is right.
    package enum Reply: Sendable {
        case bytes([UInt8])
        /// These, and then nothing more, ever.
        case bytesAndSilence([UInt8])
        case bytesAndClose([UInt8])
        /// These again and again, until the client closes the connection.
        case flood([UInt8])
    }

    package typealias Behaviour = @Sendable (Request, _ connection: Int) -> Reply?

    private let server: ScriptedServer
    private let shared: Shared

    package var host: String { server.host }
    package var port: Int { server.port }
    package var accepted: Int { server.accepted }
    package var open: Int { server.open }

    private final class Shared: Sendable {
        /// In a structure, as each access to a function that is a lock's own value wraps it once more.
        struct State {
            var behaviour: Behaviour?
        }

        let state = Mutex(State())
    }

    package init() throws {
        let shared = Shared()
        self.shared = shared
        server = try ScriptedServer { socket, number in
            try FakeSession(socket: socket, number: number).serve { request in
                shared.state.withLock { $0.behaviour }?(request, number)
            }
        }
    }

    /// From now on, whatever this returns for a request is done in place of what is right; nil: nothing but the right.
    package func behave(_ behaviour: Behaviour?) {
        shared.state.withLock { $0.behaviour = behaviour }
    }

    package func cut() { server.cut() }
}

/// One connection to a fake PostgreSQL.
private final class FakeSession {
    private struct Silence: Error {}

    private let socket: StreamSocket
    private let number: Int
    private var statements: [String: String] = [:]
    private var bound: (sql: String, parameters: [String]) = ("", [])
    private var output: [UInt8] = []
    private var process: Int { 1000 + number }

    init(socket: StreamSocket, number: Int) {
        self.socket = socket
        self.number = number
    }

    func serve(_ behave: (FakePostgres.Request) -> FakePostgres.Reply?) throws {
        try begin()
        try reply(to: .startup, behave, rightly: greeting)
        try flush()
        while true {
            let header = try socket.read(5)
            var body = Reader(try socket.read(header[1...].reduce(0) { $0 << 8 | Int($1) } - 4))
            switch Character(Unicode.Scalar(header[0])) {
            case "P":
                let name = body.string()
                let sql = body.string()
                statements[name] = sql
                try reply(to: .parse(sql: sql), behave, rightly: PostgresMessage.parseComplete)
            case "B":
                _ = body.string()
                let sql = statements[body.string()] ?? ""
                _ = (0..<body.int16()).map { _ in body.int16() }
                let parameters = (0..<body.int16()).map { _ in
                    String(decoding: body.bytes(body.int32()), as: UTF8.self)
                }
                bound = (sql, parameters)
                try reply(to: .bind, behave, rightly: PostgresMessage.bindComplete)
            case "D":
                try reply(
                    to: .describe, behave, rightly: PostgresMessage.rowDescription(columns: isForMany ? 2 : 1)
                )
            case "E":
                if isForMany {
                    let keys = elements(of: bound.parameters.first ?? "")
                    try reply(
                        to: .executeMany(keys: keys), behave,
                        rightly: PostgresMessage.rows(
                            keys.enumerated().map { ("\($0 + 1)", "value of \($1)") }))
                } else if isSurvey {
                    try reply(to: .survey, behave, rightly: PostgresMessage.rows(["text[]"]))
                } else {
                    let request = FakePostgres.Request.execute(key: key)
                    try reply(to: request, isIntroduction ? { _ in nil } : behave, rightly: result)
                }
            case "S":
                try reply(to: .sync, behave, rightly: PostgresMessage.readyForQuery)
                try flush()
            case "H": try flush()
            case "Q":
                // It does not tell the port that it sees, and so is asked if it is Pgpool-II.
                output += PostgresMessage.error("no such parameter", sqlState: "42704")
                output += PostgresMessage.readyForQuery
                try flush()
            case "X": return
            default: throw SupportError("what is \(header)?")
            }
        }
    }

    private func begin() throws {
        while true {
            let length = try socket.read(4).reduce(0) { $0 << 8 | Int($1) }
            let code = try socket.read(length - 4)[..<4].reduce(0) { $0 << 8 | Int($1) }
            if code == 196_608 { return }
            try socket.send(Array("N".utf8))
        }
    }

    private var greeting: [UInt8] {
        PostgresMessage.authenticationOk
            + PostgresMessage.parameterStatus("server_version", "15.0")
            + PostgresMessage.parameterStatus("client_encoding", "UTF8")
            + PostgresMessage.parameterStatus("standard_conforming_strings", "on")
            + PostgresMessage.backendKeyData(process: process) + PostgresMessage.readyForQuery
    }

    /// mapmux asks a new connection about itself before it uses it.
    private var isIntroduction: Bool { bound.sql.contains("pg_catalog.") }

    private var isForMany: Bool { bound.sql.contains("mapmux_place") }
    private var isSurvey: Bool { bound.sql.contains("pg_prepared_statements") }

    /// The elements of an array as array_in() reads it, each of which is quoted.
    private func elements(of array: String) -> [String] {
        var elements: [String] = []
        var element: String?
        var isEscaped = false
        for character in array.unicodeScalars {
            if isEscaped {
                element?.unicodeScalars.append(character)
                isEscaped = false
            } else if character == "\\" {
                isEscaped = true
            } else if character != "\"" {
                element?.unicodeScalars.append(character)
            } else if let whole = element {
                elements.append(whole)
                element = nil
            } else {
                element = ""
            }
        }
        return elements
    }

    private var key: String {
        let quoted = bound.sql.split(separator: "'", omittingEmptySubsequences: false)
        return bound.parameters.first ?? (quoted.count > 1 ? String(quoted[1]) : "")
    }

    private var result: [UInt8] {
        if bound.sql.contains("set_config") { return PostgresMessage.commandComplete("SELECT 0") }
        let value = isIntroduction ? "\(process)" : "value of \(key)"
        return PostgresMessage.dataRow(value) + PostgresMessage.commandComplete("SELECT 1")
    }

    private func reply(
        to request: FakePostgres.Request, _ behave: (FakePostgres.Request) -> FakePostgres.Reply?,
        rightly right: [UInt8]
    ) throws {
        switch behave(request) {
        case nil: output += right
        case .bytes(let bytes): output += bytes
        case .bytesAndSilence(let bytes):
            output += bytes
            try flush()
            while try !socket.readSome().isEmpty {}
            throw Silence()
        case .bytesAndClose(let bytes):
            output += bytes
            try flush()
            throw Silence()
        case .flood(let bytes):
            try flush()
            while true { try socket.send(bytes) }
        }
    }

    private func flush() throws {
        try socket.send(output)
        output = []
    }
}

/// Takes a message apart.
private struct Reader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) { rest = bytes[...] }

    mutating func string() -> String {
        let text = rest.prefix { $0 != 0 }
        rest = rest.dropFirst(text.count + 1)
        return String(decoding: text, as: UTF8.self)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        defer { rest = rest.dropFirst(max(0, count)) }
        return Array(rest.prefix(max(0, count)))
    }

    mutating func int16() -> Int { bytes(2).reduce(0) { $0 << 8 | Int($1) } }
    mutating func int32() -> Int { Int(Int32(truncatingIfNeeded: bytes(4).reduce(0) { $0 << 8 | Int($1) })) }
}
