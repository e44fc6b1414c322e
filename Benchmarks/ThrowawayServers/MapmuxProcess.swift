// A `mapmux serve` of the own build, with its configuration, socket and log in a temporary directory.

import Foundation
import Glibc
import Synchronization

package final class MapmuxProcess: Sendable {
    package let directory: TemporaryDirectory
    package var socketPath: String { "\(directory.path)/socketmap" }
    package var controlPath: String { "\(directory.path)/control" }
    package var configurationPath: String { "\(directory.path)/mapmux.conf" }
    package var logPath: String { "\(directory.path)/log" }

    private let child = Mutex<ChildProcess?>(nil)
    /// Where it listens as proxymap(8) does, as far as the configuration says, at one place.
    private let proxymapPath = Mutex<String?>(nil)
    /// The program to run, if it is not the own build itself.
    private let program: String?
    private let hosts: PrivateHosts?

    /// Writes a configuration; `start` starts a daemon with it.
    ///
    /// - Parameters:
    ///   - isReplaceable: run a copy of the program, which `replaceProgram` replaces.
    ///   - hosts: what the daemon takes for the machine's host names.
    package init(
        maps: [String], parameters: [String: String] = [:], isReplaceable: Bool = false,
        hosts: PrivateHosts? = nil
    ) throws {
        self.hosts = hosts
        directory = try TemporaryDirectory()
        program = isReplaceable ? "\(directory.path)/mapmux" : nil
        if isReplaceable { try replaceProgram() }
        try configure(maps: maps, parameters: parameters)
    }

    deinit {
        child.withLock { child in
            if Sanitizer.isOn {
                // Only one that ends by itself looks for leaks.
                child?.signal(SIGTERM)
                _ = try? child?.waitForExit(within: 15)
            }
            child?.signal(SIGKILL)
            _ = try? child?.waitForExit()
        }
    }

    /// Puts a fresh copy of the program in its place.
    package func replaceProgram() throws {
        try? FileManager.default.removeItem(atPath: "\(directory.path)/mapmux")
        // By another process: what this one has open to write to, another thread may hand to a child, and a program that
        // anybody may write to can't be started.
        let copy = try ThrowawayServers.run("cp", [try Self.binary.get(), "\(directory.path)/mapmux"])
        guard copy.status == 0 else { throw SupportError("cp: \(copy.stderr)") }
    }

    /// Writes the configuration anew; SIGHUP makes a running daemon read it.
    package func configure(maps: [String], parameters: [String: String] = [:]) throws {
        let own = ["socketmap_listen": "unix:\(socketPath)", "control_socket": "unix:\(controlPath)"]
        var all = own.merging(parameters) { $1 }
        all["maps"] = "\n" + maps.map { "    \($0)" }.joined(separator: "\n")
        proxymapPath.withLock { path in
            path = all["proxymap_listen"].flatMap { value in
                value.hasPrefix("unix:") && !value.contains { ", \n".contains($0) }
                    ? String(value.dropFirst(5)) : nil
            }
        }
        try directory.write("mapmux.conf", all.map { "\($0.key) = \($0.value)\n" }.sorted().joined())
    }

    /// Starts the daemon and returns when its sockets accept connections.
    ///
    /// - Parameters:
    ///   - socket: the only one to wait for; nil: those of the configuration.
    ///   - user: whom it runs as; nil: whom this process runs as.
    package func start(
        arguments: [String] = [], socket: String? = nil, handing handed: HandedSocket? = nil,
        as user: String? = nil, openFiles: Int? = nil, under tracer: [String] = [],
        environment: [String: String] = [:]
    ) throws {
        let child = try launch(
            arguments: arguments, handing: handed.map { [$0] } ?? [], as: user, openFiles: openFiles,
            under: tracer, environment: environment)
        let sockets =
            socket.map { [$0] } ?? [socketPath] + (proxymapPath.withLock { $0 }.map { [$0] } ?? [])
        try waitUntil("mapmux accepts connections: \(log())") {
            if let status = child.exitStatus() {
                throw SupportError("mapmux serve ended with status \(status): \(log())")
            }
            return sockets.allSatisfy(acceptsConnections(at:))
        }
    }

    /// Starts the daemon, which need not succeed.
    ///
    /// - Parameters:
    ///   - sockets: handed over as systemd does, from descriptor 3 on; see sd_listen_fds(3).
    ///   - openFiles: the limit of open files, which the daemon can't raise.
    ///   - tracer: a command before the daemon's own, which it replaces itself with.
    @discardableResult
    package func launch(
        arguments: [String] = [], handing sockets: [HandedSocket] = [], as user: String? = nil,
        openFiles: Int? = nil, under tracer: [String] = [], environment: [String: String] = [:]
    ) throws -> ChildProcess {
        // Each of these replaces itself, so that the daemon is our own child.
        let limit = openFiles.map { ["prlimit", "--nofile=\($0)"] } ?? []
        let drop = user.map { ["setpriv", "--reuid=\($0)", "--clear-groups"] } ?? []
        let own = [try program ?? Self.binary.get(), "serve", "-c", configurationPath] + arguments
        let command = limit + (hosts?.command ?? []) + drop + tracer + own
        let child =
            if sockets.isEmpty {
                try ChildProcess(
                    command[0], Array(command.dropFirst()), environment: environment, stdout: logPath,
                    stderr: logPath)
            } else {
                try ChildProcess(
                    "/bin/sh", ["-c", HandedSocket.script(handing: sockets), "sh"] + command,
                    environment: environment, stdout: logPath, stderr: logPath,
                    descriptors: sockets.map(\.descriptor))
            }
        try killAtExit(child.pid)
        self.child.withLock { $0 = child }
        return child
    }

    /// Has a mapmux end with this process at the latest, such as one that this daemon has started in its place.
    package func killAtExit(_ process: Int32) throws {
        try Guard.shared.get().atExit("grep -qx mapmux /proc/\(process)/comm && kill -KILL \(process)")
    }

    package func signal(_ number: Int32) {
        child.withLock { $0?.signal(number) }
    }

    /// The number of the process that was started last.
    package func processID() throws -> Int32 {
        guard let pid = child.withLock({ $0?.pid }) else { throw SupportError("mapmux was not started") }
        return pid
    }

    private func gauge() throws -> ProcessGauge { ProcessGauge(process: try processID()) }

    /// What the daemon holds at the moment.
    package func holdings() throws -> ProcessGauge.Holdings { try gauge().holdings() }

    /// The most memory that the daemon has had resident, in bytes.
    package func peakMemory() throws -> Int { try gauge().peakMemory() }

    /// How much processor time all its threads have used, in seconds.
    package func processorTime() throws -> Double { try gauge().processorTime() }

    /// How much of it goes by in the next so many seconds.
    package func processorTime(during seconds: UInt32) throws -> Double {
        let before = try processorTime()
        usleep(seconds * 1_000_000)
        return try processorTime() - before
    }

    /// How many connections to its endpoints are open, those that wait to be accepted too.
    package func openConnections() throws -> Int {
        // The daemon's own /proc/PID/fd is for root only. Sockets that were accepted have their listening socket's path.
        let table = String(decoding: try readFile("/proc/net/unix"), as: UTF8.self)
        return table.split(separator: "\n").count { $0.contains(" \(directory.path)/") }
    }

    /// Changes how many descriptors the running daemon may have.
    package func limitOpenFiles(to count: Int) throws {
        let result = try ThrowawayServers.run(
            "prlimit", ["--pid", "\(try processID())", "--nofile=\(count):"])
        guard result.status == 0 else { throw SupportError("prlimit: \(result.stderr)") }
    }

    package var isRunning: Bool {
        child.withLock { $0.map { $0.exitStatus() == nil } ?? false }
    }

    /// Of the process that was started last; nil while that runs.
    package var exitStatus: Int32? {
        child.withLock { $0?.exitStatus() }
    }

    package func waitForExit() throws -> Int32 {
        guard let child = child.withLock({ $0 }) else { throw SupportError("mapmux was not started") }
        return try child.waitForExit()
    }

    /// Everything the daemon has written to its standard error so far.
    package func log() -> String {
        (try? readFile(logPath)).map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// Returns once the daemon has logged a line that holds `text`, in what it logged beyond `start` characters.
    package func waitForLog(_ text: String, beyond start: Int = 0) throws {
        try waitUntil("mapmux logs \"\(text)\": \(log())", within: 8) {
            log().dropFirst(start).contains(text)
        }
    }

    /// Runs a subcommand with this configuration.
    package func run(
        _ subcommand: String, _ arguments: [String], stdin: [UInt8] = []
    ) throws -> Command.Result {
        try run(subcommand, bytes: arguments.map { Array($0.utf8) }, stdin: stdin)
    }

    package func run(
        _ subcommand: String, bytes: [[UInt8]], stdin: [UInt8] = []
    ) throws -> Command.Result {
        let start = [subcommand, "-c", configurationPath].map { Array($0.utf8) }
        return try Self.run(bytes: start + bytes, stdin: stdin)
    }

    /// Starts a subcommand with this configuration, which the caller talks to.
    package func begin(
        _ subcommand: String, _ arguments: [String], stdin: ChildProcess.Input, stdout: String
    ) throws -> ChildProcess {
        try ChildProcess(
            try Self.binary.get(), [subcommand, "-c", configurationPath] + arguments, stdin: stdin,
            stdout: stdout, stderr: logPath)
    }

    package static func run(bytes arguments: [[UInt8]], stdin: [UInt8] = []) throws -> Command.Result {
        try ThrowawayServers.run(try binary.get(), bytes: arguments, stdin: stdin)
    }

    /// A subcommand as a shell takes it; no argument has a quote in it.
    package static func commandLine(_ arguments: [String]) throws -> String {
        ([try binary.get()] + arguments).map { "'\($0)'" }.joined(separator: " ")
    }

    package static func run(_ arguments: [String]) throws -> Command.Result {
        try run(bytes: arguments.map { Array($0.utf8) })
    }

    /// The binary that was built with this program; MAPMUX_BINARY names another.
    private static let binary: Result<String, any Error> = Result {
        try ProcessInfo.processInfo.environment["MAPMUX_BINARY"] ?? builtProduct("mapmux")
    }
}

/// What was built with this program or test bundle, and lies beside it.
package func builtProduct(_ name: String) throws -> String {
    // The bundle may itself be the program, or be what swiftpm's test runner loads and names in an argument.
    let places = ["/proc/self/exe"] + CommandLine.arguments
    for place in places {
        let path = URL(fileURLWithPath: place).resolvingSymlinksInPath().deletingLastPathComponent().path
        let candidate = "\(path)/\(name)"
        if unsafe access(candidate, X_OK) == 0 { return candidate }
    }
    throw SupportError("no \(name) beside the test bundle (\(places[...1])), expected to be built with that")
}
