// The database and the daemon that hostile clients meet.

import Foundation
import LoadEngine
import TestSupport
import ThrowawayServers

struct HostileSite {
    static let keyCount = 100_000
    /// One short value a key, as the polite clients expect it.
    static let plain = "plain"
    /// A long value for any key.
    static let wide = "wide"
    /// A few milliseconds of the server's processor time a lookup.
    static let heavy = "heavy"

    let cluster: ThrowawayCluster
    let mapmux: MapmuxProcess
    let tables: TemporaryDirectory
    var proxymap: String { "\(mapmux.directory.path)/proxymap" }
    func table(_ name: String) -> String { "pgsql:\(tables.path)/\(name).cf" }

    init(parameters: [String: String]) throws {
        cluster = try ThrowawayCluster()
        tables = try TemporaryDirectory()
        let database = "hostile"
        try cluster.createDatabase(database)
        try cluster.psql(
            database,
            """
            CREATE TABLE addresses (address varchar(100) PRIMARY KEY, goto varchar(100));
            INSERT INTO addresses
                SELECT 'user' || n || '@example' || n % 1000 || '.com', 'mbox' || n || '@store' || n % 10 || '.example.net'
                FROM generate_series(1, \(Self.keyCount)) AS n
                WHERE n % \(Question.gap) <> 0;
            CREATE SEQUENCE executed CACHE 1;
            CREATE FUNCTION burn() RETURNS boolean VOLATILE LANGUAGE plpgsql AS $$
                BEGIN
                    PERFORM nextval('executed');
                    PERFORM count(*) FROM generate_series(1, 20000);
                    RETURN true;
                END $$;
            ANALYZE addresses;
            """)
        let queries = [
            (Self.plain, "SELECT goto FROM addresses WHERE address = '%s'"),
            (Self.wide, "SELECT '%s' || repeat('x', 4000)"),
            (Self.heavy, "SELECT goto FROM addresses, burn() WHERE address = '%s'"),
        ]
        for (name, query) in queries {
            try tables.write(
                "\(name).cf",
                "hosts = \(cluster.host)\nuser = postgres\ndbname = \(database)\nquery = \(query)\n")
        }
        let path = tables.path
        mapmux = try MapmuxProcess(maps: queries.map { "pgsql:\(path)/\($0.0).cf" })
        var all = ["proxymap_listen": "unix:\(mapmux.directory.path)/proxymap"]
        all.merge(parameters) { $1 }
        try mapmux.configure(maps: queries.map { "pgsql:\(path)/\($0.0).cf" }, parameters: all)
        try mapmux.start()
        let client = try mapmux.client()
        let question = Question(address: 1)
        try waitUntil("a value arrives: \(mapmux.log())") {
            try client.lookup(Self.plain, question.key) == .ok(question.value ?? "")
        }
    }

    /// How many heavy queries the database has begun.
    func executed() throws -> Int {
        Int(try cluster.psql("hostile", "SELECT last_value FROM executed")) ?? 0
    }
}
