// `mapmux query`: looks up keys as the daemon would, without a daemon.

internal import ArgumentParser
internal import Check
internal import Daemon
internal import DaemonLog
internal import Logging
internal import LookupTables
internal import LookupValues

struct Query: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Look up a key, or the keys on stdin, and print what is found.",
        discussion: """
            Prints the value, or a line key<TAB>value for each key of stdin that is found. Exits 0 if anything was \
            found, 1 if nothing was, 69 if the running daemon is to be asked and can't be, 75 if a lookup failed temporarily, 78 if the configuration has errors or \
            not this map, or the map's file can't be used.
            """)

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var daemonUser: DaemonUser

    @Flag(
        help: """
            Print how the key is looked up: what is sent, the plan at each host, the rows and the value. Nothing is changed.
            """)
    var explain = false

    @Flag(help: "Ask the running daemon, by its first socketmap socket, in place of the database.")
    var daemon = false

    @Argument(help: "The name of a map in the configuration.")
    var map: String

    @Argument(help: "The key; - reads keys from stdin, one a line.")
    var key: String

    func validate() throws {
        // A blank ends the map's name in a request.
        guard !map.isEmpty, !map.contains(" ") else { throw ValidationError("A map's name has no blanks.") }
        if explain, key == "-" {
            throw ValidationError("found --explain with keys from stdin, expected one key")
        }
        if explain, daemon {
            throw ValidationError("found --explain with --daemon, expected one of them")
        }
    }

    func run() throws {
        if !daemon || daemonUser.user != nil { try daemonUser.assume(for: options.absoluteFile) }
        if explain { try explainLookup() }
        let runner = try daemon ? daemonRunner() : ownRunner()
        var tally = Tally()
        if key == "-" {
            runner.answerStandardInput { key, answer in
                if let value = tally.value(of: answer, map: map) {
                    printLine(key + [UInt8(ascii: "\t")] + value)
                }
            }
        } else if let value = tally.value(of: runner.answer(for: CommandLine.bytes(of: key)), map: map) {
            printLine(value)
        }
        leave(tally.exitCode)
    }

    private func daemonRunner() throws -> QueryRunner {
        guard let runner = QueryRunner(map: map, askingDaemonOf: options.source, report: { complain($0) })
        else { throw ExitCode.unavailable }
        return runner
    }

    private func ownRunner() throws -> QueryRunner {
        var logger = Logger(label: "mapmux") { _ in
            StandardErrorLog(style: LogStyle(hasPriority: false)) { line in
                complain(String(line.dropFirst("mapmux: ".count).dropLast()))
            }
        }
        logger.logLevel = .error
        do {
            return try QueryRunner(map: map, source: options.source, logger: logger) { diagnostic in
                complain(diagnostic.description)
            }
        } catch {
            complain("\(error)")
            throw ExitCode(error)
        }
    }

    private func explainLookup() throws -> Never {
        let explanation: LookupExplanation?
        do {
            explanation = try LookupExplanation(map: map, source: options.source) {
                complain($0.description)
            }
        } catch {
            complain("\(error)")
            throw ExitCode.configurationError
        }
        let answer =
            explanation?.explain(CommandLine.bytes(of: key)) { printLine(Array($0.utf8)) }
            ?? .permanentFailure("there is no map named \(map)")
        if explanation?.isKept == true { explainKept() }
        var tally = Tally()
        _ = tally.value(of: answer, map: map)
        leave(tally.exitCode)
    }

    /// Prints what the running daemon has kept for the key, if there is one.
    private func explainKept() {
        let command = ControlCommand.kept(map: map, key: CommandLine.bytes(of: key))
        guard !key.isEmpty, !key.contains("\n"), let path = options.source.controlSocket({ _ in }),
            let answer = try? ControlClient(path: path).ask(command), answer.status == .done
        else { return }
        for line in answer.messages { printLine(Array("daemon: \(line)".utf8)) }
    }

    /// Adds up the answers for the exit status.
    private struct Tally {
        private var failure: ExitCode?
        private var hasFound = false

        var exitCode: ExitCode { failure ?? (hasFound ? .success : .notFound) }

        /// Counts an answer, and complains of a failure. Nil if there is no value to print.
        mutating func value(of answer: LookupOutcome, map: String) -> [UInt8]? {
            switch answer {
            case .found(let value):
                hasFound = true
                return value
            case .notFound:
                return nil
            case .temporaryFailure(let reason):
                failure = failure ?? .temporaryFailure
                complain("\(map): \(reason)")
                return nil
            case .permanentFailure(let reason):
                failure = .configurationError
                complain("\(map): \(reason)")
                return nil
            }
        }
    }
}
