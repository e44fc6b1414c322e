// A line on standard error that is overwritten, to show progress.

internal import Glibc
internal import LookupValues

/// The last line of a terminal. If standard error is none, nothing is written.
package struct StatusLine {
    private let isShown: Bool

    package init() {
        isShown = isatty(STDERR_FILENO) == 1
    }

    /// Shows a text in place of the one before.
    package func show(_ text: String) {
        if isShown { write("\r\(text)\u{1b}[K") }
    }

    package func erase() {
        if isShown { write("\r\u{1b}[K") }
    }

    /// Does not wait long for a terminal that takes nothing.
    private func write(_ text: String) {
        let soon = MonotonicClock.now().advanced(byNanoseconds: 50_000_000)
        guard waitUntilReady(STDERR_FILENO, for: .writable, until: soon) else { return }
        var text = text
        text.withUTF8 { bytes in
            _ = unsafe Glibc.write(STDERR_FILENO, bytes.baseAddress, bytes.count)
        }
    }
}
