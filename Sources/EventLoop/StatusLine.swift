// A line on standard error that is written over, for somebody who waits.

internal import Glibc

/// The last line of a terminal; where standard error is none, nothing is written.
package struct StatusLine {
    private let isShown: Bool

    package init() {
        isShown = isatty(STDERR_FILENO) == 1
    }

    /// Shows a text in the place of the one before.
    package func show(_ text: String) {
        if isShown { writeToStandardError("\r\(text)\u{1b}[K") }
    }

    package func erase() {
        if isShown { writeToStandardError("\r\u{1b}[K") }
    }
}
