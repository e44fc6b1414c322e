// `mapmux check`: says what is wrong before Postfix finds out.

internal import ArgumentParser
internal import MapmuxDaemon

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the configuration and all tables, connect to every host, and prepare every query.",
        discussion: """
            Prints a line for each table, and to stderr everything that is wrong. Exits 0 if all is well, 75 if a \
            host can't be reached or a query can't be prepared, 78 if the configuration has errors.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() throws {
        var check = ConfigurationCheck(
            source: options.source, printLine: { print($0) }, reportProblem: { complain($0) })
        switch check.run() {
        case .good: break
        case .temporaryFailure: throw ExitCode.temporaryFailure
        case .configurationError: throw ExitCode.configurationError
        }
    }
}
