// Starts programs, their standard streams in files, and waits for them.

import EventLoop
import Foundation
import Glibc
import Synchronization

package final class ChildProcess: Sendable {
    package enum Input: Sendable {
        case file(String)
        case descriptor(Int32)
    }

    package let program: String
    package let pid: Int32
    private let status = Mutex<Int32?>(nil)

    /// - Parameters:
    ///   - environment: added to this process's own, of which PG* and MAIL_* variables are left out.
    ///   - descriptors: become 3, 4 and so on; each is above those.
    package init(
        _ program: String, bytes arguments: [[UInt8]], environment: [String: String] = [:],
        stdin: Input = .file("/dev/null"), stdout: String = "/dev/null", stderr: String = "/dev/null",
        descriptors: [Int32] = []
    ) throws {
        self.program = program
        let input: GivenFile =
            switch stdin {
            case .file(let path): .file(path, flags: O_RDONLY)
            case .descriptor(let number): .descriptor(number)
            }
        var files: [(descriptor: Int32, file: GivenFile)] = [(0, input)]
        for (index, descriptor) in descriptors.enumerated() {
            files.append((Int32(3 + index), .descriptor(descriptor)))
        }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        files.append((1, .file(stdout, flags: flags, mode: 0o644)))
        files.append((2, .file(stderr, flags: flags, mode: 0o644)))
        let variables = Self.environment(adding: environment).map { Array("\($0.key)=\($0.value)".utf8) }
        do throws(SystemError) {
            pid = try startProgram(program, arguments, files: files, environment: variables)
        } catch {
            throw SupportError("cannot start \(program): \(errorText(error.code))")
        }
    }

    package convenience init(
        _ program: String, _ arguments: [String], environment: [String: String] = [:],
        stdin: Input = .file("/dev/null"), stdout: String = "/dev/null", stderr: String = "/dev/null",
        descriptors: [Int32] = []
    ) throws {
        try self.init(
            program, bytes: arguments.map { Array($0.utf8) }, environment: environment, stdin: stdin,
            stdout: stdout, stderr: stderr, descriptors: descriptors)
    }

    /// The exit status once the process has ended, 128 plus the signal's number where one ended it.
    package func exitStatus() -> Int32? {
        status.withLock { status in
            if let status { return status }
            var word: Int32 = 0
            guard unsafe waitpid(pid, &word, WNOHANG) == pid else { return nil }
            let signal = word & 0x7f
            status = signal == 0 ? (word >> 8) & 0xff : 128 + signal
            return status
        }
    }

    /// Does nothing when the process has ended: its number may be another's by now.
    package func signal(_ number: Int32) {
        status.withLock { status in
            if status == nil { _ = kill(pid, number) }
        }
    }

    package func waitForExit(within seconds: Double = 60) throws -> Int32 {
        try waitUntil("\(program) (\(pid)) ends", within: seconds) { exitStatus() != nil }
        return exitStatus() ?? -1
    }

    private static func environment(adding additions: [String: String]) -> [String: String] {
        var all = ProcessInfo.processInfo.environment.filter {
            !$0.key.hasPrefix("PG") && !$0.key.hasPrefix("MAIL_") && !$0.key.hasPrefix("LC_")
        }
        all["LANG"] = "C"
        return all.merging(additions) { $1 }
    }
}
