// `mapmux status`: a plugin for Nagios, Icinga and similar programs.

internal import ArgumentParser
internal import Daemon
internal import LookupStatistics

struct Status: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say how the running daemon is, as a plugin for Nagios and Icinga.",
        discussion: """
            Prints a line with figures behind a bar, and exits 0 for OK, 1 for WARNING, 2 for CRITICAL, 3 for UNKNOWN. Critical \
            are: no daemon, a configuration that can't be used, a database without a connection, a map that can't be served or \
            in which each lookup of the last five minutes has failed, a proxymap_relay that does not answer, and too many \
            lookups that have failed.
            """)

    @OptionGroup var options: ConfigurationOptions

    @Option(
        help: ArgumentHelp(
            "Warn if more of a hundred lookups of the last five minutes have failed temporarily.",
            valueName: "percent"))
    var warning = 0.0

    @Option(help: ArgumentHelp("Call it critical if more have.", valueName: "percent"))
    var critical = 10.0

    /// In seconds. Nagios waits for 10.
    private static let patience: Int64 = 8

    func validate() throws {
        guard (0...100).contains(warning), (0...100).contains(critical), warning <= critical else {
            throw ValidationError(
                "found --warning \(warning) and --critical \(critical), expected 0 to 100, the warning not above"
            )
        }
    }

    func run() throws {
        let report = report()
        say(report.line)
        if report.level != .ok { throw ExitCode(report.level.rawValue) }
    }

    private func report() -> PluginReport {
        var reason = ""
        guard let path = options.source.controlSocket({ reason = $0 }) else {
            return PluginReport(.unknown, reason)
        }
        do throws(ControlError) {
            let answer = try ControlClient(path: path).ask(.stats, seconds: Self.patience)
            guard let statistics = answer.statistics else {
                return PluginReport(.unknown, answer.messages.joined(separator: ", "))
            }
            return PluginReport(statistics, .init(warning: warning, critical: critical))
        } catch {
            return PluginReport(error.isOfDaemon ? .critical : .unknown, error.description)
        }
    }
}
