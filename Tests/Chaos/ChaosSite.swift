// What a chaos run plays with: two databases with the same contents, each behind a fault proxy, and a daemon.

import ChangesOverTime
import EventLoop
import Foundation
import LookupValues
import Synchronization
import TestSupport
import ThrowawayServers

final class ChaosSite: Sendable {
    static let database = "chaos"
    static let keyCount = 2000
    /// So many keys, the first ones, are asked for and changed much more often than the others.
    static let hotKeyCount = 8
    /// So many more keys are in a table of their own, whose changes are notified.
    static let toldKeyCount = 300
    static let allKeyCount = keyCount + toldKeyCount

    static func address(_ key: Int) -> String { "user\(key)@example.com" }

    let clusters: [ThrowawayCluster]
    let proxies: [FaultProxy]
    let tables: TemporaryDirectory
    /// What the databases hold when.
    let ledger = VersionLedger(keyCount: ChaosSite.allKeyCount, databases: 2)
    /// Which edition of the tables that tell it, here number 0, can be asked when.
    let editions = VersionLedger(keyCount: 1)
    private let edition = Atomic<Int>(1)
    /// Whether the writer takes the triggers out of force while it writes.
    let isUntold = Atomic<Bool>(false)
    /// Other databases of both, which change otherwise than by what is written into them.
    let changes: ChangeHistory

    init(seed: UInt64) throws {
        // What is committed must outlive a crash of the server, if not of the machine.
        clusters = try (0..<2).map { _ in
            try ThrowawayCluster(tcp: true, settings: ["synchronous_commit": "on", "full_page_writes": "on"])
        }
        proxies = try clusters.enumerated().map { index, cluster in
            try FaultProxy(before: cluster, seed: seed &+ UInt64(index))
        }
        tables = try TemporaryDirectory()
        changes = try ChangeHistory(clusters, hosts: proxies.map(\.host), seed: seed)
        for cluster in clusters {
            try cluster.createDatabase(Self.database)
            try cluster.psql(
                Self.database,
                """
                CREATE TABLE addresses (address varchar(100) UNIQUE, id int, goto varchar(200));
                INSERT INTO addresses
                    SELECT 'user' || n || '@example.com', n, 'box' || n || '.v1@store.example.net'
                    FROM generate_series(0, \(Self.keyCount - 1)) AS n;
                CREATE TABLE accounts (address varchar(100) UNIQUE, id int, goto varchar(200));
                INSERT INTO accounts
                    SELECT 'user' || n || '@example.com', n, 'box' || n || '.v1@store.example.net'
                    FROM generate_series(\(Self.keyCount), \(Self.allKeyCount - 1)) AS n;
                CREATE FUNCTION nap() RETURNS boolean VOLATILE LANGUAGE plpgsql AS
                    $$ BEGIN IF random() < 0.02 THEN PERFORM pg_sleep(0.3); END IF; RETURN true; END $$;
                ANALYZE;
                """)
        }
        for (name, _) in Self.queries { try writeTable(name, edition: 1) }
    }

    /// The map that is kept by notification.
    static let told = "told"

    /// Each table's values can be told from the others'; those of `literal` name the edition of its file, too.
    private static let queries = [
        ("plain", "SELECT goto FROM addresses WHERE address = '%s'"),
        ("domain", "SELECT 'domain', goto FROM addresses WHERE address = '%u@%d'"),
        ("literal", "SELECT concat('%u', '=', goto, '#EDITION') FROM addresses WHERE address = '%s'"),
        ("slow", "SELECT 'slow', goto FROM addresses WHERE address = '%s' AND nap()"),
        ("kept", "SELECT 'kept', goto FROM addresses WHERE address = '%s'"),
        (told, "SELECT 'told', goto FROM accounts WHERE address = '%s'"),
    ]

    /// How many tables of endpoints there are to be asked.
    static let placeCount = 2 * queries.count

    /// How `maps` names the tables.
    var maps: [String] { Self.queries.map { "pgsql:\(tables.path)/\($0.0).cf" } + changes.site.maps }

    /// The bound of what is read ahead, in milliseconds.
    static let readAhead = 50

