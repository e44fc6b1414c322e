// The user that servers run as where this process runs as root, which PostgreSQL and PgBouncer refuse.

import Glibc

package enum ServerUser {
    /// How to start a server: setpriv(1) replaces itself, so that the server is our own child.
    package static func command(
        _ program: String, _ arguments: [String]
    ) -> (program: String, arguments: [String]) {
        guard geteuid() == 0 else { return (program, arguments) }
        let drop = ["--reuid=postgres", "--regid=postgres", "--clear-groups", program]
        return ("setpriv", drop + arguments)
    }

    /// Makes a directory, and files in it, the user's.
    package static func own(_ directory: TemporaryDirectory, files: [String] = []) throws {
        guard geteuid() == 0 else { return }
        let made = try run("chown", ["postgres", directory.path] + files.map { "\(directory.path)/\($0)" })
        guard made.status == 0 else { throw SupportError("chown postgres: \(made.stderr)") }
    }
}
