// Transcripts of queries that err at one host and are asked at the others.

import Testing

@Suite("Queries that err at one host")
struct ErrandTests {
    /// Both of the pool's connections are to the preferred host.
    private func oneHostInUse() -> Transcript {
        let pool = Transcript(connections: 2, hosts: [0, 1], tables: 2)
        pool.play(
            """
            dispatch      | connect 0 to 0, connect 1 to 0
            connected 0   | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0
            connected 1   | prepare 0 on 1, sync 1, prepare 1 on 1, sync 1
            done 0 0 1 1  |
            """)
        return pool
    }

    @Test("A query that errs is asked at the other host, by a connection that is made for that")
    func elsewhere() {
        oneHostInUse().play(
            """
            submit a      | 
            dispatch      | send a on 0, sync 0
            error 0 42501 |
            dispatch      | connect 4 to 1
            submit b@1    |
            dispatch      | send b@1 on 0, sync 0
            connected 4   |
            dispatch      | prepare 0 on 4, sync 4
            done 4        |
            dispatch      | send a on 4, sync 4
            done 0        | answer 2
            done 4        | answer 1
            """)
    }

    @Test("A table that errs at one host only goes to the other one first, but for a query a second")
    func remembered() {
        let pool = oneHostInUse()
        pool.play(
            """
            submit a      | 
            dispatch      | send a on 0, sync 0
            error 0 42501 |
            dispatch      | connect 4 to 1
            connected 4   |
            submit b c    |
            dispatch      | prepare 0 on 4, sync 4
            done 4        |
            dispatch      | send a on 4, sync 4, send b on 4, sync 4, send c on 4, sync 4
            done 4 4 4    | answer 1, answer 2, answer 3
            wait 1000     |
            submit d e    |
            dispatch      | send d on 0, sync 0, send e on 4, sync 4
            error 0 42501 |
            done 4        | answer 5
            dispatch      | send d on 4, sync 4
            done 4        | answer 4
            wait 1000     |
            submit f      |
            dispatch      | send f on 0, sync 0
            done 0        | answer 6
            submit g      |
            dispatch      | send g on 0, sync 0
            """)
    }

    @Test("A query that errs everywhere fails, and the next one is not asked elsewhere for the same error")
    func everywhere() {
        let pool = oneHostInUse()
        pool.play(
            """
            submit a      | 
            dispatch      | send a on 0, sync 0
            error 0 P0001 |
            dispatch      | connect 4 to 1
            connected 4   |
            dispatch      | prepare 0 on 4, sync 4
            done 4        |
            dispatch      | send a on 4, sync 4
            error 4 P0001 | fail 1 queryFailed
            submit b      |
            dispatch      | send b on 0, sync 0
            error 0 P0001 | fail 2 queryFailed
            submit c      |
            dispatch      | send c on 0, sync 0
            error 0 40001 |
            dispatch      | send c on 4, sync 4
            done 4        | answer 3
            """)
    }

    @Test("What is the key's own fault is not asked elsewhere")
    func dataException() {
        oneHostInUse().play(
            """
            submit a      | 
            dispatch      | send a on 0, sync 0
            error 0 22P02 |
            dispatch      | send a literal on 0, sync 0
            error 0 22P02 | fail 1 queryFailed
            """)
    }

    @Test("A query fails when the other host can't be connected to")
    func otherHostDown() {
        oneHostInUse().play(
            """
            submit a      | 
            dispatch      | send a on 0, sync 0
            error 0 57014 |
            dispatch      | connect 4 to 1
            refused 4     | host 1 failed
            dispatch      | fail 1 queryFailed
            """)
    }

    @Test("A table that one host can't prepare is asked at the other")
    func unprepared() {
        let pool = Transcript(connections: 1, hosts: [0, 1])
        pool.play(
            """
            submit a      | 
            dispatch      | connect 0 to 0
            connected 0   | prepare 0 on 0, sync 0
            error 0 42P01 |
            dispatch      | connect 3 to 1
            connected 3   |
            dispatch      | prepare 0 on 3, sync 3
            done 3        |
            dispatch      | send a on 3, sync 3
            done 3        | answer 1
            wait 1000     |
            submit b      |
            dispatch      | prepare 0 on 0, sync 0
            error 0 42P01 |
            dispatch      | send b on 3, sync 3
            done 3        | answer 2
            wait 1000     |
            submit c      |
            dispatch      | prepare 0 on 0, sync 0
            done 0        |
            dispatch      | send c on 0, sync 0
            """)
    }

