// Log lines for journald and for people: level, message, key=value fields, on stderr, without a time of their own.

internal import EventLoop
package import Logging

/// Writes each record as one line. A line of text has no time of its own, as whoever keeps the log adds it: journald, or
/// a pipe into ts(1). A JSON object has.
package struct StandardErrorLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.info
    private let style: LogStyle

    package init(style: LogStyle) {
        self.style = style
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        writeToStandardError(line(for: event, at: WallClock.now()))
    }

    /// The record as one line, with its newline.
    func line(for event: LogEvent, at time: Double) -> String {
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            .map { (name: $0.key, value: "\($0.value)") }
        let priority = style.hasPriority ? "<\(Self.priority(of: event.level))>" : ""
        switch style.format {
        case .text:
            let line = fields.reduce("mapmux: \(event.level): \(event.message)") { line, field in
                "\(line) \(field.name)=\(Self.field(field.value))"
            }
            return "\(priority)\(line)\n"
        case .json:
            let record = JSONRecord(
                time: time, level: "\(event.level)", message: "\(event.message)", fields: fields)
            return "\(priority)\(record)\n"
        }
    }

    /// As in syslog(3).
    private static func priority(of level: Logger.Level) -> Int {
        switch level {
        case .critical: 2
        case .error: 3
        case .warning: 4
        case .notice: 5
        case .info: 6
        case .debug, .trace: 7
        }
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
