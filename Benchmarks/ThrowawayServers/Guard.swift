// A shell that outlives this process and cleans up behind it, however it ended.

import CLinux
import Glibc
import Synchronization

/// The shell reads commands from a socket that only this process holds open; at end of file, which a crash brings
/// about as well, it runs them, the last first.
package final class Guard: Sendable {
    /// Kept as a `Result`, so that a failure to start it is the error of everything that needs it.
    package static let shared = Result { try Guard() }

    private let commands: Int32
    private let shell: ChildProcess

    private init() throws {
        var ends: [Int32] = [-1, -1]
        // Unlike pipe(2), this closes both ends atomically in the programs that other threads start meanwhile.
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else {
            throw SupportError("socketpair: \(errorText())")
        }
        let script = """
            trap '' INT TERM HUP
            all=:
            while IFS= read -r line; do all="$line; $all"; done
            eval "$all"
            """
        shell = try ChildProcess("/bin/sh", ["-c", script], stdin: .descriptor(ends[0]))
        close(ends[0])
        commands = ends[1]
    }

    /// - Parameter command: one line of shell; harmless where its work is done already.
    package func atExit(_ command: String) throws {
        let line = Array("\(command) 2>/dev/null\n".utf8)
        let written = unsafe line.withUnsafeBytes { bytes in
            unsafe Glibc.write(commands, bytes.baseAddress, bytes.count)
        }
        guard written == line.count else {
            throw SupportError("the cleaning shell does not listen: \(errorText())")
        }
    }
}
