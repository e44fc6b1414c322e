// A lock that another session holds on a table, so that queries of it wait for as long as a test wants.

import ThrowawayServers

final class TableLock {
    private let cluster: ThrowawayCluster
    private let database: String
    private let session: Command

    /// Returns when the lock is held.
    convenience init(_ table: String, in scene: Scene) throws {
        try self.init(table, cluster: scene.cluster, database: Scene.database)
    }

    init(_ table: String, cluster: ThrowawayCluster, database: String) throws {
        self.cluster = cluster
        self.database = database
        session = try cluster.begin(database, "BEGIN; LOCK TABLE \(table); SELECT pg_sleep(3600)")
        try waitUntil("the table is locked") {
            try cluster.psql(
                database,
                """
                SELECT count(*) > 0 FROM pg_locks
                WHERE relation = '\(table)'::regclass AND mode = 'AccessExclusiveLock' AND granted
                """) == "t"
        }
    }

    /// Returns when some query waits for it.
    func waitForSomeone() throws {
        try waitUntil("somebody waits for the lock") {
            try cluster.psql(
                database,
                "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "t"
        }
    }

    func release() throws {
        try cluster.psql(
            database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        try waitUntil("the lock is gone") { try session.result() != nil }
    }
}
