// What PostgreSQL or libpq says went wrong.

internal import CLibpq

/// An error that the server reported for a statement, or libpq for a connection.
package struct ServerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The five characters of SQLSTATE; empty where the error did not come from the server.
    package let sqlState: String
    /// The primary message, one line, without a password.
    package let message: String

    package init(sqlState: String, message: String) {
        self.sqlState = sqlState
        self.message = message
    }

    package var description: String {
        sqlState.isEmpty ? message : "\(message) (SQLSTATE \(sqlState))"
    }
}

extension ServerError {
    /// As much of a message as is kept, in characters: it goes to the log, and the server may say what it likes.
    private static let greatestLength = 1_000

    /// The error of a failed result, by PQresultErrorField.
    init(result: OpaquePointer) {
        func field(_ code: Unicode.Scalar) -> String? {
            guard let text = unsafe PQresultErrorField(result, Int32(code.value)) else { return nil }
            return unsafe String(String(cString: text).prefix(Self.greatestLength))
        }
        // PG_DIAG_SQLSTATE and PG_DIAG_MESSAGE_PRIMARY are character constants, which Swift does not import.
        sqlState = String((field("C") ?? "").prefix(5))
        message = unsafe field("M") ?? Self.line(PQresultErrorMessage(result))
    }

    /// The error of a broken connection, by PQerrorMessage.
    init(connection: OpaquePointer) {
        sqlState = ""
        message = unsafe Self.line(PQerrorMessage(connection))
    }

    /// libpq ends its messages with a newline and may write several lines; a log wants one.
    private static func line(_ text: UnsafePointer<CChar>?) -> String {
        guard let text = unsafe text else { return "out of memory" }
        let lines = unsafe String(cString: text).split(whereSeparator: \.isNewline)
        return String(lines.joined(separator: " ").prefix(greatestLength))
    }
}
