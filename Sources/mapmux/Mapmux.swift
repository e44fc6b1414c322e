// The command: its subcommands, their shared options, and their exit statuses.

internal import ArgumentParser
internal import Configuration
internal import Daemon
internal import EventLoop
// For the working directory.
internal import FoundationEssentials
// For stdin, stdout and stderr, which C declares as variables.
@unsafe @preconcurrency internal import Glibc
internal import Logging
internal import LookupTables
internal import LookupValues

@main
struct Mapmux: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "mapmux",
        abstract: "Answers the lookups of Postfix from PostgreSQL, through a few pipelined connections.",
        version: "mapmux \(mapmuxVersion)",
        subcommands: [
            Serve.self, Query.self, Check.self, Init.self, Stats.self, Top.self, Reload.self, Drain.self,
            Pause.self, Resume.self, Status.self, Config.self,
        ])

    static func main() {
        do {
            try openClosedStreams()
        } catch {
            // There may be nothing to say it on.
            _exit(ExitCode.systemFailure.rawValue)
        }
        main(nil)
    }
}

/// The options of every subcommand that reads mapmux.conf.
struct ConfigurationOptions: ParsableArguments {
    @Option(name: .short, help: ArgumentHelp("The configuration file.", valueName: "file"))
    var configurationFile = Self.defaultFile

    static let defaultFile = "/etc/mapmux/mapmux.conf"

    @Option(
        name: .short, parsing: .singleValue,
        help: ArgumentHelp("Override a parameter of the configuration file.", valueName: "name=value"))
    var override: [String] = []

    /// From the root directory, whatever the working directory is.
    var absoluteFile: String {
        configurationFile.hasPrefix("/")
            ? configurationFile : "\(FileManager.default.currentDirectoryPath)/\(configurationFile)"
    }

    var source: ConfigurationSource {
        ConfigurationSource(file: configurationFile, overrides: override, system: .local)
    }
}

extension ExitCode {
    /// No key was found.
    static let notFound = ExitCode(1)
    /// EX_OSERR of sysexits(3): the system does not give what is needed.
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

/// Ends the process at once. Its threads may be inside libpq and what that uses, whose exit(3) handlers would take
/// things away under them.
func leave(_ code: ExitCode) -> Never {
    unsafe fflush(stdout)
    // LeakSanitizer, where it is linked in, looks for leaks in exit(3) only.
    if let check = unsafe dlsym(nil, "__lsan_do_leak_check") {
        unsafe unsafeBitCast(check, to: (@convention(c) () -> Void).self)()
    }
    _exit(code.rawValue)
}

/// Writes a line to stderr, behind the name of the program.
func complain(_ text: String) {
    unsafe fputs("mapmux: \(text.shown(upTo: longestLine))\n", stderr)
}

/// Writes a line to stdout, fit for a terminal. Tabs stay: it may be a line of a file.
func say(_ text: String) {
    let parts = text.split(separator: "\t", omittingEmptySubsequences: false)
    print(parts.map { String($0).shown(upTo: longestLine) }.joined(separator: "\t"))
}

/// In bytes. A query may be long, and is the administrator's own.
private let longestLine = 100_000
