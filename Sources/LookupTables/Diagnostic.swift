// A finding about a configuration file, in the one form `mapmux check` and the log print.

/// One finding about a configuration file: what was found and what was expected.
package struct Diagnostic: Equatable, Sendable, CustomStringConvertible {
    package enum Severity: Sendable {
        /// The file can be used, but perhaps not as its author meant.
        case warning
        /// The file cannot be used.
        case error
    }

    package var severity: Severity
    package var file: String
    /// Counted from 1; nil for what no single line is to blame for.
    package var line: Int?
    package var message: String

    package init(severity: Severity, file: String, line: Int?, message: String) {
        self.severity = severity
        self.file = file
        self.line = line
        self.message = message
    }

    /// `FILE:LINE: message`, or `FILE: message` without a line.
    package var description: String {
        guard let line else { return "\(file): \(message)" }
        return "\(file):\(line): \(message)"
    }
}
