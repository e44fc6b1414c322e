// The pgsql_table(5) files of a contender: they name a role of its own, by which its connections are told apart.

import LoadEngine
import ThrowawayServers

struct TableFiles {
    private let directory: TemporaryDirectory
    /// As proxymap clients name them, in the order of `LoadTable`.
    let names: [String]

    /// Writes them.
    ///
    /// - Parameters:
    ///   - host: where the database is, as pgsql_table(5) has it.
    ///   - domain: which keys are looked up at all; nil: every one.
    init(role: String, host: String, database: String, domain: String?) throws {
        let directory = try TemporaryDirectory()
        self.directory = directory
        names = try LoadTable.allCases.map { table in
            let path = try directory.write(
                "\(table.name).cf",
                """
                hosts = \(host)
                user = \(role)
                dbname = \(database)
                query = \(table.query)
                \(domain.map { "domain = \($0)\n" } ?? "")
                """)
            return "pgsql:\(path)"
        }
    }
}
