// `mapmux check`: says what is wrong before Postfix finds out.

internal import ArgumentParser
internal import EventLoop
internal import MapmuxDaemon

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the configuration and all tables, connect to every host, and prepare every query.",
        discussion: """
            Prints a line for each table, and to stderr everything that is wrong, warnings of slow queries and open \
            doors too. Exits 0 if there is no error, 75 if a host can't be reached, or can't prepare a query or \
            doesn't let the login execute it, 78 if the configuration has errors.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(
        name: .shortAndLong, help: "Print each query as sent, its parameters' types, its plan and its hosts.")
    var verbose = false

    @Flag(help: "Print a JSON object with all of that and everything that is wrong.")
    var json = false

    func run() throws {
        let line = StatusLine()
        var check = ConfigurationCheck(source: options.source) { done, total in
            line.show("checking \(done + 1) of \(total) tables …")
        }
        let report = check.run()
        line.erase()
        if json {
            print(String(decoding: report.json(), as: UTF8.self))
        } else {
            for complaint in report.complaints { complain(complaint) }
            for line in report.lines(isVerbose: verbose) { print(line) }
        }
        switch report.status {
        case .good: break
        case .temporaryFailure: throw ExitCode.temporaryFailure
        case .configurationError: throw ExitCode.configurationError
        }
    }
}
