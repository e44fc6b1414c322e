// A log that writes a repeated message once in ten seconds, and keeps the latest errors for monitoring.

internal import EventLoop
package import Logging
package import LookupStatistics
package import LookupValues

/// The log of one worker.
package final class LimitedLog {
    /// What is logged only once in an interval: a message about a subject.
    private struct Kind: Hashable {
        let message: String
        let subject: String
        /// One of the subject's many items, if the message is about an item.
        var item: String?
    }

    /// How often a message was left out since it was last logged.
    private struct Repeats {
        let level: Logger.Level
        var since: Instant
        var count = 0
        var metadata: Logger.Metadata = [:]
    }

    private static let interval: Int64 = 10_000_000_000
    /// The most items of a subject that are logged in one interval. Of further items only the number of messages is logged.
    private static let mostItems = 100
    /// How many items of a subject are shown in `recent`: the latest ones.
    private static let shownItems = 5

    package private(set) var logger: Logger
    private var repeats: [Kind: Repeats] = [:]
    /// When `tellRepeats` is to be called; nil if it has nothing to do.
    package private(set) var repeatsDueAt: Instant?
    package private(set) var recent = RecentErrors()
    /// The latest items of each subject that has items, and their text in `recent`.
    private var latest: [Kind: (items: [String], text: String)] = [:]

    package init(logger: Logger) {
        self.logger = logger
    }

    /// Takes over the level of a new configuration.
    package func setLevel(_ level: Logger.Level) {
        logger.logLevel = level
    }

    /// Logs each time.
    package func logAlways(
        _ level: Logger.Level, _ message: String, about subject: String, _ metadata: Logger.Metadata
    ) {
        keep(level, message, subject, metadata)
        logger.log(level: level, "\(message)", metadata: metadata)
    }

    /// Logs, or counts for a later line of the same message about the same subject. There are few subjects: files, hosts
    /// and sockets.
    package func log(
        _ level: Logger.Level, _ message: String, about subject: String, _ metadata: Logger.Metadata
    ) {
        keep(level, message, subject, metadata)
        limit(Kind(message: message, subject: subject), level, metadata)
    }

    /// Logs, or counts for a later line of the same message about the same item. There may be as many items as clients can
    /// invent; in `recent`, all items of a subject are one entry.
    ///
    /// - Parameter name: the name of the field with the item.
    package func log(
        _ level: Logger.Level, _ message: String, about subject: String, item: String, as name: String,
        _ metadata: Logger.Metadata
    ) {
        let group = Kind(message: message, subject: subject)
        var kind = Kind(message: message, subject: subject, item: item)
        // There is no news, and a client that asks the same again and again must not cost much.
        if repeats[kind] != nil && latest[group]?.items.last == item {
            repeats[kind]!.count += 1
            return
        }
        var items = latest[group]?.items ?? []
        items.removeAll { $0 == item }
        items = (items + [item]).suffix(Self.shownItems)
        let text = "\(message): \(items.joined(separator: ", "))"
        let error = RecentError(time: WallClock.now(), place: subject, message: text)
        if level >= .warning { recent.add(error, inPlaceOf: latest[group]?.text) }
        latest[group] = (items, error.message)
        let known = repeats.keys.count { $0.item != nil && $0.message == message && $0.subject == subject }
        if repeats[kind] == nil && known >= Self.mostItems { kind.item = nil }
        limit(kind, level, metadata.merging([name: "\(item)"]) { $1 })
    }

    private func limit(_ kind: Kind, _ level: Logger.Level, _ metadata: Logger.Metadata) {
        let now = MonotonicClock.now()
        if repeats[kind] != nil {
            repeats[kind]!.count += 1
            repeats[kind]!.metadata = metadata
            return
        }
        repeats[kind] = Repeats(level: level, since: now)
        let due = now.advanced(byNanoseconds: Self.interval)
        repeatsDueAt = repeatsDueAt.map { min($0, due) } ?? due
        logger.log(level: level, "\(kind.message)", metadata: metadata)
    }

    /// Logs how often messages were left out, for those whose interval is over, with the latest fields.
    package func tellRepeats(now: Instant) {
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
                metadata["repeated"] = "\(entry.count == 1 ? "once" : "\(entry.count) times") in \(seconds)s"
                logger.log(level: entry.level, "\(kind.message)", metadata: metadata)
                // A message that goes on repeating gets its next line after another interval.
                repeats[kind] = Repeats(level: entry.level, since: time)
                due = time.advanced(byNanoseconds: Self.interval)
            }
            repeatsDueAt = repeatsDueAt.map { min($0, due) } ?? due
        }
    }

    /// Keeps a warning or an error in `recent`. The subject is not repeated in its text.
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
