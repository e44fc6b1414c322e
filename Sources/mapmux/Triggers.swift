// `mapmux triggers`: SQL for the owner of the tables.

internal import ArgumentParser
internal import Check
internal import Configuration
internal import LookupTables

struct Triggers: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract:
            "Print SQL for the triggers that tell of changed rows, for the tables' owner to read and run.",
        discussion: """
            Installs nothing. Each table of the database that a map's query reads gets triggers that notify mapmux of changed \
            rows; what is in place as it must be is not printed again. For a map with which this is not possible, a comment says \
            why. Exits 0 if every database could be asked, 64 if no map is named and none is kept by notification, 75 if a \
            database can't be asked, 78 if the configuration has errors or not such a map.
            """)

    @OptionGroup var options: ConfigurationOptions
    @OptionGroup var daemonUser: DaemonUser

    @Flag(help: "Print the triggers, too, that are in place.")
    var all = false

    @Flag(
        help:
            "Print SQL that takes the triggers away: all that are in the databases, or those of the tables of these maps."
    )
    var remove = false

    @Argument(
        help: "The names of maps, whatever their `cache` is; without: those that are kept by notification.")
    var maps: [String] = []

    func validate() throws {
        if all, remove { throw ValidationError("found --all with --remove, expected one of them") }
    }

    func run() throws {
        try daemonUser.assume(for: options.absoluteFile)
        guard let configuration = options.source.readForUse({ complain($0.description) }) else {
            throw ExitCode.configurationError
        }
        if maps.isEmpty, !remove, TriggerReport.notifiedMaps(of: configuration).isEmpty {
            complain(
                "found no map that is kept by notification (cache = MAP=notified), expected one, or names of maps"
            )
            throw ExitCode.validationFailure
        }
        var report = TriggerReport(configuration, maps: maps, remove ? .removal : all ? .all : .missing)
        let output = report.run()
        for complaint in output.complaints { complain(complaint) }
        for line in output.lines { printLine(Array(line.utf8)) }
        switch output.result {
        case .good: return
        case .temporaryFailure: throw ExitCode.temporaryFailure
        case .configurationError: throw ExitCode.configurationError
        }
    }
}
