// The style of log lines that the configuration sets, for the log handlers of all threads.

package import Configuration
internal import EventLoop
internal import Synchronization

/// The settings that all handlers share, and that a reload may change.
package final class LogStyle: Sendable {
    private let isJSON = Atomic(false)
    /// Whether lines begin with syslog's level in angle brackets, as in sd-daemon(3): journald removes it again.
    let hasPriority: Bool

    package init(hasPriority: Bool) {
        self.hasPriority = hasPriority
    }

    /// The style for standard error.
    package convenience init() {
        self.init(hasPriority: standardErrorIsJournal())
    }

    package var format: LogFormat {
        get { isJSON.load(ordering: .relaxed) ? .json : .text }
        set { isJSON.store(newValue == .json, ordering: .relaxed) }
    }
}
