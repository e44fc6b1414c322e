// Brings about one fault of a chaos run, and takes it away again.

import EventLoop
import Foundation
import Glibc
import LookupValues
import TestSupport
import ThrowawayServers

/// Used by one thread. What it leaves to chance is the seed's.
final class FaultInjection {
    let site: ChaosSite
    let daemon: DaemonKeeper
    var random: SplitMix64

    init(site: ChaosSite, daemon: DaemonKeeper, seed: UInt64) {
        self.site = site
        self.daemon = daemon
        random = SplitMix64(seed: seed)
    }

    /// Injects a fault, waits for some seconds, and lifts it.
    ///
    /// - Returns: false when the pool was not connected to both databases before, so that the fault may befall nothing, or
    ///   the only one there is.
    func inject(_ kind: FaultKind) throws -> Bool {
        let host = random.below(2)
        let (cluster, proxy) = (site.clusters[host], site.proxies[host])
        let isReady = kind.isOnThisSide || poolIsSpread()
        switch kind {
        case .killServerProcess:
            for pid in try serverProcesses(cluster, most: 1) { kill(pid, SIGKILL) }
            // The postmaster ends all the others, and begins anew.
            pause(1, 2)
            try waitForDatabase(cluster)
        case .terminateConnections:
            for _ in 0..<5 {
                try cluster.psql(
                    "postgres",
                    """
                    SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                    WHERE application_name = 'mapmux' AND random() < 0.7
                    """)
                pause(0, 1)
            }
        case .killPostmaster:
            // Its orphans may go on for a moment.
            try cluster.stop(.kill)
            pause(0.5, 4)
            try cluster.start()
        case .stop: try stopAndStart(host, .fast)
        case .stopAtOnce: try stopAndStart(host, .immediate)
        case .freezeSome:
            let some = try serverProcesses(cluster, most: 1 + random.below(4))
            for pid in some { kill(pid, SIGSTOP) }
            pause(1, 7)
            for pid in some { kill(pid, SIGCONT) }
        case .freezeAll:
            try cluster.freeze()
            pause(1, 8)
            cluster.thaw()
        case .outage:
            try cluster.stop(.fast)
            try site.clusters[1 - host].stop(.immediate)
            pause(1, 3)
            try cluster.start()
            try site.clusters[1 - host].start()
        case .failover:
            try stopAndStart(host, .fast)
            guard poolIsSpread() else { throw SupportError("the pool does not return to the first host") }
            pause(0, 1)
            try stopAndStart(1 - host, .immediate)
        case .stall:
            proxy.set(.stalled)
            silently(host) { pause(1, 8) }
            proxy.lift()
        case .stallInResult:
            during(proxy, .trigger(.stall, .afterBytes(random.below(20_000)), from: .server), 1, 7)
        case .halfOpen:
            proxy.set(.halfOpen)
            silently(host) { pause(1, 7) }
            // What was half open stays so for ever, or ends.
            proxy.cut()
            proxy.lift()
        case .silentHost, .fullBacklog:
            proxy.set(.accepting(kind == .silentHost ? .silent : .never))
            proxy.cut()
            silently(host) { pause(1, 7) }
            proxy.lift()
        case .cut, .reset:
            for _ in 0..<10 {
                if kind == .cut { proxy.cut() } else { proxy.reset() }
                pause(0, 0.5)
            }
        case .delay: during(proxy, .delayed(.milliseconds(20 + random.below(300))), 2, 5)
        case .pieces: during(proxy, .pieces(1...(20 + random.below(400))), 2, 4)
        case .flapping: flap(proxy)
        case .listenerTerminated, .listenerFrozen, .beatsFrozen, .triggersOff, .triggersDropped,
            .tableSwapped:
            try injectIntoNotification(kind)
        case .migration: try migrate(cluster)
        case .changes: try makeChanges()
        case .lock:
            try cluster.psql(
                ChaosSite.database, "BEGIN; LOCK TABLE addresses; SELECT pg_sleep(1); COMMIT")
        case .reload: try expect(try daemon.reload(), "reloaded")
        case .reloadChanged: try reloadChanged()
        case .reloadBroken:
            try site.breakTable("domain")
            // It stays as it was, and the rest is applied.
            let log = try daemon.reload()
            try expect(log, "expected `name = value`")
            try expect(log, "reloaded")
            try site.writeTable("domain", edition: 1)
            try expect(try daemon.reload(), "reloaded")
        case .flush:
            for _ in 0..<10 {
                try daemon.flush([[], ["kept"], [ChaosSite.told]][random.below(3)])
                pause(0, 0.3)
            }
        case .restart: try daemon.restart()
        case .upgrade: try daemon.upgrade()
        case .connectFlood, .vanishing, .neverReaders, .slowWriters:
            ClientStorm(daemon: daemon, seed: random.next()).rage(kind)
        }
        return isReady
    }

    /// Whether every worker has a connection that serves it to each database, after some seconds at most: the pool goes
    /// back to a host that was down in its own time.
    private func poolIsSpread() -> Bool {
        let isSpread: Void? = try? waitUntil("the pool is connected to both databases", within: 30) {
            usleep(20_000)
            return site.clusters.allSatisfy { cluster in
                // Of this target, and no connection that listens.
                let count = try? cluster.psql(
                    "postgres",
                    """
                    SELECT count(*) FROM pg_stat_activity
                    WHERE application_name = 'mapmux' AND datname = '\(ChaosSite.database)' AND query LIKE '%goto%'
                    """)
                return count.flatMap { Int($0) } ?? 0 >= daemon.workers
            }
        }
        return isSpread != nil
    }

