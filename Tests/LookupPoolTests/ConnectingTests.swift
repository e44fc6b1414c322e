// Transcripts of connections that are made, fail, take too long and get lost, with one host.

import Testing

@Suite("Connections to one host")
struct ConnectingTests {
    @Test("An attempt that the shell does not end is given up a second after connect_timeout")
    func timeout() {
        let pool = Transcript(lookupTimeout: 20_000, connectTimeout: 5_000)
        pool.play(
            """
            submit a  | 
            dispatch  | connect 0 to 0
            deadline  | 6000
            wait 5999 |
            dispatch  |
            deadline  | 1
            wait 1    |
            dispatch  | close 0, host 0 failed, fail 1 unreachable
            unreachable | true
            """)
        pool.waitForDeadline()
        pool.play(
            """
            dispatch    | connect 0 to 0
            deadline    | 6000
            connected 0 | prepare 0 on 0, sync 0
            unreachable | false
            done 0      | host 0 recovered
            dispatch    |
            deadline    | none
            """)
    }

    @Test("When no host can be reached, lookups fail at once, until one is connected to")
    func unreachable() {
        let pool = Transcript(connections: 2, tables: 2)
        pool.play(
            """
            submit a b@1 a | 
            dispatch       | connect 0 to 0, connect 1 to 0
            refused 1      |
            refused 0      | host 0 failed, fail 1 unreachable, fail 3 unreachable, fail 2 unreachable
            submit c       | refused unreachable
            dispatch       |
            unanswered     | 0
            """)
        pool.waitForDeadline()
        pool.play(
            """
            dispatch    | connect 0 to 0
            submit d    | refused unreachable
            connected 0 | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0
            submit e    |
            dispatch    | connect 1 to 0
            done 0      | host 0 recovered
            dispatch    | send e on 0, sync 0
            done 0      |
            done 0      | answer 6
            """)
    }

    @Test("A connection lost is made again at once, and what was in flight is sent elsewhere, in order")
    func lost() {
        Transcript(connections: 2).becomeReady().play(
            """
            submit a b c d | 
            dispatch | send a on 0, send b on 1, send c on 0, send d on 1, sync 0, sync 1
            submit e |
            lost 0   |
            waiting  | 3
            deadline | 0
            dispatch | connect 0 to 0, send a on 1, sync 1, send c on 1, sync 1, send e on 1, sync 1
            done 1 1 1 1 1 | answer 2, answer 4, answer 1, answer 3, answer 5
            connected 0 | prepare 0 on 0, sync 0
            done 0   |
            """)
    }

    @Test("A lookup whose connection is lost five times fails")
    func lostTooOften() {
        let pool = Transcript().becomeReady()
        pool.play("submit a a | \ndispatch | send a on 0, sync 0")
        for _ in 0..<4 {
            pool.play(
                """
                wait 1000   | 
                lost 0      | 
                waiting     | 2
                dispatch    | connect 0 to 0
                connected 0 | prepare 0 on 0, sync 0
                done 0      |
                dispatch    | send a on 0, sync 0
                """)
        }
        pool.play(
            """
            wait 1000  |
            lost 0     | fail 1 connectionsLost, fail 2 connectionsLost
            waiting    | 0
            unanswered | 0
            dispatch   | connect 0 to 0
            """)
    }

    @Test(
        "What a lost connection's server was not yet at is no nearer to failing, and what it was at goes alone"
    )
    func neighbours() {
        let pool = Transcript(lookupTimeout: 60_000).becomeReady()
        pool.play(
            "submit p a | \ndispatch | send p on 0, send a on 0, sync 0\nsubmit b |\ndispatch | send b on 0, sync 0"
        )
        for _ in 0..<4 {
            pool.play(
                """
                wait 1000   | 
                lost 0      |
                dispatch    | connect 0 to 0
                connected 0 | prepare 0 on 0, sync 0
                done 0      |
                dispatch    | send p on 0, sync 0, send a on 0, sync 0, send b on 0, sync 0
                """)
        }
        pool.play(
            """
            wait 1000   | 
            lost 0      | fail 1 connectionsLost
            dispatch    | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            dispatch    | send a on 0, sync 0, send b on 0, sync 0
            done 0      | answer 2
            done 0      | answer 3
            """)
    }

