// Shows how far the comparison is: a line that changes on a terminal, lines one after the other elsewhere.

import EventLoop
import Foundation
import Glibc
import LookupValues

struct Progress {
    private let total: Int
    private var done = 0
    private let start = MonotonicClock.now()
    private let isTerminal = isatty(STDERR_FILENO) == 1

    init(total: Int) {
        self.total = total
    }

    func say(_ text: String) {
        let seconds = (MonotonicClock.now().nanoseconds - start.nanoseconds) / 1_000_000_000
        // Back to the line's beginning, and what was there is erased.
        write(isTerminal ? "\r\u{1b}[K\(seconds) s: \(text)" : "\(seconds) s: \(text)\n", to: .standardError)
    }

    /// Another one of all measurements is done.
    mutating func note(_ text: String) {
        done += 1
        say("\(done * 100 / total) %, \(text)")
    }

    /// A result, on the standard output.
    func show(_ text: String) {
        if isTerminal { write("\r\u{1b}[K", to: .standardError) }
        write("\(text)\n", to: .standardOutput)
    }

    private func write(_ text: String, to handle: FileHandle) {
        handle.write(Data(text.utf8))
    }
}
