// Transcripts of statements and connections that grow old.

import Testing

@Suite("What grows old")
struct RenewalTests {
    // MARK: Statements

    @Test("A statement is prepared anew with the first lookup after a second, and used at once")
    func statement() {
        Transcript(freshness: 1_000).becomeReady().play(
            """
            submit a  | 
            dispatch  | send a on 0, sync 0
            done 0    | answer 1
            wait 999  |
            submit b  |
            dispatch  | send b on 0, sync 0
            done 0    | answer 2
            wait 1    |
            dispatch  |
            submit c  |
            dispatch  | prepare 0 on 0, sync 0, send c on 0, sync 0
            done 0 0  | answer 3
            submit d  |
            dispatch  | send d on 0, sync 0
            """)
    }

    @Test("What is sent behind a preparation that fails is not answered by what was")
    func failedStatement() {
        Transcript(freshness: 1_000).becomeReady().play(
            """
            wait 1000       |
            submit a        |
            dispatch        | prepare 0 on 0, sync 0, send a on 0, sync 0
            error 0 42P01   |
            error 0 missing |
            dispatch        | fail 1 tableUnusable(table: 0)
            wait 1000       |
            submit b        |
            dispatch        | prepare 0 on 0, sync 0
            done 0          |
            dispatch        | send b on 0, sync 0
            """)
    }

    @Test("An array statement is found out anew before it is a second old, and used meanwhile")
    func arrayStatement() {
        Transcript(smallestArray: 2, freshness: 1_000).becomeReady().play(
            """
            submit a b | 
            dispatch   | send a on 0, send b on 0, sync 0, survey 0 on 0, sync 0
            done 0 0 0 | answer 1, answer 2
            submit c d |
            dispatch   | send c on 0, send d on 0, sync 0, prepare array of 0 on 0, sync 0
            done 0 0 0 | answer 3, answer 4
            wait 750   |
            submit e f |
            dispatch   | send e+f on 0, sync 0, prepare 0 on 0, sync 0,
            | survey 0 on 0, sync 0
            done 0     | answer 5, answer 6
            done 0 0   |
            submit g h |
            dispatch   | send g+h on 0, sync 0, prepare array of 0 on 0, sync 0
            done 0     | answer 7, answer 8
            done 0     |
            wait 300   |
            submit i j |
            dispatch   | send i+j on 0, sync 0
            """)
    }

    @Test(
        "After errors that a literal gets around again and again, parameters are tried again a minute later")
    func literals() {
        let pool = Transcript().becomeReady()
        for number in 1...4 {
            pool.play(
                """
                submit a           | 
                dispatch           | send a on 0, sync 0
                error 0 parameters |
                dispatch           | send a literal on 0, sync 0
                done 0             | answer \(number)
                """)
            if number < 4 {
                pool.play(
                    """
                    dispatch | prepare 0 on 0, sync 0
                    done 0   |
                    """)
            }
            for _ in 1...32 {
                _ = pool.perform("dispatch")
            }
        }
        pool.play(
            """
            submit b   | 
            dispatch   | send b literal on 0, sync 0
            done 0     | answer 5
            wait 60000 |
            submit c   |
            dispatch   | send c literal on 0, sync 0, prepare 0 on 0, sync 0
            done 0 0   | answer 6
            submit d   |
            dispatch   | send d on 0, sync 0
            """)
    }

    @Test("An error that passes does not turn a table to literals")
    func passing() {
        let pool = Transcript().becomeReady()
        for number in 1...10 {
            pool.play(
                """
                submit a      | 
                dispatch      | send a on 0, sync 0
                error 0 40001 | fail \(number) queryFailed
                """)
        }
    }

    // MARK: What connections depend on

    func dependent(connections: Int = 2) -> Transcript {
        let pool = Transcript(connections: connections, freshness: 1_000)
        _ = pool.perform("dispatch")
        for slot in 0..<connections {
            _ = pool.perform("dependent \(slot) 1")
            _ = pool.perform("done \(slot)")
        }
        return pool
    }

    @Test(
        "While lookups come it is asked a few times a second whether anything has changed, on one connection")
    func looks() {
        dependent().play(
            """
            submit a | 
            dispatch | send a on 0, sync 0
            done 0   | answer 1
            wait 400 |
            dispatch |
            submit b |
            dispatch | look 0, sync 0, send b on 1, sync 1
            done 0   |
            done 1   | answer 2
            """)
    }

    @Test("After a pause a lookup waits until it is known that nothing has changed")
    func pause() {
        dependent().play(
            """
            wait 5000 |
            submit a  |
            dispatch  | look 0, sync 0
            done 0    |
            dispatch  | prepare 0 on 0, sync 0, send a on 0, sync 0
            """)
    }

    @Test("Where something has changed, it waits for a connection that is made anew, and the old ones go")
    func changed() {
        dependent().play(
            """
            wait 5000     |
            submit a      |
            dispatch      | look 0, sync 0
            changed 0     |
            dispatch      | connect 2 to 0
            dependent 2 2 | prepare 0 on 2, sync 2
            done 2        |
            dispatch      | close 0, close 1, connect 0 to 0, send a on 2, sync 2
            """)
    }

    @Test("Where no other connection can be made, the old ones go on")
    func stays() {
        dependent().play(
            """
            wait 5000     |
            submit a      |
            dispatch      | look 0, sync 0
            changed 0     |
            dispatch      | connect 2 to 0
            refused 2     | renewal fails at 0
            dispatch      | reset question 0, reset cursors 0, reset authorization 0, reset role 0, reset settings 0,
            | reset terms 0, reset temporary 0, reset sequences 0, reset notifications 0, reset locks 0, sync 0,
            | prepare 0 on 0, sync 0, send a on 0, sync 0
            """)
    }
}
