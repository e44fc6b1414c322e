// Whatever changes an answer is told, or seen by the look; asked of a real server before and after each change.

import AnswerCache
import ChangeTriggers
import Databases
import LookupTables
import LookupValues
import PostgreSQL
import Testing
import ThrowawayServers

@Suite("Notifications", .serialized)
struct NotificationTests {
    @Test("Each query is known for what it is, by a role that may only read, once the triggers are made")
    func shapes() throws {
        let scene = try NotificationScene()
        for (shape, found) in zip(NotificationShape.all, scene.findings.tables) {
            #expect(shape.isRight(found.verdict), "\(shape.query): \(found.verdict)")
        }
        #expect(scene.findings.isSettled)
        #expect(try !scene.lookDiffers())
        #expect(try scene.scripts(includesAll: false).isEmpty)
        // Made again, they are the same.
        let before = try dump(scene)
        for script in try scene.scripts(includesAll: true) {
            try scene.cluster.psql(NotificationScene.database, script.statements)
        }
        #expect(try dump(scene) == before)
        try scene.install()
        #expect(zip(NotificationShape.all, scene.findings.tables).allSatisfy { $0.isRight($1.verdict) })
    }

    /// Without the random words that pg_dump has psql compare.
    private func dump(_ scene: NotificationScene) throws -> [Substring] {
        try scene.cluster.dump(NotificationScene.database).split(separator: "\n").filter {
            !$0.hasPrefix("\\restrict") && !$0.hasPrefix("\\unrestrict")
        }
    }

    @Test("Every change of an answer is told by a notice that covers its key, or the look differs")
    func changes() throws {
        let scene = try NotificationScene()
        var before = try scene.answers()
        for change in NotificationChange.all {
            before = try expectTold(change, scene, before)
        }
    }

    /// - Returns: the answers after the change.
    private func expectTold(
        _ change: NotificationChange, _ scene: NotificationScene,
        _ before: [NotificationScene.Question: String]
    ) throws -> [NotificationScene.Question: String] {
        let notices = try scene.change(change.sql)
        let after = try scene.answers()
        let differs = try scene.lookDiffers()
        for (question, answer) in after where before[question] != answer {
            let shape = NotificationShape.all[question.shape]
            #expect(
                differs || scene.covers(notices, question),
                """
                \(change.sql): \(shape.query) for \(question.key): \(before[question] ?? "") is \(answer) now; \
                \(notices)
                """)
        }
        switch change.effect {
        case .silent: #expect(notices.isEmpty && !differs && before == after, "\(change.sql): \(notices)")
        case .told: #expect(!notices.isEmpty && !differs, "\(change.sql)")
        case .seen:
            #expect(differs, "\(change.sql)")
            try scene.install()
        }
        return after
    }

    @Test("Whatever random statements do, what changes is told, and a change for one key names few others")
    func random() throws {
        let scene = try NotificationScene()
        var statements = RandomStatements(seed: 19)
        var before = try scene.answers()
        var named = 0
        for step in 0..<30 {
            let sql = statements.next()
            let notices = try scene.change(sql)
            let after = try scene.answers()
            for (question, answer) in after where before[question] != answer {
                #expect(scene.covers(notices, question), "step \(step): \(sql): \(question): \(notices)")
            }
            let keyed = after.keys.filter { question in
                if case .byKey = NotificationShape.all[question.shape].expected { true } else { false }
            }
            if keyed.contains(where: { !scene.covers(notices, $0) }) { named += 1 }
            before = after
        }
        #expect(named > 15)
        #expect(try !scene.lookDiffers())
    }

    @Test("A hash that is made otherwise does not cover the key")
    func otherHash() throws {
        let scene = try NotificationScene()
        let notices = try scene.change("UPDATE alias SET goto = 'x' WHERE address = 'a@x.test'")
        let shape = NotificationShape.all.firstIndex { $0.query.contains("address = '%s' AND active") }!
        #expect(scene.covers(notices, .init(shape: shape, key: "a@x.test")))
        for key in ["A@x.test", "a@x.test ", "b@x.test", ""] {
            #expect(!scene.covers(notices, .init(shape: shape, key: key)))
        }
    }

    @Test("A right to read that is taken away is seen, and that of a role that the session's belongs to")
    func rights() throws {
        let scene = try NotificationScene()
        for (sql, isSeen) in [
            ("REVOKE SELECT ON people FROM reader", true), ("GRANT SELECT ON people TO reader", false),
            ("DO $$ BEGIN CREATE ROLE readers; EXCEPTION WHEN duplicate_object THEN NULL; END $$", false),
            ("GRANT SELECT ON people TO readers; GRANT readers TO reader", false),
            ("REVOKE SELECT ON people FROM reader", false), ("REVOKE readers FROM reader", true),
        ] {
            _ = try scene.change(sql)
            #expect(try scene.lookDiffers() == isSeen, "\(sql)")
        }
    }

    @Test("A table of very many partitions is not followed")
    func manyPartitions() throws {
        let scene = try NotificationScene()
        _ = try scene.change(
            """
            CREATE TABLE many (k text, v text) PARTITION BY LIST (k); GRANT SELECT ON many TO reader;
            DO $$ BEGIN
                FOR n IN 1..300 LOOP
                    EXECUTE 'CREATE TABLE many_' || n || ' PARTITION OF many FOR VALUES IN (''' || n || ''')';
                END LOOP;
            END $$
            """)
        let query = try QueryTemplate.compile("SELECT v FROM many WHERE k = '%s'")
        let found = try scene.connection.findNotifications(of: [query], until: NotificationScene.deadline)
        #expect(
            found.tables.map(\.verdict) == [
                .untellable(reason: "it depends on 301 tables and partitions, more than 300")
            ])
    }

    @Test("What takes the triggers away leaves nothing of them")
    func removal() throws {
        let scene = try NotificationScene()
        let removal = try scene.connection.findTriggerRemoval(from: nil, until: NotificationScene.deadline)
        try scene.cluster.psql(NotificationScene.database, removal)
        #expect(try !scene.cluster.dump(NotificationScene.database).contains("mapmux_"))
        #expect(try scene.connection.findTriggerRemoval(from: nil, until: NotificationScene.deadline).isEmpty)
        #expect(try scene.lookDiffers())
    }
}
