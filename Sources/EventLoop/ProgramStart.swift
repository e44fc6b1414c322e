// Starts other programs: what they have open, what their environment is, and which signals they get.

internal import CLinux
// For environ, which C declares as a variable.
@unsafe @preconcurrency internal import Glibc

/// What a program that is started has open.
package enum GivenFile: Sendable {
    /// A copy of a descriptor of this process.
    case descriptor(Int32)
    /// A file, opened as by open(2).
    case file(String, flags: Int32, mode: UInt32 = 0)
}

/// Starts a program with no signal blocked, and does not wait for it.
///
/// - Parameters:
///   - name: a path; with `searchesPath` a name without a slash is looked for on PATH.
///   - arguments: those after the program's name. None of them has a NUL.
///   - files: what the program has open, and as which descriptor, done one after the other. It has besides what this process
///     has open without O_CLOEXEC.
///   - environment: its whole environment; nil: this process's.
///   - unignored: signals that it must not ignore because this process does.
/// - Returns: the number of its process, for the caller to wait for.
/// - Throws: the error of posix_spawn(3), ENOENT if there is no such program; that of posix_spawnp(3) with `searchesPath`.
package func startProgram(
    _ name: String, _ arguments: [[UInt8]], searchesPath: Bool = true,
    files: [(descriptor: Int32, file: GivenFile)], environment: [[UInt8]]? = nil, unignored: [Int32] = []
) throws(SystemError) -> Int32 {
    var actions = unsafe posix_spawn_file_actions_t()
    unsafe posix_spawn_file_actions_init(&actions)
    defer { unsafe posix_spawn_file_actions_destroy(&actions) }
    for (descriptor, file) in files {
        switch file {
        case .descriptor(let own):
            unsafe posix_spawn_file_actions_adddup2(&actions, own, descriptor)
        case .file(let path, let flags, let mode):
            unsafe posix_spawn_file_actions_addopen(&actions, descriptor, path, flags, mode)
        }
    }

    // Signals that are ignored or blocked here would be so there, too. A thread of libdispatch blocks all.
    var attributes = posix_spawnattr_t()
    unsafe posix_spawnattr_init(&attributes)
    defer { unsafe posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    unsafe sigemptyset(&none)
    unsafe posix_spawnattr_setsigmask(&attributes, &none)
    var ignored = sigset_t()
    unsafe sigemptyset(&ignored)
    for signal in unignored { unsafe sigaddset(&ignored, signal) }
    unsafe posix_spawnattr_setsigdefault(&attributes, &ignored)
    unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var pid: pid_t = 0
    let code = unsafe withCStrings([Array(name.utf8)] + arguments) { argv in
        unsafe withCStrings(environment ?? ownEnvironment()) { variables in
            searchesPath
                ? unsafe posix_spawnp(&pid, name, &actions, &attributes, argv, variables)
                : unsafe posix_spawn(&pid, name, &actions, &attributes, argv, variables)
        }
    }
    guard code == 0 else {
        throw SystemError(call: searchesPath ? "posix_spawnp" : "posix_spawn", code: code)
    }
    return pid
}

/// The variables of this process's environment, `NAME=value` each.
func ownEnvironment() -> [[UInt8]] {
    var all: [[UInt8]] = []
    while let variable = unsafe environ[all.count] {
        unsafe all.append(Array(UnsafeRawBufferPointer(start: variable, count: strlen(variable))))
    }
    return all
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
