// How log lines are written: what the configuration says of it, for the log handlers of all threads.

package import Configuration
internal import EventLoop
internal import Synchronization

/// What all handlers share, and a reload may change.
package final class LogStyle: Sendable {
    private let isJSON = Atomic(false)
    /// Whether lines begin with syslog's level in angle brackets, as sd-daemon(3) has it: journald takes it off again.
    let hasPriority: Bool

    package init(hasPriority: Bool) {
        self.hasPriority = hasPriority
    }

    /// As standard error wants it.
    package convenience init() {
        self.init(hasPriority: standardErrorIsJournal())
    }

    package var format: LogFormat {
        get { isJSON.load(ordering: .relaxed) ? .json : .text }
        set { isJSON.store(newValue == .json, ordering: .relaxed) }
    }
}
