// A PostgreSQL cluster in a temporary directory, to be started, stopped and killed at will.

import Foundation
import Glibc
import Synchronization

package final class ThrowawayCluster: Sendable {
    package enum StopMode: Int32, Sendable {
        /// Rolls back and disconnects everyone.
        case fast
        /// Leaves at once; the next start recovers.
        case immediate
        /// SIGKILL to the postmaster, which leaves its children to notice.
        case kill

        fileprivate var signal: Int32 {
            switch self {
            case .fast: SIGINT
            case .immediate: SIGQUIT
            case .kill: SIGKILL
            }
        }
    }

    /// The host of a Unix-domain connection at the default port.
    package let socketDirectory: String
    /// The TCP port, where asked for.
    package let port: Int?
    private let address: String
    /// As a pgsql_table(5) file names it: by TCP where it has a port.
    package var host: String { port.map { "inet:\(address):\($0)" } ?? "unix:\(socketDirectory)" }

    private let directory: TemporaryDirectory
    private let postmaster = Mutex<ChildProcess?>(nil)
    private let frozen = Mutex<[Int32]>([])

    private var data: String { "\(directory.path)/data" }
    package var logPath: String { "\(directory.path)/log" }

    /// Makes and starts a cluster: superuser `postgres`, trust for everyone, nothing synced to disk.
    ///
    /// - Parameters:
    ///   - tcp: listen on a free port of `address` as well.
    ///   - address: of the loopback interface.
    ///   - sibling: listen on its port.
    ///   - primary: be a hot standby of this one, instead of a cluster of its own.
    package init(
        tcp: Bool = false, address: String = "127.0.0.1", portOf sibling: ThrowawayCluster? = nil,
        settings: [String: String] = [:], standbyOf primary: ThrowawayCluster? = nil
    ) throws {
        self.address = address
        directory = try TemporaryDirectory()
        socketDirectory = directory.path
        port = try sibling?.port ?? (tcp ? freeLoopbackPort() : nil)
        // It may be frozen.
        let pid = "$(head -n 1 '\(directory.path)/data/postmaster.pid')"
        try Guard.shared.get().atExit("kill -QUIT \(pid); kill -CONT \(pid)")
        try ServerUser.own(directory)
        if let primary {
            try copy(primary)
        } else {
            try runProgram(
                "initdb",
                ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--locale=C", "--encoding=UTF8"])
        }
        try configure(settings)
        if let port {
            // A Unix-domain host in a pgsql_table(5) file has no port: the default one must lead here too.
            try FileManager.default.createSymbolicLink(
                atPath: "\(directory.path)/.s.PGSQL.5432", withDestinationPath: ".s.PGSQL.\(port)")
        }
        try start()
    }

    /// Runs one of PostgreSQL's programs as the server's user.
    private func runProgram(_ name: String, _ arguments: [String]) throws {
        let command = ServerUser.command("\(try Self.programs.get())/\(name)", arguments)
        let result = try run(command.program, command.arguments)
        guard result.status == 0 else { throw SupportError("\(name): \(result.stderr)") }
    }

    /// Fills the data directory with the primary's, as a standby's.
    private func copy(_ primary: ThrowawayCluster) throws {
        try runProgram(
            "pg_basebackup",
            [
                "-D", data, "-h", primary.socketDirectory, "-p", "\(primary.port ?? 5432)", "-U", "postgres",
                "-R", "-X", "stream", "--checkpoint=fast", "--no-sync",
            ])
    }

    /// Begins anew as a standby of this primary, whatever it was; it must be stopped.
    package func becomeStandby(of primary: ThrowawayCluster) throws {
        try FileManager.default.removeItem(atPath: data)
        try copy(primary)
        try configure([:])
        try start()
    }

    deinit {
        try? stop(.immediate)
    }

    private func configure(_ settings: [String: String]) throws {
        var all = [
            "listen_addresses": tcpAddress, "port": "\(port ?? 5432)",
            "unix_socket_directories": "'\(directory.path)'", "unix_socket_permissions": "0777",
            "fsync": "off", "synchronous_commit": "off", "full_page_writes": "off",
            "shared_buffers": "16MB", "max_connections": "200", "max_wal_size": "64MB", "autovacuum": "off",
        ]
        all.merge(settings) { $1 }
        let lines = all.map { "\($0.key) = \($0.value)\n" }.sorted().joined()
        let file = "\(data)/postgresql.auto.conf"
        do {
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
            try handle.seekToEnd()
            try handle.write(contentsOf: Data(lines.utf8))
            try handle.close()
        } catch {
            throw SupportError("cannot write \(file): \(error)")
        }
    }

    /// Replaces a file of the data directory, such as pg_hba.conf; pg_reload_conf() has the server read it.
    package func replace(_ file: String, with contents: String) throws {
        do {
            // In place, so that it stays the server's.
            try Data(contents.utf8).write(to: URL(fileURLWithPath: "\(data)/\(file)"))
        } catch {
            throw SupportError("cannot write \(data)/\(file): \(error)")
        }
    }

    private var tcpAddress: String { port == nil ? "''" : "'\(address)'" }

    /// Returns when the server accepts connections. After a kill it may have to wait for orphaned processes.
    package func start() throws {
        let ready = "\(data)/postmaster.pid"
        try waitUntil("PostgreSQL starts in \(data): see \(logPath)") {
            let command = ServerUser.command("\(try Self.programs.get())/postgres", ["-D", data])
            let child = try ChildProcess(
                command.program, command.arguments, stdout: logPath, stderr: logPath)
            postmaster.withLock { $0 = child }
            try waitUntil("PostgreSQL is ready or has ended") {
                if child.exitStatus() != nil { return true }
                // The eighth line tells the state: see AddToDataDirLockFile in PostgreSQL's miscinit.c.
                guard let text = try? readFile(ready) else { return false }
                let lines = String(decoding: text, as: UTF8.self).split(
                    separator: "\n", omittingEmptySubsequences: false)
                return lines.first == "\(child.pid)" && lines.count > 7 && lines[7].hasPrefix("ready")
            }
            return child.exitStatus() == nil
        }
    }

    /// Returns when the postmaster has ended.
    package func stop(_ mode: StopMode = .fast) throws {
        guard let child = postmaster.withLock({ $0 }) else { return }
        thaw()
        child.signal(mode.signal)
        _ = try child.waitForExit()
        postmaster.withLock { $0 = nil }
    }

    package func restart() throws {
        try stop()
        try start()
    }

    /// The number of the process that all others of the server are children of.
    package func processID() throws -> Int32 {
        guard let child = postmaster.withLock({ $0 }) else { throw SupportError("PostgreSQL is not running") }
        return child.pid
    }

    /// Stops every process of the server where it is: it accepts connections, as its kernel does, and says nothing.
    package func freeze() throws {
        guard let child = postmaster.withLock({ $0 }) else { throw SupportError("PostgreSQL is not running") }
        // First the one that could start others.
        child.signal(SIGSTOP)
        let listed = try run("pgrep", ["-P", "\(child.pid)"]).text
        let children = listed.split(separator: "\n").compactMap { Int32($0) }
        guard !children.isEmpty else { throw SupportError("pgrep finds no process of PostgreSQL's") }
        for pid in children { kill(pid, SIGSTOP) }
        frozen.withLock { $0 = [child.pid] + children }
    }

    /// Has a frozen server go on.
    package func thaw() {
        frozen.withLock { frozen in
            for pid in frozen { kill(pid, SIGCONT) }
            frozen = []
        }
    }

    /// Runs SQL with psql(1), which stops at the first error, and returns the rows: columns parted by `|`.
    @discardableResult
    package func psql(_ database: String, _ sql: String) throws -> String {
        let arguments = psqlArguments(database)
        let result = try run("\(try Self.programs.get())/psql", arguments, stdin: Array(sql.utf8))
        guard result.status == 0 else { throw SupportError("psql \(database): \(result.stderr)") }
        return result.text.hasSuffix("\n") ? String(result.text.dropLast()) : result.text
    }

    /// Runs SQL in a session of its own, which goes on meanwhile.
    package func begin(_ database: String, _ sql: String) throws -> Command {
        try Command(
            "\(try Self.programs.get())/psql", bytes: psqlArguments(database).map { Array($0.utf8) },
            stdin: Array(sql.utf8))
    }

    private func psqlArguments(_ database: String) -> [String] {
        [
            "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", socketDirectory, "-p", "\(port ?? 5432)",
            "-U", "postgres", "-d", database, "-f", "-",
        ]
    }

    package func createDatabase(_ name: String, encoding: String = "UTF8") throws {
        let locale = "LC_COLLATE 'C' LC_CTYPE 'C'"
        try psql("postgres", "CREATE DATABASE \(name) TEMPLATE template0 ENCODING '\(encoding)' \(locale)")
    }

    /// Everything in a database as text, to be compared with what it was before.
    package func dump(_ database: String) throws -> String {
        let result = try run(
            "\(try Self.programs.get())/pg_dump",
            ["-h", socketDirectory, "-p", "\(port ?? 5432)", "-U", "postgres", "-d", database])
        guard result.status == 0 else { throw SupportError("pg_dump \(database): \(result.stderr)") }
        return result.text
    }

    /// The directory of PostgreSQL's own programs; the newest where there are several.
    private static let programs: Result<String, any Error> = Result {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        var candidates = versions.sorted { (Int($0) ?? 0) > (Int($1) ?? 0) }.map { "\(root)/\($0)/bin" }
        if let configured = try? run("pg_config", ["--bindir"]), configured.status == 0 {
            candidates.append(configured.text.trimmingCharacters(in: .whitespacesAndNewlines))
        }
        guard let found = candidates.first(where: { unsafe access("\($0)/initdb", X_OK) == 0 }) else {
            throw SupportError("PostgreSQL's initdb is missing: install the postgresql package")
        }
        return found
    }
}
