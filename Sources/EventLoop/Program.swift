// Runs another program to its end and returns what it has printed.

internal import CLinux
internal import Glibc

/// The result of a program.
package struct ProgramResult: Sendable {
    /// Its exit status; 128 plus the signal's number if a signal ended it.
    package let status: Int32
    package let output: [UInt8]
    package let error: [UInt8]
}

/// Runs a program, found on PATH unless its name has a slash, with an empty input and this process's environment.
///
/// It prints into files in memory, so that neither of its streams can fill up and stop it.
///
/// - Throws: ENOENT if there is no such program.
package func runProgram(_ name: String, _ arguments: [String]) throws(SystemError) -> ProgramResult {
    let output = try memoryFile()
    let error = try memoryFile()
    let pid = try startProgram(
        name, arguments.map { Array($0.utf8) },
        files: [
            (STDIN_FILENO, .file("/dev/null", flags: O_RDONLY)), (STDOUT_FILENO, .descriptor(output.raw)),
            (STDERR_FILENO, .descriptor(error.raw)),
        ], unignored: [SIGPIPE])
    var word: Int32 = 0
    try systemCall("waitpid") { unsafe waitpid(pid, &word, 0) }
    // The macros of wait(2): the low seven bits are the signal, the next byte the status.
    let signal = word & 0x7f
    return ProgramResult(
        status: signal == 0 ? (word >> 8) & 0xff : 128 + signal,
        output: try contents(of: output), error: try contents(of: error))
}

private func memoryFile() throws(SystemError) -> Descriptor {
    // MFD_CLOEXEC
    Descriptor(owning: try systemCall("memfd_create") { unsafe memfd_create("mapmux", 1) })
}

private func contents(of file: borrowing Descriptor) throws(SystemError) -> [UInt8] {
    // The program's copy of the descriptor has moved the position in the file, which both share.
    let raw = file.raw
    guard lseek(raw, 0, SEEK_SET) == 0 else { throw SystemError(call: "lseek", code: errno) }
    return try readToEnd(of: raw)
}
