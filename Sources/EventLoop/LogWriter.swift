// Writes the log to standard error without ever making a thread that logs wait.

internal import CLinux
internal import Glibc
internal import LookupValues
internal import Synchronization

/// A thread that writes lines, in the order in which they were given, and a queue before it.
///
/// Standard error may be a pipe, a file, a terminal or journald's socket, and others may write to it. So it can't be made
/// non-blocking: that would hold for the others, as the open file is the same. poll(2) before write(2) is no help: a pipe
/// with a little room is writable, and a line that is longer, or another writer's, blocks all the same. Opening
/// /proc/self/fd/2 anew is not possible for sockets. A thread that may block works for all of them.
package final class LogWriter: Sendable {
    private struct Queue {
        var lines: [[UInt8]] = []
        /// In bytes: of the lines, and of the one that is being written.
        var bytes = 0
        /// How many lines there was no room for, since the last one for which there was.
        var lost = 0
    }

    /// In bytes. Enough for the lines of a busy second. If the reader hangs for longer, lines are lost.
    private static let room = 1_048_576

    private let queue = Mutex(Queue())
    /// Readable when there is something to write.
    private let filled: Descriptor
    /// Readable when all has been written.
    private let emptied: Descriptor
    private let lossLine: @Sendable (Int) -> String

    /// - Parameter lossLine: the line to write in place of so many lost ones.
    /// - Throws: the error of eventfd(2) or pthread_create(3).
    package init(lossLine: @escaping @Sendable (Int) -> String) throws(SystemError) {
        self.lossLine = lossLine
        filled = try Self.makeEvent()
        emptied = try Self.makeEvent()
        // It lives as long as the process.
        try startThread(named: "log") { [self] in run() }
    }

    private static func makeEvent() throws(SystemError) -> Descriptor {
        Descriptor(owning: try systemCall("eventfd") { eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) })
    }

    /// Has a line written. If there is no room for it, it is lost and counted. From any thread, and without waiting.
    ///
    /// - Parameter line: with its newline. With no more than PIPE_BUF bytes, 4096, no other process can write into it.
    package func write(_ line: String) {
        let line = Array(line.utf8)
        let isAdded = queue.withLock { queue in
            guard queue.bytes + line.count <= Self.room else {
                queue.lost += 1
                return false
            }
            noteLoss(&queue)
            queue.lines.append(line)
            queue.bytes += line.count
            return true
        }
        if isAdded { _ = eventfd_write(filled.raw, 1) }
    }

    /// Adds the line about lost lines in their place.
    private func noteLoss(_ queue: inout Queue) {
        guard queue.lost > 0 else { return }
        let line = Array(lossLine(queue.lost).utf8)
        queue.lost = 0
        queue.lines.append(line)
        queue.bytes += line.count
    }

    /// Waits until all lines are written, those before a process's end for instance.
    ///
    /// - Parameter nanoseconds: how long at most, as the reader may hang.
    package func flush(nanoseconds: Int64 = 1_000_000_000) {
        let deadline = MonotonicClock.now().advanced(byNanoseconds: nanoseconds)
        while queue.withLock({ $0.bytes > 0 || $0.lost > 0 }) {
            guard waitUntilReady(emptied.raw, for: .readable, until: deadline) else { return }
            Self.take(emptied)
        }
    }

    private static func take(_ event: borrowing Descriptor) {
        var count: eventfd_t = 0
        _ = unsafe eventfd_read(event.raw, &count)
    }

    // MARK: The thread

    private func run() {
        while true {
            _ = waitUntilReady(filled.raw, for: .readable, until: nil)
            Self.take(filled)
            while let lines = next() {
                for line in lines {
                    Self.write(line)
                    queue.withLock { $0.bytes -= line.count }
                }
            }
            _ = eventfd_write(emptied.raw, 1)
        }
    }

    /// All bytes to be written now; nil if there are none.
    private func next() -> [[UInt8]]? {
        queue.withLock { queue in
            if queue.lines.isEmpty { noteLoss(&queue) }
            defer { queue.lines = [] }
            return queue.lines.isEmpty ? nil : queue.lines
        }
    }

    /// Blocks. Bytes that can't be written, because the reader has closed or a disk is full, are given up.
    private static func write(_ line: [UInt8]) {
        var written = 0
        while written < line.count {
            let count = unsafe line.withUnsafeBytes { bytes in
                // `written` stays below the count.
                unsafe Glibc.write(STDERR_FILENO, bytes.baseAddress! + written, bytes.count - written)
            }
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                // Another process has made it non-blocking.
                _ = waitUntilReady(STDERR_FILENO, for: .writable, until: nil)
            } else if errno != EINTR {
                return
            }
        }
    }
}
