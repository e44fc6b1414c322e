// A listener of a throwaway cluster, and what it tells.

import AnswerCache
import ChangeListener
import ChangeTriggers
import Databases
import EventLoop
import Logging
import LookupTables
import LookupValues
import PostgreSQL
import Synchronization
import TestSupport
import ThrowawayServers

/// Listens for changes of a table `alias`, whose triggers are the test's own.
final class ListenerScene {
    /// What workers would have been told.
    final class Told: Sendable {
        private let news = Mutex<[CacheNews]>([])

        func add(_ more: [CacheNews]) { news.withLock { $0 += more } }
        var all: [CacheNews] { news.withLock { $0 } }
        func forget() { news.withLock { $0 = [] } }
    }

    static let database = "listened"
    /// The table's number in news.
    static let table = 5

    let cluster: ThrowawayCluster
    let told = Told()
    private let listener: ChangeListener

    /// - Parameter hosts: as in a pgsql_table(5) file; nil: the cluster's.
    init(cluster: ThrowawayCluster? = nil, hosts: [String]? = nil, user: String = "postgres") throws {
        let cluster = try cluster ?? Self.makeCluster()
        self.cluster = cluster
        listener = try ChangeListener(
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, analyse: Self.analyse,
            tell: { [told] in told.add($0) })
        let target = Target(
            hosts: try (hosts ?? [cluster.host]).map { try DatabaseHost($0) }, user: user, password: nil,
            database: Self.database, encoding: "UTF8")
        let template = try QueryTemplate.compile("SELECT goto FROM alias WHERE address = '%s'")
        listener.adopt(
            [
                ListenedTarget(
                    number: 1, name: "target", target: target,
                    tables: [
                        ListenedTarget.Table(number: Self.table, file: "alias.cf", template: template)
                    ],
                    terms: ConnectionTerms(
                        applicationName: "test", connectTimeout: 5, queryTimeout: 5_000_000_000,
                        maximumReplicaLag: 0),
                    staleness: 1_000_000_000)
            ], logLevel: .info)
    }

    deinit { listener.end() }

    func pause(milliseconds: Int64) { listener.pause(nil, nanoseconds: milliseconds * 1_000_000) }
    func resume() { listener.resume("target") }

    static func makeCluster(tcp: Bool = false) throws -> ThrowawayCluster {
        let cluster = try ThrowawayCluster(tcp: tcp)
        try cluster.createDatabase(database)
        try cluster.psql(
            database,
            """
            CREATE TABLE alias (address text PRIMARY KEY, goto text);
            CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                PERFORM pg_notify('mapmux', 'v1 ' || tg_relid::text || ' all');
                RETURN NULL;
            END $$;
            CREATE TRIGGER mapmux AFTER INSERT OR UPDATE OR DELETE ON alias
                FOR EACH STATEMENT EXECUTE FUNCTION tell();
            ALTER TABLE alias ENABLE ALWAYS TRIGGER mapmux;
            """)
        return cluster
    }

    /// Stands in for what finds out about triggers: that of `alias` must be there, whatever it does.
    private static func analyse(
        _ connection: Connection, _ templates: [QueryTemplate], _ deadline: Instant
    ) throws(ServerError) -> NotificationFindings {
        let look = """
            SELECT concat_ws(' ', current_schemas(false), (SELECT string_agg(setconfig::text, ' ') FROM pg_db_role_setting),
                (SELECT concat_ws(' ', xmin, tgenabled) FROM pg_trigger
                WHERE tgrelid = to_regclass('alias') AND NOT tgisinternal))
            """
        let value = try connection.ask(look, until: deadline).last ?? ""
        let relation = try connection.ask("SELECT 'alias'::regclass::oid::text", until: deadline)
        let needs = RelationNeeds(
            relation: UInt32(relation[0])!, schema: "public", name: "alias", columns: [], recipe: nil)
        return NotificationFindings(
            tables: templates.map { _ in
                NotificationFinding(
                    verdict: value.hasSuffix("A") ? .proven(key: nil) : .unproven(reason: "no trigger"),
                    needs: [needs])
            }, look: look, value: value, isSettled: true)
    }

    // MARK: What is told

    /// Waits until news are told that are not there yet.
    func wait(for description: String, _ isWanted: @escaping ([CacheNews]) -> Bool) throws {
        try waitUntil("\(description): \(told.all.suffix(20))") { isWanted(told.all) }
    }

    /// Waits until a host is verified as of a moment after now.
    /// The table is proven, and then the host is verified.
    func waitUntilProven() throws {
        try wait(for: "it is proven") { $0.contains(.proven(table: Self.table, key: nil)) }
        try waitUntilVerified()
    }

    /// The same after a host is listened to anew.
    func waitUntilProvenAnew() throws {
        try wait(for: "it is proven anew") { news in
            let latest = news.lastIndex { if case .listening = $0 { true } else { false } }
            return latest.map { news[$0...].contains(.proven(table: Self.table, key: nil)) } ?? false
        }
    }

    func waitUntilVerified(host: Int = 0) throws {
        let now = MonotonicClock.now()
        try wait(for: "host \(host) is verified") {
            $0.contains { Self.verifies($0, host: host, after: now) }
        }
    }

    private static func verifies(_ news: CacheNews, host: Int, after: Instant) -> Bool {
        if case .verified(_, host, let instant) = news { instant > after } else { false }
    }

    /// Changes a row, and checks that this is told before anything is verified as of a moment after it.
    func expectChangeIsTold() throws {
        told.forget()
        try cluster.psql(
            Self.database, "INSERT INTO alias VALUES (gen_random_uuid()::text, 'new')")
        let committedBy = MonotonicClock.now()
        try waitUntilVerified()
        let all = told.all
        let verified = all.firstIndex { Self.verifies($0, host: 0, after: committedBy) }!
        guard all[..<verified].contains(.changed(table: Self.table, keys: nil)) else {
            throw SupportError("a change was not told: \(all)")
        }
    }

    /// The server process whose latest statement begins so.
    func process(executing statement: String) throws -> Int32 {
        var found: Int32?
        try waitUntil("there is a session with \(statement)") {
            let pid = try self.cluster.psql(
                "postgres",
                "SELECT pid FROM pg_stat_activity WHERE application_name = 'test listener' AND query LIKE '\(statement)%'"
            )
            found = Int32(pid)
            return found != nil
        }
        return found!
    }
}
