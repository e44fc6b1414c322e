// Runs programs to their ends and collects what they print.

import Foundation
import Glibc
import Synchronization

/// A program that was started. Its streams go through files: no pipe can fill up and block.
package final class Command: Sendable {
    package struct Result: Sendable {
        package let status: Int32
        package let stdout: [UInt8]
        package let stderr: String

        package var text: String { String(decoding: stdout, as: UTF8.self) }
    }

    private let child: ChildProcess
    private let files: [String]

    package init(_ program: String, bytes arguments: [[UInt8]], stdin: [UInt8] = []) throws {
        let scratch = try Self.scratch.get()
        let number = Self.counter.add(1, ordering: .relaxed).newValue
        files = ["in", "out", "err"].map { "\(scratch.path)/\(number).\($0)" }
        if !stdin.isEmpty { try Data(stdin).write(to: URL(fileURLWithPath: files[0])) }
        child = try ChildProcess(
            program, bytes: arguments, stdin: .file(stdin.isEmpty ? "/dev/null" : files[0]),
            stdout: files[1], stderr: files[2])
    }

    deinit {
        if child.exitStatus() == nil {
            child.signal(SIGKILL)
            _ = try? child.waitForExit()
        }
        for file in files { unsafe unlink(file) }
    }

    /// nil while the program runs.
    package func result() throws -> Result? {
        guard let status = child.exitStatus() else { return nil }
        return Result(status: status, stdout: try readFile(files[1]), stderr: try error())
    }

    /// What the program has printed to its standard error so far.
    package func error() throws -> String {
        String(decoding: try readFile(files[2]), as: UTF8.self)
    }

    private static let scratch = Swift.Result { try TemporaryDirectory(mode: 0o700) }
    private static let counter = Atomic<Int>(0)
}

/// Runs a program to its end.
package func run(
    _ program: String, bytes arguments: [[UInt8]], stdin: [UInt8] = []
) throws -> Command.Result {
    let command = try Command(program, bytes: arguments, stdin: stdin)
    var result: Command.Result?
    try waitUntil("\(program) ends", within: 120) {
        result = try command.result()
        return result != nil
    }
    return result!
}

package func run(_ program: String, _ arguments: [String], stdin: [UInt8] = []) throws -> Command.Result {
    try run(program, bytes: arguments.map { Array($0.utf8) }, stdin: stdin)
}

/// A whole file. One in /proc gives a page at a time, and Foundation takes the first for all.
package func readFile(_ path: String) throws -> [UInt8] {
    let file = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { throw SupportError("cannot read \(path): \(errorText())") }
    defer { close(file) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
        let count = unsafe read(file, &chunk, chunk.count)
        guard count >= 0 else { throw SupportError("cannot read \(path): \(errorText())") }
        if count == 0 { return bytes }
        bytes += chunk[..<count]
    }
}
