// A listener and a real PostgreSQL: what it is told, and what becomes of it when servers fail in the ways that they do.

import AnswerCache
import EventLoop
import Glibc
import TestSupport
import Testing
import ThrowawayServers

private typealias Scene = ListenerScene

@Suite("Listening to PostgreSQL", .serialized)
struct ListenerTests {
    @Test("It listens, finds the triggers, beats, and tells each change before it is verified")
    func change() throws {
        let scene = try Scene()
        try scene.waitUntilProven()
        let told = scene.told.all
        let listening = told.firstIndex { if case .listening(1, host: 0, _) = $0 { true } else { false } }
        let verified = told.firstIndex { if case .verified(1, host: 0, _) = $0 { true } else { false } }
        let proven = told.firstIndex(of: .proven(table: Scene.table, key: nil))
        guard case .server(target: 1, host: 0, _) = told.first, let listening, let verified, let proven,
            listening < verified, listening < proven
        else {
            Issue.record("\(told)")
            return
        }
        for _ in 0..<3 { try scene.expectChangeIsTold() }
    }

    @Test("A listening session that is terminated is made anew")
    func termination() throws {
        let scene = try Scene()
        try scene.waitUntilProven()
        let process = try scene.process(executing: "LISTEN")
        scene.told.forget()
        try scene.cluster.psql("postgres", "SELECT pg_terminate_backend(\(process))")
        try scene.wait(for: "it is listened to anew") { news in
            news.contains { if case .listening = $0 { true } else { false } }
        }
        try scene.waitUntilProvenAnew()
        try scene.expectChangeIsTold()
    }

    @Test("While the listening session's process is stopped, nothing more is verified; it is made anew")
    func stalled() throws {
        let scene = try Scene()
        try scene.waitUntilProven()
        let process = try scene.process(executing: "LISTEN")
        kill(process, SIGSTOP)
        defer { kill(process, SIGCONT) }
        // What was under way may arrive.
        usleep(300_000)
        scene.told.forget()
        try scene.cluster.psql(Scene.database, "INSERT INTO alias VALUES ('unheard', 'x')")
        try scene.wait(for: "it is listened to anew") { news in
            news.contains { if case .listening = $0 { true } else { false } }
        }
        let before = scene.told.all.prefix { if case .listening = $0 { false } else { true } }
        #expect(!before.contains { if case .verified = $0 { true } else { false } }, "\(before)")
        try scene.waitUntilProvenAnew()
        try scene.expectChangeIsTold()
    }

    @Test("A trigger that was away for one transaction is noticed by the first beat after it")
    func machinery() throws {
        let scene = try Scene()
        try scene.waitUntilProven()
        scene.told.forget()
        try scene.cluster.psql(
            Scene.database,
            """
            BEGIN;
            ALTER TABLE alias DISABLE TRIGGER mapmux;
            INSERT INTO alias VALUES ('secret', 'x');
            ALTER TABLE alias ENABLE ALWAYS TRIGGER mapmux;
            COMMIT;
            """)
        let committedBy = MonotonicClock.now()
        try scene.waitUntilVerified()
        let all = scene.told.all
        let verified = all.firstIndex {
            if case .verified(_, _, let instant) = $0 { instant > committedBy } else { false }
        }!
        #expect(all[..<verified].contains(.unproven(table: Scene.table, .unknown)), "\(all)")
        try scene.wait(for: "it is proven again") { $0.contains(.proven(table: Scene.table, key: nil)) }
    }

    @Test("Settings that only new sessions are given are noticed: what these read has no triggers")
    func settings() throws {
        let scene = try Scene()
        try scene.waitUntilProven()
        try scene.cluster.psql(
            Scene.database,
            """
            CREATE SCHEMA other;
            CREATE TABLE other.alias (LIKE public.alias);
            ALTER DATABASE \(Scene.database) SET search_path = other;
            """)
        try scene.wait(for: "it is not proven") { $0.contains(.unproven(table: Scene.table, .triggers)) }
    }