    @Test("A query whose connection is lost at two hosts is not sent again")
    func lostTwice() {
        Transcript(connections: 2, hosts: [0, 0], seed: 3).becomeReady().play(
            """
            submit a b    | 
            dispatch      | send a on 0, send b on 1, sync 0, sync 1
            done 1        | answer 2
            lost 0        |
            dispatch      | connect 0 to 0, send a on 1, sync 1
            lost 1        | fail 1 connectionsLost
            """)
    }

    @Test("A connection for what has erred is closed when it has had nothing to do for ten seconds")
    func idle() {
        let pool = oneHostInUse()
        pool.play(
            """
            submit a      | 
            dispatch      | send a on 0, sync 0
            error 0 42501 |
            dispatch      | connect 4 to 1
            connected 4   |
            dispatch      | prepare 0 on 4, sync 4
            done 4        |
            dispatch      | send a on 4, sync 4
            done 4        | answer 1
            dispatch      |
            deadline      | 10000
            wait 10000    |
            dispatch      | close 4
            """)
    }

    @Test("Errors that are always new are asked elsewhere for so many lookups only")
    func budget() {
        let pool = Transcript(connections: 1, hosts: [0, 1])
        pool.play(
            """
            dispatch    | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            """)
        var elsewhere = 0
        for number in 1...1_000 {
            pool.play(
                """
                submit a  | 
                dispatch  | send a on 0, sync 0
                """)
            // Each says something else at each host.
            let digits = String(10_000 + number).dropFirst()
            if pool.perform("error 0 X\(digits)").isEmpty {
                elsewhere += 1
                if elsewhere == 1 {
                    pool.play(
                        """
                        dispatch    | connect 3 to 1
                        connected 3 |
                        dispatch    | prepare 0 on 3, sync 3
                        done 3      |
                        dispatch    | send a on 3, sync 3
                        """)
                } else {
                    pool.play("dispatch | send a on 3, sync 3")
                }
                pool.play("error 3 Y\(digits) | fail \(number) queryFailed")
            }
        }
        #expect(elsewhere >= 100 && elsewhere <= 200)
    }

    @Test("A host that has refused a table's statement once for an errand is tried again")
    func errandRefused() {
        let pool = Transcript(connections: 2, hosts: [0, 1], tables: 2)
        pool.play(
            """
            dispatch      | connect 0 to 0, connect 1 to 0
            connected 0   | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0
            connected 1   | prepare 0 on 1, sync 1, prepare 1 on 1, sync 1
            done 0 0 1 1  |
            submit a      |
            dispatch      | send a on 0, sync 0
            error 0 42501 |
            dispatch      | connect 4 to 1
            connected 4   |
            dispatch      | prepare 0 on 4, sync 4
            done 4        |
            dispatch      | send a on 4, sync 4
            done 4        | answer 1
            submit b@1    |
            dispatch      | send b@1 on 0, sync 0
            error 0 42501 |
            dispatch      | prepare 1 on 4, sync 4
            error 4 57014 |
            dispatch      | fail 2 queryFailed
            """)
        var prepared = false
        for _ in 1...60 {
            _ = pool.perform("wait 1000")
            for step in [
                "submit a", "dispatch", "error 0 42501", "dispatch", "done 4", "submit b@1", "dispatch",
                "error 0 42501", "dispatch",
            ] {
                if pool.perform(step).contains("prepare 1 on 4") { prepared = true }
                if prepared { return }
            }
        }
        #expect(prepared)
    }

    @Test("An errand's connection that is lost each time its statement is prepared is not made without end")
    func errandCrash() {
        let pool = Transcript(connections: 1, hosts: [0, 1])
        for step in ["dispatch", "connected 0", "done 0", "submit a", "dispatch", "error 0 42501"] {
            _ = pool.perform(step)
        }
        var connects = 0
        for _ in 0..<500 {
            if pool.perform("dispatch").contains("connect 3 to 1") {
                connects += 1
                for step in ["connected 3", "dispatch", "lost 3"] { _ = pool.perform(step) }
            }
            _ = pool.perform("wait 10")
        }
        #expect(connects < 20, "\(connects) in 5 s")
    }

    @Test("A query does not wait for a silent host where a third one would answer")
    func errandSilent() {
        let pool = Transcript(connections: 1, connectTimeout: 20_000, hosts: [0, 1, 1])
        for step in ["dispatch", "connected 0", "done 0", "submit a", "dispatch", "error 0 42501"] {
            _ = pool.perform(step)
        }
        var connects = 0
        for _ in 0..<90 {
            connects += pool.perform("dispatch").count { $0.hasPrefix("connect") }
            _ = pool.perform("wait 100")
        }
        #expect(connects == 2)
    }
}
