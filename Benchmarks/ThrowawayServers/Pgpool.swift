// A Pgpool-II before a throwaway cluster, with its files in a temporary directory.

import Glibc

package final class Pgpool: Sendable {
    /// As a pgsql_table(5) file names it.
    package let host: String

    private let directory: TemporaryDirectory
    private let process: ChildProcess

    /// Starts it, and returns when it lets clients in.
    ///
    /// - Parameter clients: how many may be connected to it, each with a connection to the server.
    package init(before cluster: ThrowawayCluster, clients: Int) throws {
        directory = try TemporaryDirectory()
        let (port, otherPort) = (try freeLoopbackPort(), try freeLoopbackPort())
        host = "inet:127.0.0.1:\(port)"
        let configuration = try directory.write(
            "pgpool.conf",
            """
            backend_clustering_mode = 'raw'
            listen_addresses = '127.0.0.1'
            port = \(port)
            socket_dir = '\(directory.path)'
            unix_socket_directories = '\(directory.path)'
            pcp_socket_dir = '\(directory.path)'
            pcp_port = \(otherPort)
            wd_ipc_socket_dir = '\(directory.path)'
            work_dir = '\(directory.path)'
            logdir = '\(directory.path)'
            pid_file_name = '\(directory.path)/pid'
            backend_hostname0 = '\(cluster.socketDirectory)'
            backend_port0 = \(cluster.port ?? 5432)
            num_init_children = \(clients)

            """)
        try ServerUser.own(directory)
        let command = ServerUser.command(
            "/usr/sbin/pgpool", ["-n", "-f", configuration, "-F", "/dev/null", "-a", "/dev/null"])
        let log = "\(directory.path)/log"
        try Guard.shared.get().atExit("kill -INT $(cat '\(directory.path)/pid')")
        let process = try ChildProcess(command.program, command.arguments, stdout: log, stderr: log)
        self.process = process
        try waitUntil("Pgpool-II lets clients in") {
            if let status = process.exitStatus() {
                let text = String(decoding: try readFile(log), as: UTF8.self)
                throw SupportError("pgpool ended with status \(status): \(text)")
            }
            let address = ["-h", "127.0.0.1", "-p", "\(port)", "-U", "postgres", "postgres"]
            return try run("psql", address + ["-c", "SELECT 1"]).status == 0
        }
    }

    deinit {
        process.signal(SIGINT)
        _ = try? process.waitForExit()
    }
}
