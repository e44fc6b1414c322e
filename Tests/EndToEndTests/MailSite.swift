// A mail site's database, and the pgsql_table(5) files through which Postfix sees it.

import ThrowawayServers

struct MailSite: Sendable {
    static let database = "site"

    let cluster: ThrowawayCluster
    private let directory: TemporaryDirectory
    private let queries: [(name: String, query: String)]

    /// Stock Postfix opens a connection for each table in each process: many sessions need many of them.
    ///
    /// - Parameters:
    ///   - schema: SQL that fills the database.
    ///   - queries: of each table.
    init(
        maxConnections: Int = 200, schema: String = Self.schema,
        queries: [(name: String, query: String)] = Self.queries
    ) throws {
        self.queries = queries
        cluster = try ThrowawayCluster(settings: ["max_connections": "\(maxConnections)"])
        directory = try TemporaryDirectory()
        try cluster.createDatabase(Self.database)
        try cluster.psql(Self.database, schema)
        for (name, query) in queries {
            try directory.write(
                "\(name).cf",
                """
                hosts = unix:\(cluster.socketDirectory)
                user = postgres
                dbname = \(Self.database)
                retry_interval = 1s
                query = \(query)

                """)
        }
    }

    /// The table as mapmux.conf names it, and main.cf after a `proxy:`.
    func table(_ name: String) -> String { "pgsql:\(directory.path)/\(name).cf" }

    var tables: [String] { queries.map { table($0.name) } }

    /// Whose connections PostgreSQL counts.
    enum Client: String {
        case mapmux = "application_name = 'mapmux'"
        /// virtual(8) opens its maps itself, whatever main.cf says: they decide whose files it writes.
        case others = "application_name NOT IN ('mapmux', 'psql') AND query NOT LIKE '%FROM mailboxes%'"
    }

    func connections(of client: Client) throws -> Int {
        let count = try cluster.psql(
            Self.database,
            """
            SELECT count(*) FROM pg_stat_activity
            WHERE datname = '\(Self.database)' AND backend_type = 'client backend' AND \(client.rawValue)
            """)
        return Int(count) ?? -1
    }

    /// Shapes from public mail systems: plain tables, a join of parts, several rows, an access table of the action's text.
    private static let queries: [(name: String, query: String)] = [
        ("alias_domains", "SELECT 'alias' FROM domains WHERE kind = 'alias' AND domain = '%s'"),
        ("mailbox_domains", "SELECT 'mailbox' FROM domains WHERE kind = 'mailbox' AND domain = '%s'"),
        ("relay_domains", "SELECT 'relay' FROM domains WHERE kind = 'relay' AND domain = '%s'"),
        ("aliases", "SELECT goto FROM aliases WHERE address = '%s' ORDER BY goto"),
        ("mailboxes", "SELECT maildir FROM mailboxes WHERE local = '%u' AND domain = '%d' AND active"),
        ("catchall_mailboxes", "SELECT maildir FROM mailboxes WHERE local = '' AND '@' || domain = '%s'"),
        ("relay_recipients", "SELECT 'known' FROM relay_recipients WHERE address = '%s'"),
        ("transports", "SELECT transport FROM transports WHERE pattern = '%s'"),
        ("sender_logins", "SELECT login FROM sender_logins WHERE address = '%s' ORDER BY login"),
        ("client_access", "SELECT action FROM access WHERE kind = 'client' AND pattern = '%s'"),
        ("sender_access", "SELECT action FROM access WHERE kind = 'sender' AND pattern = '%s'"),
        ("recipient_access", "SELECT action FROM access WHERE kind = 'recipient' AND pattern = '%s'"),
    ]

