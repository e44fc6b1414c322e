// A PgBouncer before a throwaway cluster, with its files and its socket in a temporary directory.

import Glibc

package final class PgBouncer: Sendable {
    /// The host of a Unix-domain connection at the default port.
    package let socketDirectory: String
    /// As a pgsql_table(5) file names it.
    package var host: String { "unix:\(socketDirectory)" }

    private let directory: TemporaryDirectory
    private let process: ChildProcess

    /// Starts it, and returns when it listens.
    ///
    /// - Parameters:
    ///   - connections: how many it may have to the server.
    ///   - clients: how many may be connected to it.
    ///   - mode: its pool_mode.
    ///   - users: who may come, each as itself; anybody, as postgres, where none is named.
    package init(
        before cluster: ThrowawayCluster, connections: Int, clients: Int = 100, mode: String = "transaction",
        users: [String] = []
    ) throws {
        directory = try TemporaryDirectory()
        socketDirectory = directory.path
        let login = users.isEmpty ? " user=postgres" : ""
        let list = try directory.write("users", users.map { "\"\($0)\" \"\"\n" }.joined())
        let configuration = try directory.write(
            "pgbouncer.ini",
            """
            [databases]
            * = host=\(cluster.socketDirectory) port=\(cluster.port ?? 5432)\(login)
            [pgbouncer]
            listen_port = 5432
            unix_socket_dir = \(directory.path)
            pidfile = \(directory.path)/pid
            auth_type = \(users.isEmpty ? "any" : "trust")
            auth_file = \(list)
            pool_mode = \(mode)
            default_pool_size = \(connections)
            max_client_conn = \(clients)

            """)
        try ServerUser.own(directory)
        let command = ServerUser.command("pgbouncer", [configuration])
        let log = "\(directory.path)/log"
        try Guard.shared.get().atExit("kill -TERM $(cat '\(directory.path)/pid')")
        let process = try ChildProcess(command.program, command.arguments, stdout: log, stderr: log)
        self.process = process
        let socket = "\(directory.path)/.s.PGSQL.5432"
        try waitUntil("PgBouncer listens") {
            if let status = process.exitStatus() {
                let text = String(decoding: try readFile(log), as: UTF8.self)
                throw SupportError("pgbouncer ended with status \(status): \(text)")
            }
            return unsafe access(socket, F_OK) == 0
        }
    }

    package var processID: Int32 { process.pid }

    deinit {
        process.signal(SIGTERM)
        _ = try? process.waitForExit()
    }
}
