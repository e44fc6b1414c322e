// `mapmux check`: says what is wrong before Postfix finds out.

internal import ArgumentParser
internal import EventLoop
internal import LookupTables
internal import MapmuxDaemon
internal import PostfixInventory

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

    @Flag(help: "Count the rows that no key can meet, as keys are in lower case: reads all of each table.")
    var rows = false

    @Option(
        help: ArgumentHelp(
            """
            Compare with the Postfix of this configuration directory. With the default configuration it is the one that is \
            installed.
            """, valueName: "dir"))
    var postfix: String?

    func run() throws {
        try daemonUser.assume(for: options.configurationFile)
        let line = StatusLine()
        var check = ConfigurationCheck(
            source: options.source, executesAll: execute, countsRows: rows
        ) { done, total in
            line.show("checking \(done + 1) of \(total) tables …")
        }
        var report = check.run()
        line.erase()
        try compareWithPostfix(&report)
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

    /// Adds where Postfix and the configuration don't go together.
    private func compareWithPostfix(_ report: inout CheckReport) throws {
        let isService = options.configurationFile == ConfigurationOptions.defaultFile
        let reader = PostfixReader(configurationDirectory: postfix, postconf: nil)
        guard postfix != nil || isService && reader.isInstalled else { return }
        var diagnostics: [Diagnostic] = []
        let configuration = options.source.read(diagnostics: &diagnostics)
        let settings = configuration.settings
        let maps = configuration.maps.map { ($0.name, $0.file) }
        let inventory = PostfixInventory(try reader.read(), maps: maps)
        let comparison = PostfixComparison(
            inventory,
            .init(
                maps: maps, proxymapListen: settings.proxymapListen.map(\.path),
                socketmapListen: settings.socketmapListen,
                hasRelay: settings.endpoints.contains { $0.terms.relay != nil }),
            isSocket: { isSocket($0) == true })
        let file = "\(inventory.configurationDirectory)/main.cf"
        for mismatch in comparison.mismatches {
            report.add(
                mismatch.stopsMail ? .error : mismatch.code == .unusedMap ? .note : .warning,
                mismatch.code.rawValue, file, mismatch.message)
        }
        for path in comparison.askedSockets where isSocket(path) == false {
            report.add(
                .error, Mismatch.Code.noSocket.rawValue, file,
                "found no socket at \(path), which is asked here; expected a running mapmux serve")
        }
    }
}