    /// No answer can come from the host while `body` runs: what it said before is answered to questions from before.
    private func silently(_ host: Int, _ body: () throws -> Void) rethrows {
        site.ledger.beginOutage(of: host, at: MonotonicClock.now().nanoseconds)
        defer { site.ledger.endOutage(of: host, at: MonotonicClock.now().nanoseconds) }
        try body()
    }

    /// - Parameters: seconds.
    func pause(_ least: Double, _ most: Double) {
        usleep(UInt32(1e6 * (least + (most - least) * Double(random.below(1000)) / 1000)))
    }

    private func during(_ proxy: FaultProxy, _ faults: ProxyFaults, _ least: Double, _ most: Double) {
        proxy.set(faults)
        pause(least, most)
        proxy.lift()
    }

    private func stopAndStart(_ host: Int, _ mode: ThrowawayCluster.StopMode) throws {
        try site.clusters[host].stop(mode)
        silently(host) { pause(0.5, 4) }
        try site.clusters[host].start()
    }

    private func flap(_ proxy: FaultProxy) {
        for _ in 0..<8 {
            let faults = (0..<4).map { _ in
                ProxyFaults.trigger(
                    random.below(2) == 0 ? .cut : .reset, .after(1 + random.below(200)),
                    from: random.below(2) == 0 ? .server : .client)
            }
            proxy.setForNext(faults)
            proxy.cut()
            pause(0.1, 0.6)
        }
        proxy.lift()
    }

    private func serverProcesses(_ cluster: ThrowawayCluster, most: Int) throws -> [Int32] {
        try cluster.psql(
            "postgres",
            """
            SELECT pid FROM pg_stat_activity
            WHERE application_name = 'mapmux' ORDER BY random() LIMIT \(most)
            """
        ).split(separator: "\n").compactMap { Int32($0) }
    }

    private func waitForDatabase(_ cluster: ThrowawayCluster) throws {
        try waitUntil("the database is back") {
            if (try? cluster.psql(ChaosSite.database, "SELECT 1")) == "1" { return true }
            usleep(100_000)
            return false
        }
    }

    private func migrate(_ cluster: ThrowawayCluster) throws {
        let steps = [
            "ALTER TABLE addresses ALTER COLUMN goto TYPE text",
            "ALTER TABLE addresses ALTER COLUMN goto TYPE varchar(100)",
            "ALTER TABLE addresses ALTER COLUMN address TYPE text",
            "ALTER TABLE addresses ALTER COLUMN address TYPE varchar(80)",
            "ALTER TABLE addresses ALTER COLUMN id TYPE bigint",
            "ALTER TABLE addresses ALTER COLUMN id TYPE int",
            "ALTER TABLE addresses ADD COLUMN extra text DEFAULT 'none'",
            "ALTER TABLE addresses DROP COLUMN IF EXISTS extra",
            """
            BEGIN;
            LOCK TABLE addresses;
            ALTER TABLE addresses RENAME TO old_addresses;
            CREATE TABLE addresses (goto varchar(90), id int, address text UNIQUE);
            INSERT INTO addresses SELECT goto, id, address FROM old_addresses;
            DROP TABLE old_addresses;
            COMMIT
            """,
            "VACUUM FULL addresses", "REINDEX TABLE addresses", "ANALYZE addresses",
        ]
        // Columns that are there already, or not there, are no reason to stop.
        for _ in 0..<6 {
            _ = try? cluster.psql(ChaosSite.database, steps[random.below(steps.count)])
            pause(0, 0.3)
        }
    }

    /// Some of the changes are made, and are taken back, in both databases.
    private func makeChanges() throws {
        let some = site.changes.indices.shuffled(using: &random).prefix(4)
        for isUndoing in [false, true] {
            for change in some { try site.changes.make(change, isUndoing: isUndoing) }
            // What was right before is wrong after a second.
            pause(1.5, 2.5)
        }
    }

    /// Tables change, and another target comes and goes.
    private func reloadChanged() throws {
        for number in 0..<3 {
            let more = try site.tables.write(
                "more\(number).cf",
                """
                hosts = \(site.proxies[0].host) \(site.proxies[1].host)
                user = postgres
                dbname = postgres
                query = SELECT '%s'

                """)
            try site.changeEdition {
                try expect(try daemon.reload(maps: site.maps + ["pgsql:\(more)"]), "reloaded")
            }
            // A worker may take notice a little later than the log has it.
            var reply = SocketmapReply.notFound
            try waitUntil("the new table answers, not \(reply)") {
                reply = try SocketmapClient(path: daemon.socketmap.path).lookup("more\(number)", "me")
                return reply == .ok("me")
            }
            pause(0, 0.5)
        }
        try expect(try daemon.reload(), "reloaded")
    }

    private func expect(_ log: String, _ text: String) throws {
        guard log.contains(text) else { throw SupportError("not \"\(text)\", but: \(log)") }
    }
}
