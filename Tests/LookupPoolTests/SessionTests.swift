// Transcripts of tables whose queries may keep something in a session or a transaction.

import Testing

@Suite("Queries that may keep something")
struct SessionTests {
    private static let reset = """
        reset question 0, reset cursors 0, reset authorization 0, reset role 0, reset settings 0,
        | reset terms 0, reset temporary 0, reset sequences 0, reset notifications 0, reset locks 0, sync 0
        """
    private static let resetDone = "done 0 0 0 0 0 0 0 0 0 0 |"

    /// Table 0 may keep something.
    private func ready(connections: Int = 1, holdsSyncs: Bool = false) -> Transcript {
        let pool = Transcript(connections: connections, tables: 3, holdsSyncs: holdsSyncs)
        _ = pool.perform("dispatch")
        for slot in 0..<connections {
            _ = pool.perform("impure \(slot) 0")
            for _ in 0..<3 {
                _ = pool.perform("done \(slot)")
                if holdsSyncs { _ = pool.perform("synced \(slot)") }
            }
        }
        return pool
    }

    @Test("Each lookup of such a table has a query and a batch of its own, equal ones too")
    func apart() {
        ready().play(
            """
            submit a a b |
            joined       | 0
            dispatch     | send a on 0, sync 0, send a on 0, sync 0, send b on 0, sync 0
            """)
    }

    @Test("It is answered when its batch has come to its end")
    func committed() {
        ready(holdsSyncs: true).play(
            """
            submit a |
            dispatch | send a on 0, sync 0
            done 0   |
            waiting  | 0
            synced 0 | answer 1
            """)
    }

    @Test("A batch that can't be committed is the failure of its lookup")
    func uncommitted() {
        ready(holdsSyncs: true).play(
            """
            submit a            |
            dispatch            | send a on 0, sync 0
            done 0              |
            uncommitted 0 23503 | fail 1 queryFailed, 
            unanswered          | 0
            """)
    }

    @Test("Where the connection is lost before, it is sent again")
    func lost() {
        ready(holdsSyncs: true).play(
            """
            submit a     |
            dispatch     | send a on 0, sync 0
            done 0       |
            lost 0       |
            unanswered   | 1
            dispatch     | connect 0 to 0
            """)
    }

    @Test("The session is made as new before it serves another table, and only then")
    func reset() {
        ready().play(
            """
            submit a | 
            dispatch | send a on 0, sync 0
            done 0   | answer 1
            submit b |
            dispatch | send b on 0, sync 0
            done 0   | answer 2
            submit c@1 |
            dispatch | \(Self.reset)
            | send c@1 on 0, sync 0
            \(Self.resetDone)
            done 0   | answer 3
            submit d@2 |
            dispatch | send d@2 on 0, sync 0
            """)
    }

    @Test("Such lookups go where those of the same table have been, and others where none have")
    func apartConnections() {
        ready(connections: 2).play(
            """
            submit a b@1 | 
            dispatch | send a on 0, sync 0, send b@1 on 1, sync 1
            done 0 1 | answer 1, answer 2
            submit c d@1 e@2 |
            dispatch | send c on 0, sync 0, send d@1 on 1, send e@2 on 1, sync 1
            """)
    }

    @Test("A table that leaves temporary tables has a connection to itself, where there are two")
    func temporaryTables() {
        let pool = ready(connections: 2)
        pool.play(
            """
            submit a | 
            dispatch | send a on 0, sync 0
            done 0   | answer 1
            lost 1   |
            dispatch | connect 1 to 0
            submit b@1 |
            dispatch | \(Self.reset)
            | send b@1 on 0, sync 0
            temporary 0 |
            \(Self.resetDone)
            done 0   | answer 2
            impure 1 0 | prepare 0 on 1, sync 1, prepare 1 on 1, sync 1, prepare 2 on 1, sync 1
            done 1 1 1 |
            submit c |
            dispatch | send c on 0, sync 0
            done 0 | answer 3
            submit d@1 e@1 f@2 g |
            dispatch | send d@1 on 1, send f@2 on 1, send g on 0, sync 0, send e@1 on 1, sync 1
            """)
    }

    @Test("Lookups that have joined are asked one by one where their table turns out to keep something")
    func split() {
        Transcript(connections: 1, freshness: 1_000).play(
            """
            dispatch      | connect 0 to 0
            dependent 0 1 | prepare 0 on 0, sync 0
            done 0        |
            wait 400      |
            submit a      |
            dispatch      | look 0, sync 0, send a on 0, sync 0
            submit b b    |
            joined        | 1
            changed 0     |
            done 0        | answer 1
            dispatch      | connect 1 to 0, send b on 0, sync 0, send b on 0, sync 0
            done 0 0      | answer 2, answer 3
            """)
    }

    @Test("Through a pooler there is no reset, and each goes when nothing is in flight")
    func pooler() {
        let pool = Transcript(connections: 1, tables: 2)
        pool.play(
            """
            dispatch  | connect 0 to 0
            pooled 0  | prepare 0 on 0, sync 0
            done 0    |
            dispatch  | prepare 1 on 0, sync 0
            done 0    |
            submit a b@1 |
            dispatch  | send a on 0, send b@1 on 0, sync 0
            """)
    }
}
