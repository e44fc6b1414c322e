// Writing to the process's own output, whole lines at a time.

internal import Glibc

/// Writes with one write(2), so that lines of several threads do not mix. What the other end does not take is lost.
package func writeToStandardError(_ text: String) {
    var text = text
    text.withUTF8 { bytes in
        _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }
}
