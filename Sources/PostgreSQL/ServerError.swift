// The errors that PostgreSQL or libpq reports.

internal import CLibpq
internal import LookupValues

/// An error that the server reported for a statement, or libpq for a connection.
package struct ServerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The five characters of SQLSTATE; empty if the error did not come from the server.
    package let sqlState: String
    /// The primary message, one line that may be shown, without a password. At most `longestMessage` bytes.
    package let message: String
    /// Whether libpq reports it though a server was there: one that has accepted the connection and then kept silent until the
    /// time was over, or one with which no password or no encryption was agreed on.
    package internal(set) var hasMetServer = false

    /// How much of a message is kept, in bytes: it goes to the log, and the server may send anything.
    package static let longestMessage = 1_000

    /// Cleans and cuts both: what a server sends is never passed on unchanged.
    package init(sqlState: String, message: String) {
        let code = sqlState.utf8.filter { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte & 0xdf)
        }
        self.sqlState = String(decoding: code.prefix(5), as: UTF8.self)
        self.message = message.shown(upTo: Self.longestMessage)
    }

    package var description: String {
        sqlState.isEmpty ? message : "\(message) (SQLSTATE \(sqlState))"
    }
}

extension ServerError {
    /// Whether there are too many connections.
    package var isOfFullServer: Bool { sqlState == ServerErrorCode.tooManyConnections }
}

extension ServerError {
    /// The error of a failed result, by PQresultErrorField.
    init(result: OpaquePointer) {
        func field(_ code: Unicode.Scalar) -> String? {
            guard let text = unsafe PQresultErrorField(result, Int32(code.value)) else { return nil }
            return unsafe String(cString: text)
        }
        // PG_DIAG_SQLSTATE and PG_DIAG_MESSAGE_PRIMARY are character constants, which Swift does not import.
        let message =
            unsafe field("M").map { Self.line($0.split(whereSeparator: \.isNewline)) }
            ?? Self.line(PQresultErrorMessage(result))
        self.init(sqlState: field("C") ?? "", message: message)
    }

    /// The error of a broken connection, by PQerrorMessage.
    init(connection: OpaquePointer) {
        self.init(sqlState: "", message: unsafe Self.line(PQerrorMessage(connection)))
    }

    /// Why a connection could not be made, from libpq's verbose text: a line for each address, and under it
    /// what the server has added.
    package init(connectFailure text: String) {
        var sqlState = ""
        // If a second attempt at the same address, as without TLS, fails in the same way, that is said once.
        var said: Set<Substring> = []
        let lines = text.split(whereSeparator: \.isNewline).compactMap { line -> Substring? in
            if Self.verboseFields.contains(where: line.hasPrefix) { return nil }
            guard let code = Self.code(in: line) else { return line }
            // The last code is the one that the attempt ended with.
            sqlState = String(line[code].prefix(5))
            return line[..<code.lowerBound] + line[code.upperBound...]
        }.filter { said.insert($0).inserted }
        self.init(sqlState: sqlState, message: Self.line(lines))
    }

    /// What PQERRORS_VERBOSE adds in lines of its own: see pqBuildErrorMessage3() in libpq.
    private static let verboseFields = [
        "LOCATION:  ", "SCHEMA NAME:  ", "TABLE NAME:  ", "COLUMN NAME:  ", "DATATYPE NAME:  ",
        "CONSTRAINT NAME:  ",
    ]

    /// Where a line has a code and a colon, as `28P01: ` behind `… failed: FATAL:  `. The severity is in the
    /// server's language; only what comes from the server has two blanks behind a colon.
    private static func code(in line: Substring) -> Range<Substring.Index>? {
        guard let start = line.firstRange(of: ":  ")?.upperBound else { return nil }
        let rest = line[start...].utf8
        let isCode = rest.prefix(5).allSatisfy { byte in
            (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
                || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
        }
        guard isCode, rest.dropFirst(5).starts(with: ": ".utf8) else { return nil }
        return start..<rest.index(start, offsetBy: 7)
    }

    private static func line(_ text: UnsafePointer<CChar>?) -> String {
        guard let text = unsafe text else { return "out of memory" }
        return unsafe line(String(cString: text).split(whereSeparator: \.isNewline))
    }

    /// libpq ends its messages with a newline and may write several lines, some of which begin with a tab; in
    /// a log, a message is one line.
    private static func line(_ lines: [Substring]) -> String {
        lines.flatMap { $0.split(separator: "\t") }.joined(separator: " ")
    }
}
