// Transcripts of queries that the server refuses, and of those that are aborted with them.

import Testing

@Suite("Queries that fail")
struct FailureTests {
    @Test("The innocent of an aborted batch are sent again in order; the culprit alone goes as a literal")
    func abortedBatch() {
        Transcript().becomeReady().play(
            """
            submit a b c d | 
            dispatch       | send a on 0, send b on 0, send c on 0, send d on 0, sync 0
            done 0         | answer 1
            error 0 parameters  |
            aborted 0 0    |
            waiting        | 3
            dispatch       | send b literal on 0, sync 0, send c on 0, sync 0, send d on 0, sync 0
            error 0 parameters  | fail 2 queryFailed
            done 0 0       | answer 3, answer 4
            waiting        | 0
            unanswered     | 0
            """)
    }

    @Test("What was sent before goes before what was not")
    func againFirst() {
        Transcript(depth: 3).becomeReady().play(
            """
            submit a b c d | 
            dispatch      | send a on 0, send b on 0, send c on 0, sync 0
            error 0 parameters |
            aborted 0 0   |
            submit e      |
            dispatch      | send a literal on 0, sync 0, send b on 0, sync 0, send c on 0, sync 0
            done 0 0 0    | answer 1, answer 2, answer 3
            dispatch      | prepare 0 on 0, sync 0
            done 0        |
            dispatch      | send d on 0, sync 0, send e on 0, sync 0
            """)
    }

    @Test("A failure aborts only its own batch")
    func laterBatch() {
        Transcript(tables: 2).becomeReady().play(
            """
            submit a b     | 
            dispatch       | send a on 0, send b on 0, sync 0
            submit c d@1   |
            dispatch       | send c on 0, send d@1 on 0, sync 0
            error 0 parameters  |
            aborted 0      |
            done 0 0       | answer 3, answer 4
            dispatch       | send a literal on 0, sync 0, send b on 0, sync 0
            """)
    }

    @Test("All lookups of a failed query fail with it, but not those that were cancelled")
    func joinedFailure() {
        Transcript().becomeReady().play(
            """
            submit a a a    | 
            dispatch        | send a on 0, sync 0
            cancel 2        |
            error 0 parameters   |
            waiting         | 2
            dispatch        | send a literal on 0, sync 0
            error 0 parameters   | fail 1 queryFailed, fail 3 queryFailed
            """)
    }

    @Test("A failed or aborted query that nobody wants any more is forgotten")
    func unwantedFailure() {
        Transcript().becomeReady().play(
            """
            submit a b    | 
            dispatch      | send a on 0, send b on 0, sync 0
            cancel 1 2    |
            error 0 parameters |
            aborted 0     |
            dispatch      |
            submit c      |
            dispatch      | send c on 0, sync 0
            cancel 3      |
            error 0 cancelled |
            unanswered    | 0
            """)
    }

    @Test("A statement that was cancelled is not tried again")
    func cancelled() {
        Transcript().becomeReady().play(
            """
            submit a a b      | 
            dispatch          | send a on 0, send b on 0, sync 0
            error 0 cancelled | fail 1 queryFailed, fail 2 queryFailed
            aborted 0         |
            dispatch          | send b on 0, sync 0
            """)
    }

    @Test("Where the literal has worked instead, the statement is prepared anew and the client sees nothing")
    func stale() {
        Transcript().becomeReady().play(
            """
            submit a           | 
            dispatch           | send a on 0, sync 0
            error 0 parameters |
            dispatch           | send a literal on 0, sync 0
            submit b           |
            dispatch           | send b on 0, sync 0
            done 0             | answer 1
            submit c           |
            dispatch           | prepare 0 on 0, sync 0
            done 0             | answer 2
            done 0             |
            dispatch           | send c on 0, sync 0
            """)
    }

