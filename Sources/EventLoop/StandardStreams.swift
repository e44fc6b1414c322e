// Writing to the process's own output, whole lines at a time.

internal import Glibc

/// The lines of the process's standard input, of any bytes, read as they come.
package struct StandardInputLines {
    /// What is to be waited for before `read`, with readiness `readable`.
    package static let descriptor = STDIN_FILENO

    private var unread: [UInt8] = []
    package private(set) var isAtEnd = false

    package init() {}

    /// Takes in what has come; blocks where nothing has.
    package mutating func read() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe Glibc.read(Self.descriptor, &buffer, buffer.count)
        if count > 0 {
            unread += buffer[..<count]
        } else if count == 0 || errno != EINTR {
            isAtEnd = true
        }
    }

    /// The next whole line without its end, or what is left at the end of the input; nil where there is none yet.
    package mutating func next() -> [UInt8]? {
        guard let end = unread.firstIndex(of: UInt8(ascii: "\n")) else {
            guard isAtEnd, !unread.isEmpty else { return nil }
            defer { unread = [] }
            return unread
        }
        defer { unread.removeFirst(end + 1) }
        return Array(unread[..<end])
    }
}

/// Writes with one write(2), so that lines of several threads do not mix. Never waits: what the other end has no room for
/// is lost.
package func writeToStandardError(_ text: String) {
    var request = pollfd(fd: STDERR_FILENO, events: Int16(POLLOUT), revents: 0)
    guard unsafe poll(&request, 1, 0) == 1, request.revents & Int16(POLLOUT) != 0 else { return }
    var text = text
    text.withUTF8 { bytes in
        _ = unsafe write(STDERR_FILENO, bytes.baseAddress, bytes.count)
    }
}

/// Whether standard error leads straight to journald, which JOURNAL_STREAM names by device and inode: see systemd.exec(5).
package func standardErrorIsJournal() -> Bool {
    guard let stream = unsafe getenv("JOURNAL_STREAM") else { return false }
    var status = stat()
    guard unsafe fstat(STDERR_FILENO, &status) == 0 else { return false }
    return unsafe String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
}
