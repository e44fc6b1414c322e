// The database of the relays that are compared, and the table files through which each sees it.

import LoadEngine
import ThrowawayServers

final class MailDatabase {
    static let name = "mail"

    let cluster: ThrowawayCluster
    let sink: MailSink

    init(_ mix: MailMix) throws {
        sink = try MailSink()
        cluster = try ThrowawayCluster(settings: [
            "shared_buffers": "256MB", "max_wal_size": "1GB", "max_connections": "1000",
        ])
        try cluster.createDatabase(Self.name)
        let roles = MailContender.allCases.map { "CREATE ROLE \($0.role) LOGIN;" }
        try cluster.psql(
            Self.name,
            MailTable.schema(mix, nextHop: sink.nextHop) + roles.joined()
                + "GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC;")
    }

    /// Writes a contender's table files.
    ///
    /// - Parameter host: where they find the database, as pgsql_table(5) has it.
    func writeTables(for contender: MailContender, host: String) throws -> MailTableFiles {
        try MailTableFiles(role: contender.role, host: host, database: Self.name)
    }

    /// Runs SQL as the database's owner.
    func run(_ sql: String) throws { try cluster.psql(Self.name, sql) }

    func connectionCount(of contender: MailContender) throws -> Int {
        try cluster.connectionCount(role: contender.role, database: Self.name)
    }
}