    @Test("Nothing is proven while a transaction is open that wrote before the triggers were looked at")
    func writer() throws {
        let cluster = try Scene.makeCluster()
        let writer = try cluster.begin(
            Scene.database, "BEGIN; INSERT INTO alias VALUES ('open', 'x'); SELECT pg_sleep(4); COMMIT")
        try waitUntil("it has written") {
            try cluster.psql(
                Scene.database,
                "SELECT count(*) FROM pg_locks WHERE relation = 'alias'::regclass AND mode = 'RowExclusiveLock'"
            )
                == "1"
        }
        let scene = try Scene(cluster: cluster)
        try scene.waitUntilVerified()
        #expect(!scene.told.all.contains(.proven(table: Scene.table, key: nil)))
        try waitUntil("it has ended") { try writer.result() != nil }
        try scene.wait(for: "it is proven") { $0.contains(.proven(table: Scene.table, key: nil)) }
        try scene.expectChangeIsTold()
    }

    @Test("A notification that nobody understands is a change of all, however many there are")
    func flood() throws {
        let scene = try Scene()
        try scene.waitUntilProven()
        scene.told.forget()
        try scene.cluster.psql(
            Scene.database,
            "SELECT count(pg_notify('mapmux', 'nonsense ' || n)) FROM generate_series(1, 20000) AS n")
        try scene.waitUntilVerified()
        let changes = scene.told.all.filter { $0 == .changed(table: Scene.table, keys: nil) }
        #expect((1...100).contains(changes.count))
        try scene.expectChangeIsTold()
    }

    @Test("A pause closes all connections, and ends by itself or before", arguments: [true, false])
    func pause(isResumed: Bool) throws {
        let scene = try Scene()
        try scene.waitUntilProven()
        scene.pause(milliseconds: isResumed ? 3_600_000 : 2_000)
        try waitUntil("there are no connections") {
            try scene.cluster.psql(
                "postgres", "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'test%'")
                == "0"
        }
        scene.told.forget()
        if isResumed { scene.resume() }
        try scene.wait(for: "it is proven") { $0.contains(.proven(table: Scene.table, key: nil)) }
        try scene.expectChangeIsTold()
    }

    @Test("Through a pooler nothing is heard")
    func pooler() throws {
        let cluster = try Scene.makeCluster()
        let pooler = try PgBouncer(before: cluster, connections: 4)
        let scene = try Scene(cluster: cluster, hosts: [pooler.host])
        try scene.wait(for: "it is said") { $0 == [.unproven(table: Scene.table, .unheard)] }
    }

    @Test("A standby is verified, behind a fence; promoted, it is not, until it is the one listened to")
    func standby() throws {
        let cluster = try Scene.makeCluster()
        let standby = try ThrowawayCluster(standbyOf: cluster)
        let scene = try Scene(cluster: cluster, hosts: [standby.host, cluster.host])
        try scene.waitUntilVerified(host: 0)
        try scene.wait(for: "it is behind a fence") { news in
            news.contains { if case .fence(1, host: 0, _, _) = $0 { true } else { false } }
        }
        scene.told.forget()
        try standby.psql("postgres", "SELECT pg_promote()")
        try scene.wait(for: "it is not verified") { $0.contains(.unverified(target: 1, host: 0)) }
        try cluster.stop(.immediate)
        try scene.wait(for: "it is listened to") { news in
            news.contains { if case .listening(1, host: 0, _) = $0 { true } else { false } }
        }
        try scene.waitUntilVerified(host: 0)
    }

    @Test("A standby's timeline is hidden from a role without rights: it is not verified")
    func plainRole() throws {
        let cluster = try Scene.makeCluster()
        try cluster.psql(
            Scene.database,
            "CREATE ROLE plain LOGIN; GRANT SELECT ON alias TO plain")
        let standby = try ThrowawayCluster(standbyOf: cluster)
        let scene = try Scene(cluster: cluster, hosts: [cluster.host, standby.host], user: "plain")
        try scene.waitUntilVerified(host: 0)
        usleep(1_000_000)
        func isVerified() -> Bool {
            scene.told.all.contains { if case .verified(1, host: 1, _) = $0 { true } else { false } }
        }
        #expect(!isVerified())
        try cluster.psql("postgres", "GRANT pg_read_all_stats TO plain")
        try scene.waitUntilVerified(host: 1)
    }
}
