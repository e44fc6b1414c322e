// The process's own input and output.

internal import Glibc

/// The lines of the process's standard input, of any bytes.
package struct StandardInputLines {
    /// The descriptor to wait for before `read`, with readiness `readable`.
    package static let descriptor = STDIN_FILENO

    private var unread: [UInt8] = []
    package private(set) var isAtEnd = false

    package init() {}

    /// Takes in the bytes that have come; blocks if there are none.
    package mutating func read() {
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let count = unsafe Glibc.read(Self.descriptor, &buffer, buffer.count)
        if count > 0 {
            unread += buffer[..<count]
        } else if count == 0 || errno != EINTR {
            isAtEnd = true
        }
    }

    /// The next whole line without its end, or the rest at the end of the input; nil if there is none yet.
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

/// Whether standard error is a socket of journald, which JOURNAL_STREAM names by device and inode: see systemd.exec(5).
package func standardErrorIsJournal() -> Bool {
    guard let stream = unsafe getenv("JOURNAL_STREAM") else { return false }
    var status = stat()
    guard unsafe fstat(STDERR_FILENO, &status) == 0 else { return false }
    return unsafe String(cString: stream) == "\(status.st_dev):\(status.st_ino)"
}