    private static let schema = """
        CREATE TABLE domains (domain varchar(255) PRIMARY KEY, kind text NOT NULL);
        INSERT INTO domains VALUES ('alias.test', 'alias'), ('catchall.test', 'alias'), ('mbx.test', 'mailbox'),
            ('any.test', 'mailbox'), ('dead.test', 'mailbox'), ('relay.test', 'relay'), ('secondary.test', 'relay');
        CREATE TABLE aliases (address varchar(255), goto text NOT NULL);
        INSERT INTO aliases VALUES ('hit@alias.test', 'user1@mbx.test'),
            ('list@alias.test', 'user1@mbx.test'), ('list@alias.test', 'user2@mbx.test'),
            ('chain@alias.test', 'hit@alias.test'), ('o''brien@alias.test', 'user2@mbx.test'),
            ('plus+fixed@alias.test', 'user2@mbx.test'), ('away@alias.test', 'known@relay.test'),
            ('nowhere@alias.test', 'nobody.here@mbx.test'), ('home@alias.test', 'nobody@local.test'),
            ('named@catchall.test', 'user1@mbx.test'), ('@catchall.test', 'user2@mbx.test'),
            ('forwarded@mbx.test', 'known@relay.test');
        CREATE TABLE mailboxes (local varchar(64), domain varchar(255), maildir text NOT NULL, active boolean);
        INSERT INTO mailboxes VALUES ('user1', 'mbx.test', 'mbx/user1/', true),
            ('user2', 'mbx.test', 'mbx/user2/', true), ('user3+fixed', 'mbx.test', 'mbx/user3-fixed/', true),
            ('gone', 'mbx.test', 'mbx/gone/', false), ('bounces', 'mbx.test', 'mbx/bounces/', true),
            ('special', 'mbx.test', 'mbx/special/', true), ('slow', 'mbx.test', 'mbx/slow/', true),
            ('nomail', 'mbx.test', 'mbx/nomail/', true), ('', 'any.test', 'any/', true),
            ('someone', 'dead.test', 'dead/', true);
        INSERT INTO mailboxes SELECT 'u' || n, 'mbx.test', 'mbx/u' || n || '/', true FROM generate_series(0, 999) AS n;
        CREATE TABLE relay_recipients (address varchar(255) PRIMARY KEY);
        INSERT INTO relay_recipients VALUES ('known@relay.test'), ('known@sub.relay.test'), ('@secondary.test');
        CREATE TABLE transports (pattern varchar(255) PRIMARY KEY, transport text NOT NULL);
        INSERT INTO transports VALUES ('relay.test', 'sink:relay'), ('.relay.test', 'sink:subrelay'),
            ('secondary.test', 'sink:secondary'), ('special@mbx.test', 'sink:special'),
            ('dead.test', 'error:5.7.1 this domain is closed'), ('slow@mbx.test', 'retry:4.2.1 come back later');
        CREATE TABLE sender_logins (address varchar(255), login text NOT NULL);
        INSERT INTO sender_logins VALUES ('user1@mbx.test', 'alice'), ('shared@mbx.test', 'alice'),
            ('shared@mbx.test', 'bob'), ('@any.test', 'carol');
        CREATE TABLE access (kind text, pattern varchar(255), action text NOT NULL);
        INSERT INTO access VALUES ('client', 'spam.test', 'REJECT you are a spammer'),
            ('client', '203.0.113.66', 'REJECT not your address'), ('client', '203.0.114', '554 5.7.1 not your network'),
            ('client', 'late.test', '450 4.7.1 not now'), ('client', 'good.spam.test', 'OK'),
            ('client', '203.0.113.77', 'permit'), ('client', 'deferring.test', 'DEFER_IF_PERMIT wait a little'),
            ('sender', 'bad@outside.test', 'REJECT bad sender'), ('sender', 'evil.test', 'REJECT evil domain'),
            ('sender', 'good@evil.test', 'OK'), ('sender', 'spammer@', 'REJECT bad local part'),
            ('sender', 'hold.test', '450 4.1.8 sender on hold'), ('sender', '<>', 'DUNNO'),
            ('recipient', 'nomail@mbx.test', '550 5.7.1 this mailbox takes no mail'),
            ('recipient', 'abuse@', 'OK'), ('recipient', 'sub.relay.test', 'DEFER try the other one');
        """
}