    @Test("A host whose connections end as soon as they were of use gets a rest, longer each time")
    func briefLives() {
        let pool = Transcript(connections: 2).becomeReady()
        pool.play(
            """
            lost 0 1      | 
            dispatch      | connect 0 to 0, connect 1 to 0
            connected 0 1 | prepare 0 on 0, sync 0, prepare 0 on 1, sync 1
            done 0 1      |
            """)
        for rest in [25, 50, 100, 200, 200] as [Int64] {
            pool.play("lost 0 |\ndispatch |\ndeadline | \(rest)")
            pool.waitForDeadline()
            pool.play("dispatch | connect 0 to 0\nconnected 0 | prepare 0 on 0, sync 0\ndone 0 |")
        }
        pool.play("wait 1000 |\nlost 0 |\ndispatch | connect 0 to 0")
    }

    @Test(
        "Without any connection the back-off doubles from 0.1 s to 1 s, with jitter down to half",
        arguments: 1...5)
    func backOff(seed: UInt64) {
        let pool = Transcript(retryInterval: 3_000, seed: seed)
        pool.play("dispatch | connect 0 to 0\nrefused 0 | host 0 failed")
        for longest in [100, 200, 400, 800, 1000, 1000, 1000] as [Int64] {
            pool.play("dispatch |")
            let wait = pool.milliseconds!
            #expect(wait >= longest / 2 - 1 && wait <= longest)
            pool.waitForDeadline()
            pool.play(
                """
                deadline  | none
                dispatch  | connect 0 to 0
                wait 1    |
                refused 0 |
                """)
        }
    }

    @Test("The jitter differs from try to try and from pool to pool")
    func jitter() {
        var waits: Set<Int64> = []
        for seed in 1...20 as ClosedRange<UInt64> {
            let pool = Transcript(seed: seed)
            pool.play("dispatch | connect 0 to 0\nrefused 0 | host 0 failed\ndispatch |")
            waits.insert(pool.milliseconds!)
        }
        #expect(waits.count > 10)
        #expect(waits.min()! < 65 && waits.max()! > 85)
    }

    @Test("A retry_interval below the first back-off holds too")
    func shortBackOff() {
        let pool = Transcript(retryInterval: 40)
        pool.play("dispatch | connect 0 to 0\nrefused 0 | host 0 failed\ndispatch |")
        #expect(pool.milliseconds! >= 19 && pool.milliseconds! <= 40)
    }

    @Test("Attempts that were under way together count as one failure, and a failing host is tried by one")
    func together() {
        let pool = Transcript(connections: 3)
        pool.play(
            """
            dispatch    | connect 0 to 0, connect 1 to 0, connect 2 to 0
            wait 10     |
            refused 0 2 |
            wait 10     |
            refused 1   | host 0 failed
            dispatch    |
            """)
        #expect(pool.milliseconds! <= 100)
        pool.waitForDeadline()
        pool.play(
            """
            dispatch    | connect 0 to 0
            wait 10     |
            refused 0   |
            dispatch    |
            """)
        #expect(pool.milliseconds! > 98)
        pool.waitForDeadline()
        pool.play(
            """
            dispatch    | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            dispatch    | connect 1 to 0
            dispatch    |
            done 0      | host 0 recovered
            dispatch    | connect 2 to 0
            """)
    }

    @Test("A host that takes connections and drops them before any answer is failing")
    func unproven() {
        let pool = Transcript()
        pool.play(
            """
            submit a    | 
            dispatch    | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            lost 0      | host 0 failed, fail 1 unreachable
            dispatch    |
            """)
        #expect(pool.milliseconds! >= 49 && pool.milliseconds! <= 100)
        pool.waitForDeadline()
        pool.play(
            """
            dispatch    | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            submit b    |
            lost 0      | fail 2 unreachable
            dispatch    |
            """)
        #expect(pool.milliseconds! >= 99)
        pool.waitForDeadline()
        pool.play(
            """
            dispatch      | connect 0 to 0
            connected 0   | prepare 0 on 0, sync 0
            error 0 other | host 0 recovered
            lost 0        |
            dispatch      | connect 0 to 0
            """)
    }
}
