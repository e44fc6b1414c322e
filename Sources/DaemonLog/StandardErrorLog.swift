// Log lines for journald and for people: level, message and key=value fields on stderr, without a time of their own.

internal import Configuration
package import EventLoop
package import Logging
internal import LookupValues

/// Writes each record as one line. A line of text has no time of its own, as the program that keeps the log adds it:
/// journald, or a pipe into ts(1). A JSON object has one.
package struct StandardErrorLog: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel = Logger.Level.info
    private let style: LogStyle
    private let write: @Sendable (String) -> Void

    /// - Parameter write: takes each line, with its newline. It is called on any thread, and must not wait.
    package init(style: LogStyle, write: @escaping @Sendable (String) -> Void) {
        self.style = style
        self.write = write
    }

    /// A writer for standard error. It reports lost lines in the same style.
    package static func writer(style: LogStyle) throws(SystemError) -> LogWriter {
        try LogWriter { count in
            let event = LogEvent(
                level: .warning, message: "lines of the log were lost, as standard error took none",
                metadata: ["lines": "\(count)"], source: nil, file: "", function: "", line: 0)
            return StandardErrorLog(style: style) { _ in }.line(for: event, at: WallClock.now())
        }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        write(line(for: event, at: WallClock.now()))
    }

    /// PIPE_BUF: the most bytes that one write(2) puts into a pipe in one piece, whatever other processes write.
    private static let longestLine = 4_096

    /// The record as one line, with its newline. If it would be too long, its message and fields are cut.
    func line(for event: LogEvent, at time: Double) -> String {
        var limit = Self.longestLine
        while true {
            let line = line(for: event, at: time, upTo: limit)
            if line.utf8.count <= Self.longestLine || limit < 16 { return line }
            limit /= 2
        }
    }

    /// - Parameter limit: the longest message or field, in bytes.
    private func line(for event: LogEvent, at time: Double, upTo limit: Int) -> String {
        // JSON escapes invisible characters, and loses none of them.
        func fit(_ text: String) -> String {
            style.format == .json ? text.cut(upTo: limit) : text.shown(upTo: limit)
        }
        let fields = metadata.merging(event.metadata ?? [:]) { $1 }.sorted { $0.key < $1.key }
            .map { (name: $0.key, value: fit("\($0.value)")) }
        let message = fit("\(event.message)")
        let priority = style.hasPriority ? "<\(Self.priority(of: event.level))>" : ""
        switch style.format {
        case .text:
            let line = fields.reduce("mapmux: \(event.level): \(message)") { line, field in
                "\(line) \(field.name)=\(Self.field(field.value))"
            }
            return "\(priority)\(line)\n"
        case .json:
            let record = JSONRecord(
                time: time, level: "\(event.level)", message: message, fields: fields)
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

    /// The value, in quotes if it would otherwise not be one word.
    private static func field(_ value: String) -> String {
        if !value.isEmpty, value.unicodeScalars.allSatisfy({ $0 > " " && $0 != "\"" }) { return value }
        var quoted = "\""
        for scalar in value.unicodeScalars {
            if scalar == "\"" || scalar == "\\" { quoted += "\\" }
            quoted.unicodeScalars.append(scalar)
        }
        return quoted + "\""
    }
}
