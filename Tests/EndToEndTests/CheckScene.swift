// Large tables for `mapmux check` to look at, and its report as JSON.

import Foundation
import Testing
import ThrowawayServers

/// A database with 20,000 rows in each of its tables, and two roles: `reader` may SELECT, `postgres` anything.
struct CheckScene {
    static let database = "site"

    let cluster: ThrowawayCluster
    let directory: TemporaryDirectory

    init(cluster: ThrowawayCluster) throws {
        self.cluster = cluster
        directory = try TemporaryDirectory()
        try cluster.createDatabase(Self.database)
        try cluster.psql(
            Self.database,
            """
            CREATE ROLE reader LOGIN PASSWORD 'xyzzy';
            CREATE TABLE heap (address varchar(100), goto text);
            INSERT INTO heap SELECT 'user' || n || '@example.com', 'box' || n FROM generate_series(1, 20000) AS n;
            CREATE TABLE users (username varchar(100) PRIMARY KEY, number int UNIQUE, maildir text);
            INSERT INTO users SELECT 'user' || n || '@example.com', n, 'dir' || n FROM generate_series(1, 20000) AS n;
            CREATE TABLE parts (domain text, name text, goto text, PRIMARY KEY (domain, name));
            INSERT INTO parts SELECT 'example' || n % 100, 'user' || n, repeat('x', 200)
                FROM generate_series(1, 20000) AS n;
            CREATE TABLE sections (address text, goto text) PARTITION BY HASH (address);
            CREATE TABLE sections_0 PARTITION OF sections FOR VALUES WITH (MODULUS 2, REMAINDER 0);
            CREATE TABLE sections_1 PARTITION OF sections FOR VALUES WITH (MODULUS 2, REMAINDER 1);
            INSERT INTO sections SELECT 'user' || n, 'x' FROM generate_series(1, 12000) AS n;
            CREATE TABLE boxes (address varchar(100), goto text, created int, active boolean);
            INSERT INTO boxes SELECT 'user' || n || '@example.com', repeat('x', 100), n, n % 10 = 0
                FROM generate_series(1, 20000) AS n;
            CREATE INDEX boxes_active ON boxes (active);
            CREATE TABLE small (address text, goto text);
            INSERT INTO small VALUES ('user1@example.com', 'box1'), ('user1@example.com', 'box2');
            CREATE TABLE single (address varchar(100) PRIMARY KEY, goto text);
            INSERT INTO single VALUES ('user1@example.com', 'box1');
            CREATE TABLE "Odd.Schema" ("Key" text, value text);
            INSERT INTO "Odd.Schema" SELECT n, n FROM generate_series(1, 20000) AS n;
            GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader;
            ANALYZE;
            """)
    }

    /// Writes a table's file, which only its owner and group may read, and returns how `maps` names it.
    @discardableResult
    func table(
        _ name: String, query: String, user: String = "reader", hosts: String? = nil, mode: Int = 0o640,
        more: String = ""
    ) throws -> String {
        let path = try directory.write(
            "\(name).cf",
            """
            hosts = \(hosts ?? "unix:\(cluster.socketDirectory)")
            user = \(user)
            dbname = \(Self.database)
            query = \(query)
            \(more)

            """, mode: mode)
        return "pgsql:\(path)"
    }

    func path(_ name: String) -> String { "\(directory.path)/\(name).cf" }
}

/// What `mapmux check --json` has printed.
struct CheckedJSON {
    let status: Int32
    let text: String
    private let object: [String: Any]

    init(_ mapmux: MapmuxProcess, _ arguments: [String] = []) throws {
        let result = try mapmux.run("check", ["--json"] + arguments)
        status = result.status
        text = result.text
        #expect(result.stderr.isEmpty, "\(result.stderr)")
        object = try #require(
            try JSONSerialization.jsonObject(with: Data(result.stdout)) as? [String: Any], "\(result.text)")
    }

    var result: String { object["status"] as? String ?? "" }
    var databases: [[String: Any]] { object["databases"] as? [[String: Any]] ?? [] }

    /// The table with this map.
    func table(_ map: String) throws -> [String: Any] {
        let tables = try #require(object["tables"] as? [[String: Any]])
        return try #require(tables.first { ($0["maps"] as? [String])?.contains(map) == true }, "\(text)")
    }

    /// The problems of a file: severity, code and message.
    func problems(_ file: String) -> [(severity: String, code: String?, line: Int?, message: String)] {
        (object["problems"] as? [[String: Any]] ?? []).filter { $0["file"] as? String == file }.map {
            (
                $0["severity"] as? String ?? "", $0["code"] as? String, $0["line"] as? Int,
                $0["message"] as? String ?? ""
            )
        }
    }

    func codes(_ file: String) -> [String] { problems(file).map { $0.code ?? "none" } }
}
