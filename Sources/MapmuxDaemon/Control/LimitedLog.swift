// A log whose repeated messages cost at most a line a second.

internal import EventLoop
internal import Logging
internal import LookupValues

/// The log of one worker.
final class LimitedLog {
    /// What may be logged once a second: a message, and what it is about.
    private struct Kind: Hashable {
        let message: String
        let subject: String
    }

    private static let interval: Int64 = 1_000_000_000

    private(set) var logger: Logger
    private var last: [Kind: (at: Instant, suppressed: Int)] = [:]

    init(logger: Logger) {
        self.logger = logger
    }

    /// From a new configuration on.
    func setLevel(_ level: Logger.Level) {
        logger.logLevel = level
    }

    /// Logs, or counts for the next line of the same message about the same subject: of these there are few, files and
    /// hosts and sockets.
    func log(
        _ level: Logger.Level, _ message: String, about subject: String, _ metadata: Logger.Metadata
    ) {
        let kind = Kind(message: message, subject: subject)
        let now = MonotonicClock.now()
        if let entry = last[kind], now < entry.at.advanced(byNanoseconds: Self.interval) {
            last[kind] = (entry.at, entry.suppressed + 1)
            return
        }
        var metadata = metadata
        if let suppressed = last[kind]?.suppressed, suppressed > 0 {
            metadata["suppressed"] = "\(suppressed)"
        }
        last[kind] = (now, 0)
        logger.log(level: level, "\(message)", metadata: metadata)
    }
}
