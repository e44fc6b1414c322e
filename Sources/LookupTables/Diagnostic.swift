// A finding about a configuration file, in the one form `mapmux check` and the log print.

internal import LookupValues

/// One finding about a configuration file: what was found and what was expected.
package struct Diagnostic: Equatable, Sendable, CustomStringConvertible {
    package enum Severity: Sendable {
        /// The file can be used, but perhaps not as its author meant.
        case warning
        /// The file cannot be used.
        case error
    }

    /// How much of a file's text it may repeat, in bytes.
    private static let longestMessage = 4_000

    package var severity: Severity
    package var file: String
    /// Counted from 1; nil if no single line is to blame.
    package var line: Int?
    package var message: String
    /// The kind of finding, for programs; nil for most.
    package var code: Code?

    /// Programs know the kinds by these names, so they never change.
    package enum Code: String, Sendable {
        /// All users may read a password.
        case readablePassword = "readable-password"
        /// Files for the same user and database have different passwords.
        case differingPasswords = "differing-passwords"
        /// A key could become SQL, so the table is refused.
        case injectable
        /// A parameter that looks meant, but that Postfix ignores.
        case ignoredName = "ignored-name"
    }

    package init(severity: Severity, file: String, line: Int?, message: String, code: Code? = nil) {
        self.severity = severity
        self.code = code
        self.file = file
        self.line = line
        self.message = message.shown(upTo: Self.longestMessage)
    }

    /// `FILE:LINE: message`, or `FILE: message` without a line.
    package var description: String {
        "\(file.shown())\(line.map { ":\($0)" } ?? ""): \(message)"
    }
}
