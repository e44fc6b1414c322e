// The table files of a relay, and what its main.cf and its mapmux call them.

import LoadEngine
import ThrowawayServers

struct MailTableFiles {
    /// The socket of memcached, below the queue's `private`, as Postfix's daemons are chroot'ed.
    static let memcached = "memcached"

    private let directory: TemporaryDirectory

    /// Writes a pgsql_table(5) file for each table, and a memcache_table(5) file with that behind proxymap(8).
    ///
    /// - Parameter host: where the database is, as pgsql_table(5) has it.
    init(role: String, host: String, database: String) throws {
        directory = try TemporaryDirectory()
        for table in MailTable.allCases {
            try directory.write(
                "\(table.name).cf",
                """
                hosts = \(host)
                user = \(role)
                dbname = \(database)
                query = \(table.query)

                """)
            // Entries live for an hour, which is the default.
            try directory.write(
                "\(table.name).memcache",
                """
                memcache = unix:private/\(Self.memcached)
                backup = \(proxied(table))
                key_format = \(table.name):%s

                """)
        }
    }

    private func path(_ table: MailTable) -> String { "\(directory.path)/\(table.name).cf" }

    /// As main.cf names a table.
    func proxied(_ table: MailTable) -> String { "proxy:pgsql:\(path(table))" }

    /// As main.cf names it with memcached before it.
    func cached(_ table: MailTable) -> String { "memcache:\(directory.path)/\(table.name).memcache" }

    /// As mapmux.conf names all.
    var maps: [String] { MailTable.allCases.map { "\($0.name)=pgsql:\(path($0))" } }
}
