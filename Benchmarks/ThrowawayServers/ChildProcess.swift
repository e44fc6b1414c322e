// Starts programs with posix_spawn(3), their standard streams in files, and waits for them.

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
        var pid: Int32 = 0
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        switch stdin {
        case .file(let path): unsafe posix_spawn_file_actions_addopen(&actions, 0, path, O_RDONLY, 0)
        case .descriptor(let number): unsafe posix_spawn_file_actions_adddup2(&actions, number, 0)
        }
        for (index, descriptor) in descriptors.enumerated() {
            unsafe posix_spawn_file_actions_adddup2(&actions, descriptor, Int32(3 + index))
        }
        let flags = O_WRONLY | O_CREAT | O_APPEND
        unsafe posix_spawn_file_actions_addopen(&actions, 1, stdout, flags, 0o644)
        unsafe posix_spawn_file_actions_addopen(&actions, 2, stderr, flags, 0o644)

        // This may run on a thread that blocks all signals, as those of libdispatch do.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        unsafe sigemptyset(&none)
        unsafe posix_spawnattr_setsigmask(&attributes, &none)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

        let variables = Self.environment(adding: environment).map { Array("\($0.key)=\($0.value)".utf8) }
        let result = unsafe withCStrings([Array(program.utf8)] + arguments) { argv in
            unsafe withCStrings(variables) { envp in
                unsafe posix_spawnp(&pid, program, &actions, &attributes, argv, envp)
            }
        }
        guard result == 0 else {
            throw SupportError("cannot start \(program): \(errorText(result))")
        }
        self.pid = pid
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

/// Lends `strings` as the NULL-terminated vector of C strings that execve(2) wants.
private func withCStrings<R>(
    _ strings: [[UInt8]], _ body: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> R
) -> R {
    var offsets: [Int] = []
    var text: [CChar] = []
    for string in strings {
        offsets.append(text.count)
        text += string.map { CChar(bitPattern: $0) } + [0]
    }
    return unsafe text.withUnsafeMutableBufferPointer { text in
        var pointers: [UnsafeMutablePointer<CChar>?] = unsafe offsets.map { unsafe text.baseAddress! + $0 }
        unsafe pointers.append(nil)
        return unsafe pointers.withUnsafeMutableBufferPointer { unsafe body($0.baseAddress!) }
    }
}
