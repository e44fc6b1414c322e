// `mapmux check`: finds mistakes before Postfix does.

internal import ArgumentParser
internal import Check
internal import Configuration
internal import EventLoop
internal import LookupSearch
internal import LookupTables
internal import LookupValues
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
            Compare with the Postfix of this configuration directory. With the configuration of a service it is the one that \
            is installed, or that instance of it.
            """, valueName: "dir"))
    var postfix: String?

    func run() throws {
        try daemonUser.assume(for: options.absoluteFile)
        let line = StatusLine()
        var check = ConfigurationCheck(
            source: options.source, executesAll: execute, countsRows: rows
        ) { done, total in
            line.show("checking \(done + 1) of \(total) tables …")
        }
        var report = check.run()
        line.erase()
        if let unit = ServiceUnit(serving: options.absoluteFile) { warnOfHiddenPaths(&report, unit) }
        compareWithPostfix(&report)
        if json {
            print(String(decoding: report.json(), as: UTF8.self))
        } else {
            for complaint in report.complaints { complain(complaint) }
            for line in report.lines(isVerbose: verbose) { say(line) }
        }
        switch report.status {
        case .good: break
        case .temporaryFailure: throw ExitCode.temporaryFailure
        case .configurationError: throw ExitCode.configurationError
        }
    }

    /// Adds the paths that this command can see and the service can't.
    private func warnOfHiddenPaths(_ report: inout CheckReport, _ unit: ServiceUnit) {
        let hidden = ServiceUnit.hiddenDirectories(in: DaemonUser.texts(of: unit))
        if hidden.isEmpty { return }
        var diagnostics: [Diagnostic] = []
        for (path, file) in options.source.read(diagnostics: &diagnostics).neededPaths {
            guard let directory = hidden.first(where: { path.hasPrefix("\($0)/") || path == $0 }) else {
                continue
            }
            report.add(
                .warning, Mismatch.Code.hiddenPath.rawValue, file,
                "found \(path), which \(unit.name) can't see below \(directory) (PrivateTmp=, ProtectHome=); "
                    + "expected it elsewhere, or a drop-in for the unit")
        }
    }

    /// Adds the mismatches between Postfix and the configuration.
    private func compareWithPostfix(_ report: inout CheckReport) {
        let unit = ServiceUnit(serving: options.absoluteFile)
        let directory =
            postfix
            ?? unit?.postfixDirectory.flatMap { (try? readFile(at: "\($0)/main.cf")) == nil ? nil : $0 }
        let reader = PostfixReader(configurationDirectory: directory, postconf: nil)
        guard directory != nil || unit == .main && reader.isInstalled else { return }
        let output: PostconfOutput
        do throws(PostfixReader.Failure) {
            output = try reader.read()
        } catch {
            report.add(
                .warning, Mismatch.Code.noPostfix.rawValue, "\(directory ?? "/etc/postfix")/main.cf",
                "not compared with Postfix: \(error.lines.joined(separator: "; "))")
            return
        }
        var diagnostics: [Diagnostic] = []
        let configuration = options.source.read(diagnostics: &diagnostics)
        let settings = configuration.settings
        let maps = listedMaps(of: configuration)
        let inventory = PostfixInventory(output, maps: maps)
        let comparison = PostfixComparison(
            inventory,
            .init(
                maps: maps, facts: configuration.given,
                proxymapListen: settings.endpoints.filter { $0.clientProtocol == .proxymap }
                    .map { ($0.path, $0.terms.relay) },
                socketmapListen: settings.socketmapListen, relay: settings.proxymapRelay),
            isSocket: { isSocket($0) })
        let file = "\(inventory.configurationDirectory)/main.cf"
        for mismatch in comparison.mismatches {
            let severity: CheckReport.Problem.Severity =
                switch mismatch.severity {
                case .error: .error
                case .warning: .warning
                case .note: .note
                }
            report.add(severity, mismatch.code.rawValue, file, mismatch.message)
        }
        for path in comparison.askedSockets {
            switch isSocket(path) {
            case true?: continue
            case false?:
                report.add(
                    .error, Mismatch.Code.noSocket.rawValue, file,
                    "found no socket at \(path), which is asked here; expected a running mapmux serve")
            case nil:
                report.add(
                    .note, Mismatch.Code.unseenSocket.rawValue, file,
                    "whether there is a socket at \(path), which is asked here, can't be seen as user "
                        + "\(Account.currentName); root can")
            }
        }
    }

    private func listedMaps(of configuration: DaemonConfiguration) -> [ListedMap] {
        var tables: [(name: String, files: [String])] = []
        for map in configuration.maps {
            if let index = tables.firstIndex(where: { $0.name == map.name }) {
                tables[index].files.append(map.file)
            } else {
                tables.append((map.name, [map.file]))
            }
        }
        return tables.map { name, files in
            let parameters = configuration.settings.mapParameters[name] ?? []
            return ListedMap(name: name, tables: files, parameters: parameters.map(\.name))
        }
    }
}
