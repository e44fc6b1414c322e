// Faults of what tells of changes: the sessions that listen and beat, the triggers, and the table itself.

import Glibc
import Synchronization
import TestSupport
import ThrowawayServers

extension FaultInjection {
    /// Begins once the map is answered by notification.
    func injectIntoNotification(_ kind: FaultKind) throws {
        try daemon.waitForNotification(of: ChaosSite.told)
        switch kind {
        case .listenerTerminated:
            for _ in 0..<3 {
                for cluster in site.clusters {
                    for pid in try listeners(cluster, listening: true) {
                        try cluster.psql("postgres", "SELECT pg_terminate_backend(\(pid))")
                    }
                }
                pause(0, 2)
            }
        case .listenerFrozen, .beatsFrozen:
            let sessions = try site.clusters.flatMap {
                try listeners($0, listening: kind == .listenerFrozen)
            }
            for pid in sessions { kill(pid, SIGSTOP) }
            pause(1, 7)
            for pid in sessions { kill(pid, SIGCONT) }
        case .triggersOff:
            for _ in 0..<3 {
                site.isUntold.store(true, ordering: .relaxed)
                pause(0.1, 1)
                site.isUntold.store(false, ordering: .relaxed)
                pause(0, 2)
            }
        case .triggersDropped:
            for cluster in site.clusters {
                try cluster.psql(ChaosSite.database, try daemon.triggers(["--remove", ChaosSite.told]))
            }
            pause(0.5, 3)
            try site.install(try daemon.triggers(["--all", ChaosSite.told]))
        default:
            for cluster in site.clusters { try cluster.psql(ChaosSite.database, Self.swap) }
            pause(0.5, 3)
            try site.install(try daemon.triggers(["--all", ChaosSite.told]))
        }
    }

    /// Rows are written to a table of that name, which has no triggers.
    private static let swap = """
        BEGIN;
        LOCK TABLE accounts;
        ALTER TABLE accounts RENAME TO old_accounts;
        CREATE TABLE accounts (address varchar(100) UNIQUE, id int, goto varchar(200));
        INSERT INTO accounts TABLE old_accounts;
        DROP TABLE old_accounts;
        COMMIT
        """

    /// The server processes of those who listen, or of those who beat and look.
    private func listeners(_ cluster: ThrowawayCluster, listening: Bool) throws -> [Int32] {
        try cluster.psql(
            "postgres",
            """
            SELECT pid FROM pg_stat_activity
            WHERE application_name = 'mapmux listener' AND query \(listening ? "" : "NOT") LIKE 'LISTEN%'
            """
        ).split(separator: "\n").compactMap { Int32($0) }
    }
}
