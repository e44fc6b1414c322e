// `mapmux init`: makes a configuration for a Postfix that is there, and says what to change in that.

internal import ArgumentParser
internal import EventLoop
internal import PostfixInventory

struct Init: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make a mapmux.conf from the configuration of Postfix, and say how to put it to use.",
        discussion: """
            Asks postconf(1) for every pgsql: table in main.cf and master.cf. Prints a mapmux.conf that ends with \
            instructions as comments, or, with --write, writes it and prints the instructions for a shell. Changes \
            nothing else. Exits 69 if Postfix is not installed, 73 if the file can't be written, 78 if Postfix's \
            configuration has errors or no table to serve.
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

    @Flag(help: "Replace the file if it is there already.")
    var force = false

    func validate() throws {
        if force && write == nil { throw ValidationError("--force goes with --write") }
    }

    func run() throws {
        let inventory = PostfixInventory(try readPostfix())
        guard !inventory.served.isEmpty else {
            for line in inventory.notes { complain(line) }
            complain("found no pgsql: table in Postfix's configuration that can be served, expected one")
            throw ExitCode.configurationError
        }
        for problem in inventory.problems { complain(problem) }
        try checkAccess(inventory)
        let group = Account(named: inventory.mailOwner)?.groupName ?? inventory.mailOwner
        let configuration = inventory.configuration(socketGroup: group)
        let steps = inventory.steps(configurationDirectory: postfixDirectory)
        guard let write else {
            print(configuration)
            for step in steps { print(step.forConfiguration) }
            return
        }
        do {
            try writeFile(Array(configuration.utf8), at: write, replacing: force)
        } catch {
            complain("\(write): \(error)" + (error.meansExistence ? "; --force replaces it" : ""))
            throw ExitCode.cannotCreate
        }
        for step in steps { print(step.forShell) }
    }

    private func readPostfix() throws -> PostconfOutput {
        var outputs: [String] = []
        for options in PostconfOutput.options { outputs.append(try runPostconf(options)) }
        return PostconfOutput(
            x: outputs[0], n: outputs[1], userNames: outputs[2], Px: outputs[3], P: outputs[4], M: outputs[5])
    }

    private func runPostconf(_ options: [String]) throws -> String {
        let arguments = (postfixDirectory.map { ["-c", $0] } ?? []) + options
        var failure: SystemError?
        // It often lies in a directory that only root has on its PATH.
        for program in postconf.map({ [$0] }) ?? ["postconf", "/usr/sbin/postconf"] {
            do {
                let result = try runProgram(program, arguments)
                if result.status != 0 {
                    // Its warnings stay unseen: they show the values of unused parameters, passwords perhaps.
                    let lines = String(decoding: result.error, as: UTF8.self).split(separator: "\n")
                    for line in lines where !line.contains("postconf: warning:") { complain(String(line)) }
                    let command = ([program] + arguments).joined(separator: " ")
                    complain("\(command): ended with status \(result.status)")
                    throw ExitCode.configurationError
                }
                return String(decoding: result.output, as: UTF8.self)
            } catch let error as SystemError {
                failure = error
            }
        }
        complain("can't run postconf: \(failure!); expected Postfix to be installed here")
        throw ExitCode.unavailable
    }

    /// Says which files and which directory the daemon's user would find closed.
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
    /// EX_UNAVAILABLE of sysexits(3): a program that is needed is not there.
    static let unavailable = ExitCode(69)
    /// EX_CANTCREAT of sysexits(3).
    static let cannotCreate = ExitCode(73)
}
