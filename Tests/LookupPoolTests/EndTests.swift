// Transcripts of pools that shut down, and of those that close their connections for lack of use.

import Testing

@Suite("The end of a pool")
struct EndTests {
    @Test("Shutting down answers everything, then closes all connections, whatever is in flight for nobody")
    func shutDown() {
        Transcript(connections: 3, depth: 1).becomeReady().play(
            """
            submit a b c d | 
            dispatch  | send a on 0, send b on 1, send c on 2, sync 0, sync 1, sync 2
            shut down |
            dispatch  |
            cancel 3  |
            done 0    | answer 1
            dispatch  | send d on 0, sync 0
            lost 1    |
            dispatch  | connect 1 to 0
            done 0    | answer 4
            dispatch  | send b on 0, sync 0
            done 0    | answer 2
            finished  | false
            dispatch  | close 0, close 1, close 2
            finished  | true
            deadline  | none
            dispatch  |
            """)
    }

    @Test("A pool without lookups closes everything at once, attempts too, and connects no more")
    func shutDownAtRest() {
        Transcript(connections: 3).play(
            """
            dispatch    | connect 0 to 0, connect 1 to 0, connect 2 to 0
            connected 0 | prepare 0 on 0, sync 0
            refused 1   |
            done 0      |
            shut down   |
            deadline    | 0
            dispatch    | close 0, close 2
            finished    | true
            wait 1000   |
            dispatch    |
            """)
    }

    @Test("Shutting down before the first dispatch connects to nothing")
    func neverUsed() {
        Transcript().play("shut down |\ndispatch |\nfinished | true\ndeadline | none")
    }

    @Test("A shut down pool without a host still fails its lookups in time")
    func shutDownUnreachable() {
        Transcript(lookupTimeout: 1_000).play(
            """
            submit a  | 
            dispatch  | connect 0 to 0
            shut down |
            dispatch  |
            wait 1000 |
            dispatch  | fail 1 deadline, close 0
            finished  | true
            """)
    }

    @Test("The connections are closed in the very dispatch in which the last lookup fails")
    func lastFailure() {
        Transcript().play(
            """
            submit a      | 
            dispatch      | connect 0 to 0
            connected 0   | prepare 0 on 0, sync 0
            error 0 other |
            shut down     |
            dispatch      | fail 1 tableUnusable(table: 0), close 0
            finished      | true
            """)
    }

    @Test("idle_interval after the last lookup the connections are closed, and made again for the next")
    func idle() {
        Transcript(connections: 2, idleInterval: 2_000).becomeReady().play(
            """
            dispatch  | 
            deadline  | 2000
            wait 500  |
            submit a  |
            dispatch  | send a on 0, sync 0
            deadline  | 10000
            wait 500  |
            done 0    | answer 1
            dispatch  |
            deadline  | 1500
            wait 1500 |
            dispatch  | close 0, close 1
            deadline  | none
            wait 9000 |
            dispatch  |
            submit b  |
            dispatch  | connect 0 to 0, connect 1 to 0
            connected 1 | prepare 0 on 1, sync 1
            done 1    |
            dispatch  | send b on 1, sync 1
            done 1    | answer 2
            """)
    }

    @Test("A pool that has closed its idle connections connects again, even to a host that was down")
    func idleAndDown() {
        let pool = Transcript(idleInterval: 2_000)
        pool.play("dispatch | connect 0 to 0\nrefused 0 | host 0 failed\ndispatch |")
        pool.waitForDeadline()
        pool.play(
            """
            dispatch    | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            dispatch    |
            wait 2000   |
            dispatch    | close 0
            deadline    | none
            submit a    | refused unreachable
            deadline    | 0
            dispatch    | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            submit b    |
            done 0      | host 0 recovered
            dispatch    | send b on 0, sync 0
            done 0      | answer 2
            """)
    }

    @Test("Closing a connection that has not been of use does not make up for its host's failures")
    func idleAndFailing() {
        let pool = Transcript(idleInterval: 10)
        pool.play("dispatch | connect 0 to 0\nrefused 0 | host 0 failed\ndispatch |")
        pool.waitForDeadline()
        pool.play(
            """
            dispatch    | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            dispatch    |
            wait 10     |
            dispatch    | close 0
            submit a    | refused unreachable
            dispatch    | connect 0 to 0
            wait 1      |
            refused 0   |
            dispatch    |
            """)
        #expect(pool.milliseconds! >= 99)
    }

    @Test("Attempts to connect to a full host are no use that keeps idle connections open")
    func idleAndTrying() {
        Transcript(connections: 2, idleInterval: 150).play(
            """
            dispatch    | connect 0 to 0, connect 1 to 0
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            refused 1   |
            dispatch    |
            wait 100    |
            dispatch    | connect 1 to 0
            refused 1   |
            dispatch    |
            wait 50     |
            dispatch    | close 0
            deadline    | none
            """)
    }

    @Test("Moving to a better host is no use that keeps idle connections open")
    func idleAndMoving() {
        Transcript(connections: 2, idleInterval: 150, hosts: [0, 1]).play(
            """
            dispatch    | connect 0 to 0, connect 1 to 0
            refused 0 1 | host 0 failed
            dispatch    | connect 0 to 1, connect 1 to 1
            connected 0 | prepare 0 on 0, sync 0
            connected 1 | prepare 0 on 1, sync 1
            done 0 1    |
            wait 100    |
            dispatch    | close 0, connect 0 to 0
            refused 0   |
            dispatch    | connect 0 to 1
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            dispatch    |
            wait 50     |
            dispatch    | close 0, close 1
            deadline    | none
            """)
    }

    @Test(
        "The last lookup of an idle pool may fail long after it came, and the connections are closed with it")
    func idleAfterFailure() {
        Transcript(connections: 2, idleInterval: 150).play(
            """
            submit a      | 
            dispatch      | connect 0 to 0, connect 1 to 0
            connected 0   | prepare 0 on 0, sync 0
            error 0 other |
            dispatch      |
            wait 500      |
            dispatch      |
            refused 1     |
            dispatch      | fail 1 tableUnusable(table: 0), close 0
            deadline      | none
            """)
    }

    @Test("A full host whose connections were closed for lack of use is connected to at once")
    func idleAndFull() {
        Transcript(connections: 2, idleInterval: 20).play(
            """
            dispatch    | connect 0 to 0, connect 1 to 0
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            refused 1   |
            dispatch    |
            wait 20     |
            dispatch    | close 0
            submit a    |
            dispatch    | connect 0 to 0, connect 1 to 0
            """)
    }
}
