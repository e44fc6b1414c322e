// A log whose repeated messages cost a line every ten seconds, and the latest errors for those who watch.

internal import EventLoop
internal import Logging
internal import LookupStatistics
internal import LookupValues

/// The log of one worker.
final class LimitedLog {
    /// What is logged once at a time: a message, and what it is about.
    private struct Kind: Hashable {
        let message: String
        let subject: String
    }

    /// The times that a message was left out since it was last logged.
    private struct Repeats {
        let level: Logger.Level
        var since: Instant
        var count = 0
        var metadata: Logger.Metadata = [:]
    }

    private static let interval: Int64 = 10_000_000_000

    private(set) var logger: Logger
    private var repeats: [Kind: Repeats] = [:]
    /// When `tellRepeats` has something to do; nil: never.
    private(set) var repeatsDueAt: Instant?
    private(set) var recent = RecentErrors()

    init(logger: Logger) {
        self.logger = logger
    }

    /// From a new configuration on.
    func setLevel(_ level: Logger.Level) {
        logger.logLevel = level
    }

    /// Logs each time.
    func logAlways(
        _ level: Logger.Level, _ message: String, about subject: String, _ metadata: Logger.Metadata
    ) {
        keep(level, message, subject, metadata)
        logger.log(level: level, "\(message)", metadata: metadata)
    }

    /// Logs, or counts for a later line of the same message about the same subject: of these there are few, files and
    /// hosts and sockets.
    func log(
        _ level: Logger.Level, _ message: String, about subject: String, _ metadata: Logger.Metadata
    ) {
        keep(level, message, subject, metadata)
        let kind = Kind(message: message, subject: subject)
        let now = MonotonicClock.now()
        if repeats[kind] != nil {
            repeats[kind]!.count += 1
            repeats[kind]!.metadata = metadata
            return
        }
        repeats[kind] = Repeats(level: level, since: now)
        let due = now.advanced(byNanoseconds: Self.interval)
        repeatsDueAt = repeatsDueAt.map { min($0, due) } ?? due
        logger.log(level: level, "\(message)", metadata: metadata)
    }

    /// Logs how often messages were left out whose time is over, with what they said the last time.
    func tellRepeats(now: Instant) {
        guard let due = repeatsDueAt, due <= now else { return }
        repeatsDueAt = nil
        let time = min(now, MonotonicClock.now())
        for (kind, entry) in repeats {
            var due = entry.since.advanced(byNanoseconds: Self.interval)
            if due <= now {
                repeats[kind] = nil
                if entry.count == 0 { continue }
                let seconds = max(1, (time.nanoseconds - entry.since.nanoseconds) / 1_000_000_000)
                var metadata = entry.metadata
                metadata["repeated"] = "\(entry.count) times in \(seconds)s"
                logger.log(level: entry.level, "\(kind.message)", metadata: metadata)
                // What goes on repeating itself costs the next line after another interval.
                repeats[kind] = Repeats(level: entry.level, since: time)
                due = time.advanced(byNanoseconds: Self.interval)
            }
            repeatsDueAt = repeatsDueAt.map { min($0, due) } ?? due
        }
    }

    /// Keeps a warning or an error for those who watch: what it is about is said once.
    private func keep(
        _ level: Logger.Level, _ message: String, _ subject: String, _ metadata: Logger.Metadata
    ) {
        guard level >= .warning else { return }
        let details = metadata.filter { "\($0.value)" != subject }.sorted { $0.key < $1.key }
            .map { "\($0.key)=\($0.value)" }
        let text = details.isEmpty ? message : "\(message): \(details.joined(separator: " "))"
        recent.add(RecentError(time: WallClock.now(), place: subject, message: text))
    }
}