    @Test("All failures that one change of the schema has caused have the statement prepared anew once")
    func staleBurst() {
        Transcript().becomeReady().play(
            """
            submit a b c   | 
            dispatch       | send a on 0, send b on 0, send c on 0, sync 0
            error 0 parameters  |
            aborted 0 0    |
            dispatch       | send a literal on 0, sync 0, send b on 0, sync 0, send c on 0, sync 0
            done 0         | answer 1
            error 0 parameters  |
            error 0 parameters  |
            dispatch       | prepare 0 on 0, sync 0
            done 0         |
            dispatch       | send b literal on 0, sync 0, send c literal on 0, sync 0
            done 0         | answer 2
            dispatch       |
            done 0         | answer 3
            submit d       |
            dispatch       | send d on 0, sync 0
            """)
    }

    @Test("A literal that works says nothing of a statement prepared since the failure")
    func staleBefore() {
        Transcript(connections: 2).becomeReady().play(
            """
            submit a c    | 
            dispatch      | send a on 0, send c on 1, sync 0, sync 1
            submit b      |
            dispatch      | send b on 0, sync 0
            error 0 parameters |
            error 0 parameters |
            done 1        | answer 2
            dispatch      | send a literal on 0, sync 0, send b literal on 1, sync 1
            done 0        | answer 1
            dispatch      | prepare 0 on 0, sync 0
            done 0        |
            done 1        | answer 3
            dispatch      |
            """)
    }

    @Test("A literal that works says nothing of the next connection in the place of the one that is gone")
    func staleOnGone() {
        Transcript(connections: 2).becomeReady().play(
            """
            submit a b    | 
            dispatch      | send a on 0, send b on 1, sync 0, sync 1
            submit c      |
            dispatch      | send c on 0, sync 0
            done 1        | answer 2
            error 0 parameters |
            dispatch      | send a literal on 1, sync 1
            lost 0        |
            dispatch      | connect 0 to 0, send c on 1, sync 1
            connected 0   | prepare 0 on 0, sync 0
            done 0        |
            done 1        | answer 1
            dispatch      |
            """)
    }

    @Test("A literal that works says nothing of a connection on which the statement has not failed")
    func staleElsewhere() {
        Transcript(connections: 2).becomeReady().play(
            """
            submit a b     | 
            dispatch       | send a on 0, send b on 1, sync 0, sync 1
            submit c       |
            dispatch       | send c on 0, sync 0
            done 1         | answer 2
            error 0 parameters  |
            dispatch       | send a literal on 1, sync 1
            done 1         | answer 1
            dispatch       | prepare 0 on 0, sync 0
            """)
    }

    @Test("A statement that is stale again and again gives way to literals, and nothing in flight is lost")
    func staleTooOften() {
        let pool = Transcript().becomeReady()
        for round in 0..<3 {
            pool.play(
                """
                submit a        | 
                dispatch        | send a on 0, sync 0
                error 0 parameters   |
                dispatch        | send a literal on 0, sync 0
                done 0          | answer \(round + 1)
                dispatch        | prepare 0 on 0, sync 0
                done 0          |
                """)
        }
        pool.play(
            """
            submit a      | 
            dispatch      | send a on 0, sync 0
            error 0 parameters |
            submit b      |
            dispatch      | send a literal on 0, sync 0, send b on 0, sync 0
            done 0        | answer 4
            error 0 parameters |
            dispatch      | send b literal on 0, sync 0
            done 0        | answer 5
            submit c      |
            dispatch      | send c literal on 0, sync 0
            error 0 parameters | fail 6 queryFailed
            lost 0        |
            dispatch      | connect 0 to 0
            connected 0   | prepare 0 on 0, sync 0
            done 0        |
            submit d      |
            dispatch      | send d on 0, sync 0
            error 0 parameters |
            dispatch      | send d literal on 0, sync 0
            done 0        | answer 7
            dispatch      | prepare 0 on 0, sync 0
            """)
    }
}
