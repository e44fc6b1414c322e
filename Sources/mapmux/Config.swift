// `mapmux config`: the parameters' values, as postconf(1) shows Postfix's.

internal import ArgumentParser
internal import Configuration
internal import Daemon
internal import LookupTables

struct Config: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show the values of parameters: those that mapmux.conf and -o give.",
        discussion: """
            A line name = value each, like postconf -n. With names of parameters these only, given or not. Exits 78 if the \
            configuration has errors, 64 if there is no such parameter, 69 if no daemon answers.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Flag(help: "Show all parameters, with their defaults where nothing is given.")
    var all = false

    @Flag(
        help: "Show what the running daemon has, which may have been started or reloaded with other values.")
    var daemon = false

    @Argument(help: "Parameters.")
    var names: [String] = []

    func run() throws {
        let given = daemon ? try givenToDaemon() : try givenHere()
        let (lines, unknown) = DaemonConfiguration.lines(given, names: names, isWhole: all)
        for line in lines { say(line) }
        if unknown.isEmpty { return }
        for name in unknown {
            complain("found the unknown parameter `\(name)`, expected one of mapmux.conf(5)'s")
        }
        throw ExitCode.validationFailure
    }

    private func givenToDaemon() throws -> [String: String] {
        let client = try options.connectToDaemon()
        let answer = try orComplain { () throws(ControlError) in try client.ask(.config) }
        guard let given = answer.parameters else {
            for message in answer.messages { complain(message) }
            throw ExitCode.unavailable
        }
        return given
    }

    /// Errors in tables are reported by mapmux check.
    private func givenHere() throws -> [String: String] {
        var errors: [Diagnostic] = []
        let configuration = options.source.readForUse {
            let isHere = $0.file == options.configurationFile || $0.file.hasPrefix("-o ")
            if $0.severity == .error && isHere { errors.append($0) }
        }
        if let configuration { return configuration.given }
        for error in errors { complain(error.description) }
        throw ExitCode.configurationError
    }
}
