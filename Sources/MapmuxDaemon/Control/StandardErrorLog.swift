// Log lines for journald and for people: level, message, key=value fields, on stderr, without a time of their own.

internal import EventLoop
package import Logging

/// Writes each record as one line. Whoever keeps the log adds the time: journald, or a pipe into ts(1).
package struct StandardErrorLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.info

    package init() {}

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        writeToStandardError(line(for: event))
    }

    /// The record as one line, with its newline.
    func line(for event: LogEvent) -> String {
        var line = "mapmux: \(event.level): \(event.message)"
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) {
            line += " \(key)=\(Self.field("\(value)"))"
        }
        return line + "\n"
    }

    /// Quoted where it would otherwise not be one word. Control characters never reach the log.
    private static func field(_ value: String) -> String {
        let isWord =
            !value.isEmpty
            && value.unicodeScalars.allSatisfy {
                $0 > " " && $0 != "\"" && !("\u{7f}"..."\u{9f}").contains($0)
            }
        if isWord { return value }
        var quoted = "\""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\"", "\\": quoted += "\\\(scalar)"
            case "\u{0}"..."\u{1f}", "\u{7f}"..."\u{9f}": quoted += " "
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
