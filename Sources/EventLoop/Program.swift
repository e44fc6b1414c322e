// Runs another program to its end and returns what it has printed.

internal import CLinux
// For environ, which C declares as a variable.
@unsafe @preconcurrency internal import Glibc

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
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    unsafe posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    unsafe posix_spawn_file_actions_adddup2(&actions, output.raw, STDOUT_FILENO)
    unsafe posix_spawn_file_actions_adddup2(&actions, error.raw, STDERR_FILENO)

    // Signals that are ignored or blocked here would be so there, too.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    var ignored = sigset_t()
    unsafe sigemptyset(&ignored)
    unsafe sigaddset(&ignored, SIGPIPE)
    unsafe posix_spawnattr_setsigdefault(&attributes, &ignored)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    // The strings live until they are freed below, and posix_spawnp(3) keeps none of them.
    var argv = unsafe ([name] + arguments).map { unsafe strdup($0) } + [nil]
    defer { unsafe argv.forEach { unsafe free($0) } }
    var pid: pid_t = 0
    let code = unsafe posix_spawnp(&pid, name, &actions, &attributes, &argv, environ)
    guard code == 0 else { throw SystemError(call: "posix_spawnp", code: code) }
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
