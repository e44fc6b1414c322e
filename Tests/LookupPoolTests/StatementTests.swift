// Transcripts of statements that can't be prepared, or get lost.

import Testing

@Suite("Statements")
struct StatementTests {
    @Test("A table whose query can't have parameters is served with literals, and their failure is final")
    func literalTable() {
        Transcript(tables: 2).play(
            """
            dispatch     | connect 0 to 0
            connected 0  | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0
            submit a b@1 |
            error 0 parameters |
            dispatch     | send a literal on 0, sync 0
            done 0       |
            dispatch     | send b@1 on 0, sync 0
            error 0 parameters | fail 1 queryFailed
            done 0       | answer 2
            """)
    }

    @Test("An internal error may mean that a type is gone: the query is asked with literals once more")
    func internalError() {
        Transcript().becomeReady().play(
            """
            submit a       |
            dispatch       | send a on 0, sync 0
            error 0 XX000  |
            dispatch       | send a literal on 0, sync 0
            done 0         | answer 1
            dispatch       | prepare 0 on 0, sync 0
            done 0         |
            submit b       |
            dispatch       | send b on 0, sync 0
            error 0 XX000  |
            dispatch       | send b literal on 0, sync 0
            error 0 XX000  | fail 2 queryFailed
            """)
    }

    @Test("Where a pooler does not know the statement, the table's queries go unnamed")
    func unnamedTable() {
        Transcript().becomeReady().play(
            """
            submit a        | 
            dispatch        | send a on 0, sync 0
            error 0 missing |
            dispatch        | send a unnamed on 0, sync 0
            done 0          | answer 1
            submit b        |
            dispatch        | send b unnamed on 0, sync 0
            error 0 parameters   |
            dispatch        | send b literal on 0, sync 0
            done 0          | answer 2
            dispatch        |
            """)
    }

    @Test("A name that is another's already at preparation makes the table's queries go unnamed too")
    func unnamedFromTheStart() {
        Transcript().play(
            """
            dispatch        | connect 0 to 0
            connected 0     | prepare 0 on 0, sync 0
            error 0 missing |
            submit a        |
            dispatch        | send a unnamed on 0, sync 0
            done 0          | answer 1
            """)
    }

    @Test("A query that says of itself that its statement is missing fails in the end")
    func missingForEver() {
        Transcript().becomeReady().play(
            """
            submit a        | 
            dispatch        | send a on 0, sync 0
            error 0 missing |
            dispatch        | send a unnamed on 0, sync 0
            error 0 missing |
            dispatch        | send a literal on 0, sync 0
            error 0 missing | fail 1 queryFailed
            unanswered      | 0
            """)
    }

    @Test("All that was in flight when a pooler changed servers goes again, unnamed")
    func missingInFlight() {
        Transcript().becomeReady().play(
            """
            submit a        | 
            dispatch        | send a on 0, sync 0
            submit b c      |
            dispatch        | send b on 0, send c on 0, sync 0
            error 0 missing |
            error 0 missing |
            aborted 0       |
            dispatch        | send a unnamed on 0, sync 0, send b unnamed on 0, sync 0, send c unnamed on 0, sync 0
            """)
    }

    @Test("A table that can't be prepared fails its lookups at once, and is tried again a second later")
    func unusable() {
        Transcript(tables: 2).play(
            """
            submit a b@1  | 
            dispatch      | connect 0 to 0
            connected 0   | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0
            error 0 other |
            done 0        |
            dispatch      | send b@1 on 0, fail 1 tableUnusable(table: 0), sync 0
            done 0        | answer 2
            wait 999      |
            submit a a    |
            dispatch      | fail 3 tableUnusable(table: 0), fail 4 tableUnusable(table: 0)
            deadline      | none
            wait 1        |
            submit a      |
            dispatch      | prepare 0 on 0, sync 0
            dispatch      |
            submit a      |
            error 0 other |
            dispatch      | fail 5 tableUnusable(table: 0), fail 6 tableUnusable(table: 0)
            wait 1000     |
            dispatch      |
            submit a      |
            dispatch      | prepare 0 on 0, sync 0
            done 0        |
            dispatch      | send a on 0, sync 0
            """)
    }

    @Test("A preparation has a batch of its own, whatever is sent beside it")
    func preparationApart() {
        Transcript(tables: 2).play(
            """
            dispatch      | connect 0 to 0
            connected 0   | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0
            error 0 other |
            done 0        |
            wait 1000     |
            submit a b@1  |
            dispatch      | send b@1 on 0, sync 0, prepare 0 on 0, sync 0
            """)
    }

    @Test("A preparation that was skipped is sent again")
    func skippedPreparation() {
        Transcript().play(
            """
            submit a    | 
            dispatch    | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            aborted 0   |
            dispatch    | prepare 0 on 0, sync 0
            done 0      |
            dispatch    | send a on 0, sync 0
            """)
    }

    @Test("A table is unusable only when every connection there is has refused it")
    func refusedHere() {
        Transcript(connections: 3).play(
            """
            submit a      | 
            dispatch      | connect 0 to 0, connect 1 to 0, connect 2 to 0
            connected 0   | prepare 0 on 0, sync 0
            error 0 other |
            dispatch      |
            connected 1   | prepare 0 on 1, sync 1
            error 1 cancelled |
            dispatch      |
            refused 2     |
            dispatch      | fail 1 tableUnusable(table: 0)
            lost 1        |
            dispatch      | connect 1 to 0, connect 2 to 0
            submit b      |
            dispatch      |
            connected 1   | prepare 0 on 1, sync 1
            done 1        |
            dispatch      | send b on 1, sync 1
            """)
    }

    @Test("A table with an error gets a batch for each lookup until 32 have gone well")
    func isolation() {
        let pool = Transcript(tables: 2).becomeReady()
        pool.play(
            """
            submit x          | 
            dispatch          | send x on 0, sync 0
            error 0 cancelled | fail 1 queryFailed
            submit a b c@1 d@1 |
            dispatch          | send a on 0, sync 0, send c@1 on 0, sync 0, send b on 0, sync 0, send d@1 on 0, sync 0
            done 0 0 0 0      | answer 2, answer 4, answer 3, answer 5
            """)
        for lookup in 6..<35 {
            pool.play("submit a |\ndispatch | send a on 0, sync 0\ndone 0 | answer \(lookup)")
        }
        pool.play(
            """
            submit a b | 
            dispatch   | send a on 0, sync 0, send b on 0, sync 0
            done 0 0   | answer 35, answer 36
            submit a b |
            dispatch   | send a on 0, send b on 0, sync 0
            """)
    }

    @Test("A lookup of an isolated table closes the batch before it")
    func isolationOfOthers() {
        Transcript(tables: 2).becomeReady().play(
            """
            submit x@1          | 
            dispatch            | send x@1 on 0, sync 0
            error 0 cancelled   | fail 1 queryFailed
            submit a b@1 c      |
            dispatch            | send a on 0, sync 0, send b@1 on 0, sync 0, send c on 0, sync 0
            """)
    }
}
