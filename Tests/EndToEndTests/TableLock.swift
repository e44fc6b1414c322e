// A lock that another session holds on a table, so that queries of it wait for as long as a test wants.

import TestSupport

final class TableLock {
    private let scene: Scene
    private let session: Command

    /// Returns when the lock is held.
    init(_ table: String, in scene: Scene) throws {
        self.scene = scene
        session = try scene.cluster.begin(Scene.database, "BEGIN; LOCK TABLE \(table); SELECT pg_sleep(3600)")
        try waitUntil("the table is locked") {
            try scene.cluster.psql(
                Scene.database,
                """
                SELECT count(*) > 0 FROM pg_locks
                WHERE relation = '\(table)'::regclass AND mode = 'AccessExclusiveLock' AND granted
                """) == "t"
        }
    }

    /// Returns when some query waits for it.
    func waitForSomeone() throws {
        try waitUntil("somebody waits for the lock") {
            try scene.cluster.psql(
                Scene.database,
                "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock'") == "t"
        }
    }

    func release() throws {
        try scene.cluster.psql(
            Scene.database,
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        try waitUntil("the lock is gone") { try session.result() != nil }
    }
}
