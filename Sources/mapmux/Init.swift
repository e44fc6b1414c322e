// `mapmux init`: makes a configuration for an installed Postfix, and prints what to change in Postfix.

internal import ArgumentParser
internal import Configuration
internal import EventLoop
internal import LookupTables
internal import PostfixInventory

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a mapmux.conf from the configuration of Postfix, and say how to put it to use.",
        discussion: """
            Asks postconf(1) for every pgsql: table in main.cf and master.cf, for the parameters in which each is searched, \
            and for what decides about searches. Prints a mapmux.conf that ends with instructions as comments, or, with \
            --write, writes it and prints them for a shell. Changes nothing else. Exits 69 if Postfix is not installed, 73 \
            if the file can't be written or read, 78 if Postfix's configuration or the file has errors, or there is no \
            table to serve. Where the file is there already, all that it has stays: what would be added is shown as a diff.
            """)

    @Option(
        name: .customShort("c"),
        help: ArgumentHelp("Postfix's configuration directory, if not its default.", valueName: "dir"))
    var postfixDirectory: String?

    @Option(
        help: ArgumentHelp(
            "The postconf(1) to ask, of several or where it can't be found.", valueName: "program"))
    var postconf: String?

    @Option(help: ArgumentHelp("The user mapmux will run as, if not Postfix's own.", valueName: "name"))
    var user: String?

    @Option(help: ArgumentHelp("Write the configuration to a file.", valueName: "file"))
    var write: String?

    @Flag(help: "Add to the file if it is there already.")
    var force = false

    @Flag(help: "Print how to use socketmap, for single maps, in place of proxymap.")
    var socketmap = false

    func validate() throws {
        if force && write == nil { throw ValidationError("--force goes with --write") }
    }

    func run() throws {
        let way = socketmap ? WayIn.socketmap : .proxymap
        let existing = try readExisting()
        let inventory = PostfixInventory(
            try PostfixReader(configurationDirectory: postfixDirectory, postconf: postconf).readOrComplain(),
            maps: existing?.maps ?? [], places: existing?.places(for: way))
        tellOfSocketmaps(inventory, existing)
        guard !inventory.served.isEmpty || existing != nil && !inventory.socketmaps.isEmpty else {
            for line in inventory.notes { complain(line) }
            complain("found no pgsql: table in Postfix's configuration that can be served, expected one")
            throw ExitCode.configurationError
        }
        for problem in inventory.problems { complain(problem) }
        for directory in inventory.otherInstances {
            complain(
                "reads \(inventory.configurationDirectory) only; for the instance in \(directory): mapmux init -c "
                    + directory)
        }
        try checkAccess(inventory)
        let group = Account(named: inventory.mailOwner)?.groupName ?? inventory.mailOwner
        let addition = existing?.adding(inventory, socketGroup: group, way: way)
        let steps = inventory.steps(
            way, configurationDirectory: postfixDirectory, postconf: postconf, hasUnits: hasUnits(inventory),
            addedTo: addition?.diff.isEmpty == false ? file : nil)
        if let addition {
            try add(addition)
        } else {
            let configuration = inventory.configuration(socketGroup: group)
            if let write {
                try put(Array(configuration.utf8), at: write)
            } else {
                for line in configuration.split(separator: "\n", omittingEmptySubsequences: false) {
                    say(String(line))
                }
            }
        }
        // The steps come after the configuration: they need it.
        for step in steps { say(write == nil ? step.forConfiguration : step.forShell) }
    }

    /// Whether the installed service runs with this configuration.
    private func hasUnits(_ inventory: PostfixInventory) -> Bool {
        let usual =
            inventory.unitInstance.map { "/etc/mapmux/\($0).conf" } ?? ConfigurationOptions.defaultFile
        let isIts =
            inventory.unitInstance == nil ? postfixDirectory == nil && file == usual : write ?? usual == usual
        return isIts && ServiceUnit(serving: usual).map(DaemonUser.hasUnit) ?? false
    }

    /// The daemon's present or future file.
    private var file: String? {
        write ?? (postfixDirectory == nil ? ConfigurationOptions.defaultFile : nil)
    }

    /// The present contents of the file; nil if there is no file, or it is empty. None of its contents is ever replaced.
    private func readExisting() throws -> ExistingConfiguration? {
        guard let file else { return nil }
        let contents: [UInt8]
        do {
            contents = try readFile(at: file)
        } catch {
            if error.meansAbsence { return nil }
            complain("\(file): \(error); expected a file that can be read, to add to it")
            throw ExitCode.cannotCreate
        }
        if contents.isEmpty { return nil }
        var diagnostics: [Diagnostic] = []
        let existing = ExistingConfiguration(path: file, contents: contents, diagnostics: &diagnostics)
        if existing != nil {
            // Errors that mapmux serve would report, except for maps: these may still be missing.
            var found: [Diagnostic] = []
            _ = ConfigurationSource(
                file: file, overrides: ["maps=pgsql:/dev/null", "map_trust=", "map_parameters="],
                system: .local
            )
            .read(diagnostics: &found)
            diagnostics += found.filter { $0.file == file }
        }
        if let existing, !diagnostics.contains(where: { $0.severity == .error }) { return existing }
        for diagnostic in diagnostics where diagnostic.severity == .error { complain(diagnostic.description) }
        complain("\(file): nothing is added to it until that is mended")
        throw ExitCode.configurationError
    }

    /// Reports maps that main.cf names and the configuration lacks.
    private func tellOfSocketmaps(_ inventory: PostfixInventory, _ existing: ExistingConfiguration?) {
        guard let existing else { return }
        for (socket, map) in inventory.socketmaps where socket.contains("mapmux") {
            if existing.maps.contains(where: { $0.name == map }) { continue }
            complain(
                "found socketmap:\(socket):\(map) in main.cf, expected a map of that name in \(file ?? "")")
        }
    }

    private func add(_ addition: ExistingConfiguration.Addition) throws {
        for remark in addition.remarks { complain(remark) }
        let name = file ?? ""
        if addition.diff.isEmpty {
            return say("# \(name) has all that is needed: nothing is to be changed.")
        }
        let diff = ["--- \(name)", "+++ \(name)"] + addition.diff
        guard write != nil else { return diff.forEach { say($0) } }
        guard force else {
            diff.forEach { complain($0) }
            complain("\(name) is there already; --force adds these lines to it")
            throw ExitCode.cannotCreate
        }
        try put(addition.contents, at: name)
    }

    private func put(_ contents: [UInt8], at path: String) throws {
        do {
            try writeFile(contents, at: path, replacing: force)
        } catch {
            complain("\(path): \(error)" + (error.meansExistence ? "; --force adds to it" : ""))
            throw ExitCode.cannotCreate
        }
    }

    /// Reports files and a directory that the daemon's user can't access.
    private func checkAccess(_ inventory: PostfixInventory) throws {
        let name = user ?? inventory.mailOwner
        guard let account = Account(named: name) else {
            complain("found no user `\(name)`, expected the one that mapmux will run as")
            throw ExitCode.configurationError
        }
        for file in inventory.files {
            if let obstacle = obstacle(to: .read, path: file, for: account) {
                complain("pgsql:\(file): \(name) can't read it: \(obstacle)")
            }
        }
        let directory = inventory.socketDirectory
        if let obstacle = obstacle(to: [.write, .search], path: directory, for: account) {
            complain("\(name) can't make sockets in \(directory): \(obstacle)")
        }
    }
}

extension ExitCode {
    /// EX_UNAVAILABLE of sysexits(3): a needed program is missing.
    static let unavailable = ExitCode(69)
    /// EX_CANTCREAT of sysexits(3).
    static let cannotCreate = ExitCode(73)
}
