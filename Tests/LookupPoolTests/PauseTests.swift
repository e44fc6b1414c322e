// Transcripts of pools that wait for their hosts to be back: in a pause, and for a moment after all connections were lost.

import Testing

@Suite("Lookups that wait for a database to be back")
struct PauseTests {
    // MARK: Pauses

    @Test("In a pause nothing is sent, each connection is closed when it has answered, and lookups wait")
    func pause() {
        Transcript(connections: 2).becomeReady().play(
            """
            submit a    | 
            dispatch    | send a on 0, sync 0
            pause 60000 |
            submit b    |
            dispatch    | close 1
            done 0      | answer 1
            dispatch    | close 0
            submit c    |
            dispatch    |
            waiting     | 2
            unreachable | false
            resume      |
            deadline    | 0
            dispatch    | connect 0 to 0, connect 1 to 0
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            dispatch    | send b on 0, send c on 0, sync 0
            done 0 0    | answer 2, answer 3
            """)
    }

    @Test("A lookup fails at its deadline in a pause, too, and more than may wait fail at once")
    func deadline() {
        Transcript(waiting: 1, lookupTimeout: 1_000).becomeReady().play(
            """
            pause 60000 | 
            dispatch    | close 0
            submit a    |
            submit b    | refused waitingFull
            dispatch    |
            deadline    | 1000
            wait 1000   |
            dispatch    | fail 1 deadline
            unanswered  | 0
            """)
    }

    @Test("A pause ends by itself, and attempts to connect that were under way when it began are given up")
    func end() {
        Transcript().play(
            """
            submit a    | 
            dispatch    | connect 0 to 0
            pause 3000  |
            dispatch    | close 0
            deadline    | 3000
            wait 2999   |
            dispatch    |
            wait 1      |
            dispatch    | pause over, connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            dispatch    | send a on 0, sync 0
            """)
    }

    @Test("After a pause a host that was down is tried at once, and lookups wait for a moment more")
    func hostDown() {
        Transcript(grace: 500).play(
            """
            submit a    | 
            dispatch    | connect 0 to 0
            refused 0   | host 0 failed, fail 1 unreachable
            pause 60000 |
            submit b    |
            dispatch    |
            wait 1      |
            resume      |
            dispatch    | connect 0 to 0
            refused 0   |
            dispatch    |
            wait 499    |
            submit c    |
            dispatch    | connect 0 to 0
            refused 0   |
            wait 1      |
            dispatch    | fail 2 unreachable, fail 3 unreachable
            submit d    | refused unreachable
            """)
    }

    @Test("What is in flight when a pause begins and loses its connection is sent after the pause")
    func lost() {
        Transcript().becomeReady().play(
            """
            submit a    | 
            dispatch    | send a on 0, sync 0
            pause 60000 |
            dispatch    |
            lost 0      |
            dispatch    |
            resume      |
            dispatch    | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            dispatch    | send a on 0, sync 0
            """)
    }

    @Test("A pool that shuts down in a pause ends when its lookups have failed")
    func shutDown() {
        Transcript(lookupTimeout: 1_000).becomeReady().play(
            """
            submit a    | 
            pause 60000 |
            shut down   |
            dispatch    | close 0
            finished    | false
            wait 1000   |
            dispatch    | fail 1 deadline
            finished    | true
            """)
    }

    @Test("To resume what is not paused changes nothing")
    func needless() {
        Transcript().becomeReady().play("resume |\ndispatch |\ndeadline | none")
    }

    // MARK: Grace

    @Test("For a moment after the last connection was lost, lookups wait though the host is down")
    func grace() {
        let pool = Transcript(grace: 5_000).becomeReady()
        pool.play(
            """
            submit a    | 
            dispatch    | send a on 0, sync 0
            lost 0      |
            dispatch    | connect 0 to 0
            refused 0   | host 0 failed
            submit b    |
            unreachable | false
            dispatch    |
            """)
        pool.waitForDeadline()
        pool.play(
            """
            dispatch    | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            done 0      | host 0 recovered
            dispatch    | send a on 0, sync 0, send b on 0, sync 0
            done 0 0    | answer 1, answer 2
            """)
    }

    @Test("When the moment is over, all that waits fails, and what comes then fails at once")
    func graceOver() {
        Transcript(grace: 50).becomeReady().play(
            """
            lost 0      | 
            submit a    |
            dispatch    | connect 0 to 0
            refused 0   | host 0 failed
            dispatch    |
            wait 50     |
            dispatch    | fail 1 unreachable
            submit b    | refused unreachable
            """)
    }

    @Test("A lookup's deadline counts in that moment, too")
    func graceDeadline() {
        Transcript(lookupTimeout: 30, grace: 5_000).becomeReady().play(
            """
            lost 0      | 
            submit a    |
            dispatch    | connect 0 to 0
            refused 0   | host 0 failed
            wait 30     |
            dispatch    | fail 1 deadline
            """)
    }

    @Test(
        "There is no such moment where nothing was ever connected, or the pool has closed its connections itself"
    )
    func noGrace() {
        Transcript(grace: 5_000).play(
            """
            submit a    | 
            dispatch    | connect 0 to 0
            refused 0   | host 0 failed, fail 1 unreachable
            """)
        Transcript(idleInterval: 10, grace: 5_000).becomeReady().play(
            """
            wait 10     | 
            dispatch    | close 0
            submit a    |
            dispatch    | connect 0 to 0
            refused 0   | host 0 failed, fail 1 unreachable
            """)
    }
}
