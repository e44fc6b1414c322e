// `mapmux check`: says what is wrong before Postfix finds out.

internal import ArgumentParser
internal import EventLoop
internal import MapmuxDaemon

struct Check: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Read the configuration and all tables, connect to every host, and ask every query once.",
        discussion: """
            Prints a line for each table, and to stderr everything that is wrong, warnings of slow queries and open \
            doors too. Each query is asked for a key that can't exist, reading only; one that may keep something is \
            prepared and not asked. Exits 0 if there is no error, 75 if a host can't be reached, can't prepare a query \
            or fails to answer it, 78 if the configuration has errors.
            """)

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var daemonUser: DaemonUser

    @Flag(
        name: .shortAndLong, help: "Print each query as sent, its parameters' types, its plan and its hosts.")
    var verbose = false

    @Flag(help: "Print a JSON object with all of that and everything that is wrong.")
    var json = false

    @Flag(help: "Ask queries, too, that may keep something: a rollback does not undo all of it.")
    var execute = false

    func run() throws {
        try daemonUser.assume(for: options.configurationFile)
        let line = StatusLine()
        var check = ConfigurationCheck(source: options.source, executesAll: execute) { done, total in
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
