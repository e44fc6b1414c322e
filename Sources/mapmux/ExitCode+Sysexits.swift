// The exit statuses of the command, in addition to those of ArgumentParser.

internal import ArgumentParser
internal import Daemon
// For stdout, which C declares as a variable.
@unsafe @preconcurrency internal import Glibc

extension ExitCode {
    /// No key was found.
    static let notFound = ExitCode(1)
    /// EX_DATAERR of sysexits(3): a line of the input is not as expected.
    static let dataError = ExitCode(65)
    /// EX_OSERR of sysexits(3): the system lacks a resource.
    static let systemFailure = ExitCode(71)
    /// EX_TEMPFAIL of sysexits(3).
    static let temporaryFailure = ExitCode(75)
    /// EX_CONFIG of sysexits(3).
    static let configurationError = ExitCode(78)

    init(_ error: QueryError) {
        switch error {
        case .map: self = .configurationError
        case .system: self = .systemFailure
        }
    }

    init(_ error: StartError) {
        switch error {
        case .configuration, .socket, .status: self = .configurationError
        case .system: self = .systemFailure
        }
    }
}

/// Ends the process at once. Its threads may be inside libpq and its libraries, whose exit(3) handlers would free what the
/// threads still use.
func leave(_ code: ExitCode) -> Never {
    unsafe fflush(stdout)
    // LeakSanitizer, if it is linked in, looks for leaks in exit(3) only.
    if let check = unsafe dlsym(nil, "__lsan_do_leak_check") {
        unsafe unsafeBitCast(check, to: (@convention(c) () -> Void).self)()
    }
    _exit(code.rawValue)
}
