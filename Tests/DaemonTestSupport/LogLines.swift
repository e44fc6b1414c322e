// A log that keeps its lines, for tests.

package import Logging
internal import Synchronization

/// The lines that were logged: `LEVEL MESSAGE NAME=VALUE…`, the fields by name.
package final class LogLines: Sendable {
    fileprivate let lines = Mutex<[String]>([])
    package init() {}

    /// Writes here, from level info on.
    package var logger: Logger { Logger(label: "test") { _ in RecordingLog(lines: self) } }

    package var all: [String] { lines.withLock { $0 } }
}

private struct RecordingLog: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.info

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { " \($0.key)=\($0.value)" }
        lines.lines.withLock { $0.append("\(event.level) \(event.message)\(fields.joined())") }
    }
}
