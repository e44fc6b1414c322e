// Transcripts of a host that takes some connections and refuses more: it is full, not down.

import Testing

@Suite("A host that is full")
struct FullHostTests {
    @Test("A failed attempt while others are connected makes no lookup fail, and backs off all the same")
    func full() {
        let pool = Transcript(connections: 2)
        pool.play(
            """
            submit a    | 
            dispatch    | connect 0 to 0, connect 1 to 0
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            refused 1   |
            unreachable | false
            dispatch    | send a on 0, sync 0
            done 0      | answer 1
            dispatch    |
            """)
        #expect(pool.milliseconds! >= 49 && pool.milliseconds! <= 100)
        pool.waitForDeadline()
        pool.play("dispatch | connect 1 to 0\nwait 1 |\nrefused 1 |\ndispatch |")
        #expect(pool.milliseconds! >= 99 && pool.milliseconds! <= 200)
    }

    @Test("A host without room is asked again within two seconds, however often it had none")
    func stillFull() {
        let pool = Transcript(connections: 2)
        pool.play("dispatch | connect 0 to 0, connect 1 to 0\nconnected 0 | prepare 0 on 0, sync 0\ndone 0 |")
        pool.play("wait 1 |\nfull 1 |\ndispatch |")
        for _ in 0..<12 {
            pool.waitForDeadline()
            pool.play("dispatch | connect 1 to 0\nwait 1 |\nfull 1 |\ndispatch |")
            #expect(pool.milliseconds! <= 2_000)
        }
        pool.waitForDeadline()
        pool.play("dispatch | connect 1 to 0\nconnected 1 | prepare 0 on 1, sync 1")
    }

    @Test("A failed attempt while others may yet succeed makes no lookup fail")
    func firstRefused() {
        Transcript(connections: 3).play(
            """
            submit a    | 
            dispatch    | connect 0 to 0, connect 1 to 0, connect 2 to 0
            refused 0   |
            submit b    |
            dispatch    |
            connected 1 | prepare 0 on 1, sync 1
            refused 2   |
            done 1      |
            dispatch    | connect 0 to 0, connect 2 to 0, send a on 1, send b on 1, sync 1
            refused 0 2 |
            dispatch    |
            done 1 1    | answer 1, answer 2
            """)
    }

    @Test("The last connection that is lost is made again at once, and its lookups wait for that")
    func lastLost() {
        let pool = Transcript(connections: 2)
        pool.play("dispatch | connect 0 to 0, connect 1 to 0\nconnected 0 | prepare 0 on 0, sync 0\ndone 0 |")
        for _ in 0..<8 {
            pool.play("wait 1 |\nrefused 1 |\ndispatch |")
            pool.waitForDeadline()
            pool.play("dispatch | connect 1 to 0")
        }
        pool.play(
            """
            wait 1      | 
            refused 1   |
            submit a    |
            dispatch    | send a on 0, sync 0
            lost 0      |
            unreachable | false
            dispatch    | connect 0 to 0, connect 1 to 0
            connected 1 | prepare 0 on 1, sync 1
            refused 0   |
            done 1      |
            dispatch    | connect 0 to 0, send a on 1, sync 1
            done 1      | answer 1
            """)
    }

    @Test("When the host goes down after all, lookups fail at once")
    func downAfterAll() {
        Transcript(connections: 2).play(
            """
            submit a    | 
            dispatch    | connect 0 to 0, connect 1 to 0
            wait 1      |
            connected 0 | prepare 0 on 0, sync 0
            refused 1   |
            done 0      |
            dispatch    | connect 1 to 0, send a on 0, sync 0
            wait 1      |
            refused 1   |
            lost 0      |
            dispatch    | connect 0 to 0, connect 1 to 0
            refused 1   |
            refused 0   | host 0 failed, fail 1 unreachable
            dispatch    |
            """)
    }

    @Test("Connections that are dropped one by one before any answer bring the host down with the last")
    func droppedTogether() {
        Transcript(connections: 2).play(
            """
            submit a    | 
            dispatch    | connect 0 to 0, connect 1 to 0
            connected 0 | prepare 0 on 0, sync 0
            connected 1 | prepare 0 on 1, sync 1
            lost 0      |
            lost 1      | host 0 failed, fail 1 unreachable
            """)
    }
}