    /// How long the answers of one table are kept, in milliseconds.
    static let keptFor = 1_500
    /// How old those of another one may be, until no sign of life says that notifications arrive; in milliseconds.
    static let staleness = 2_000

    /// How old the answers of which map may be, in milliseconds.
    static let bounds = ["kept": keptFor, told: staleness]

    /// Has the tables searched as those of mailboxes are.
    var parameters: [String: String] {
        [
            "map_parameters": Self.queries.map { "\($0.0)=virtual_mailbox_maps" }.joined(separator: " "),
            "recipient_delimiter": "+", "read_ahead": "\(Self.readAhead)ms",
            "cache": "kept=\(Self.keptFor)ms \(Self.told)=notified",
            "cache_max_staleness": "\(Self.staleness)ms",
        ]
    }

    /// - Parameter edition: makes another query of it.
    func writeTable(_ name: String, edition: Int) throws {
        let query = Self.queries.first { $0.0 == name }!.1.replacingOccurrences(
            of: "EDITION", with: "\(edition)")
        try tables.write(
            "\(name).cf",
            """
            hosts = \(proxies.map(\.host).joined(separator: " "))
            user = postgres
            dbname = \(Self.database)
            retry_interval = 1s
            query = \(query) /* \(edition) */
            \(name == "domain" ? "domain = example.com" : "")

            """)
    }

    /// Executes the SQL of `mapmux triggers`, as often as it takes until no writer is in the way.
    func install(_ triggers: String) throws {
        for cluster in clusters {
            try waitUntil("triggers are made") {
                do {
                    try cluster.psql(Self.database, triggers)
                    return true
                } catch {
                    guard "\(error)".contains("lock timeout") else { throw error }
                    return false
                }
            }
        }
    }

    /// Has the tables that tell their edition, and one more, go over to the next one.
    ///
    /// - Parameter reload: has the daemon read the tables.
    func changeEdition(reload: () throws -> Void) throws {
        let edition = edition.add(1, ordering: .acquiringAndReleasing).newValue
        editions.begin(edition, of: 0, at: MonotonicClock.now().nanoseconds)
        for name in ["plain", "literal"] { try writeTable(name, edition: edition) }
        try reload()
        // A worker may take notice a little later than the log has it.
        let end = MonotonicClock.now().nanoseconds + 3_000_000_000
        editions.complete(0, at: end)
    }

    func breakTable(_ name: String) throws {
        try tables.write("\(name).cf", "hosts = \nquery = SELECT %s %\nno equals sign\n")
    }

    /// A lookup for a random number: of keys that exist, that come and go, and that no table has.
    @Sendable
    func question(_ random: Int, proxymap: Bool) -> CheckedQuestion {
        let isHot = random / 512 % 4 == 0
        let table =
            switch random % 16 {
            case 0..<3: 0
            case 3..<6: 1
            case 6..<9: 2
            case 9: 3
            case 10..<13: 4
            default: 5
            }
        let name = Self.queries[table].0
        let (first, count) = name == Self.told ? (Self.keyCount, Self.toldKeyCount) : (0, Self.keyCount)
        let key = first + random / 2048 % (isHot ? Self.hotKeyCount : count)
        let map = proxymap ? "pgsql:\(tables.path)/\(name).cf" : name
        let address = Self.address(key)
        func question(_ asked: String, after first: String? = nil) -> CheckedQuestion {
            let prefix =
                switch name {
                case "plain": ""
                case "literal": "user\(key)="
                default: "\(name),"
                }
            return CheckedQuestion(
                map: map, key: asked, after: first, number: key, prefix: prefix,
                edition: name == "literal" ? 0 : nil,
                age: Self.bounds[name].map { Int64($0) * 1_000_000 } ?? 0)
        }
        switch (name, random / 16 % 32) {
        case ("domain", 0): return CheckedQuestion(map: map, key: "user\(key)@example.org", number: nil)
        case (_, 1): return CheckedQuestion(map: map, key: "nobody\(key)@example.com", number: nil)
        case (_, 2..<8): return question(address.uppercased())
        case (_, 8..<14): return question(address, after: "user\(key)+x@example.com")
        default: return question(address)
        }
    }
}
