// Transcripts of lookups that go well: which is sent where, in which batch, and which share a query.

import LookupValues
import Testing

@testable import LookupPool

@Suite("Lookups on their way")
struct DispatchTests {
    @Test("The first dispatch connects, a new connection prepares every table, and what waits is sent then")
    func first() {
        Transcript(connections: 2, tables: 2).play(
            """
            submit a b@1 | 
            dispatch     | connect 0 to 0, connect 1 to 0
            dispatch     |
            connected 1  | prepare 0 on 1, sync 1, prepare 1 on 1, sync 1
            dispatch     |
            next 1       | table 0
            done 1       |
            next 1       | table 1
            dispatch     | send a on 1, sync 1
            done 1       |
            dispatch     | send b@1 on 1, sync 1
            next 1       | a
            wanted 1     | true
            done 1       | answer 1
            done 1       | answer 2
            next 1       | nothing
            connected 0  | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0
            unanswered   | 0
            """)
    }

    @Test("A dispatch sends all that waits, with one Sync for each connection")
    func batches() {
        Transcript(connections: 2).becomeReady().play(
            """
            submit a b c d | 
            dispatch       | send a on 0, send b on 1, send c on 0, send d on 1, sync 0, sync 1
            dispatch       |
            submit e       |
            dispatch       | send e on 0, sync 0
            done 0 0 0     | answer 1, answer 3, answer 5
            done 1 1       | answer 2, answer 4
            """)
    }

    @Test("A lookup goes to the connection with the fewest statements in flight")
    func leastLoaded() {
        Transcript(connections: 3).becomeReady().play(
            """
            submit a b c d e | 
            dispatch         | send a on 0, send b on 1, send c on 2, send d on 0, send e on 1,
                             | sync 0, sync 1, sync 2
            done 1 1         | answer 2, answer 5
            submit f g h     |
            dispatch         | send f on 1, send g on 1, send h on 2, sync 1, sync 2
            """)
    }

    @Test(
        "The lookups of one request go to one connection, as long as it has room, and those of others elsewhere"
    )
    func searches() {
        Transcript(connections: 3, depth: 4).becomeReady().play(
            """
            search a b c | 
            search d e   |
            submit f     |
            dispatch     | send a on 0, send b on 0, send c on 0, send d on 1, send e on 1, send f on 2,
                         | sync 0, sync 1, sync 2
            done 1 1 2   | answer 2.1, answer 2.2, answer 3
            done 0 0 0   | answer 1.1, answer 1.2, answer 1.3
            search a b c d e |
            dispatch         | send a on 0, send b on 0, send c on 0, send d on 0, send e on 1, sync 0, sync 1
            """)
    }

    @Test("An answered lookup is not taken back, whatever has its place by then")
    func answeredCancel() {
        let pool = Transcript().becomeReady()
        pool.play(
            """
            submit a |
            dispatch | send a on 0, sync 0
            """)
        let first = pool.lookups[1]!
        pool.play(
            """
            done 0   | answer 1
            submit b |
            """)
        pool.pool.cancel(first, of: Requester(client: 7, sequence: 1))
        pool.play("dispatch | send b on 0, sync 0")
    }

    @Test("No more than pipeline_depth statements are in flight on a connection, and the rest waits its turn")
    func depth() {
        Transcript(depth: 2).becomeReady().play(
            """
            submit a b c d | 
            dispatch       | send a on 0, send b on 0, sync 0
            waiting        | 2
            dispatch       |
            done 0         | answer 1
            dispatch       | send c on 0, sync 0
            done 0 0       | answer 2, answer 3
            dispatch       | send d on 0, sync 0
            waiting        | 0
            """)
    }

    @Test("Tables that wait for room are served in turn, however often there is none")
    func turns() {
        Transcript(depth: 1, tables: 3).becomeReady().play(
            """
            submit a b c d@1 e@1 f@2 | 
            dispatch | send a on 0, sync 0
            dispatch |
            done 0   | answer 1
            dispatch | send d@1 on 0, sync 0
            dispatch |
            dispatch |
            done 0   | answer 4
            dispatch | send f@2 on 0, sync 0
            dispatch |
            done 0   | answer 6
            dispatch | send b on 0, sync 0
            done 0   | answer 2
            dispatch | send e@1 on 0, sync 0
            """)
    }

    @Test("One lookup more than max_waiting fails at once, and those in flight don't count")
    func maximumWaiting() {
        Transcript(depth: 1, waiting: 2).becomeReady().play(
            """
            submit a b   | 
            submit c     | refused waitingFull
            submit a     | refused waitingFull
            dispatch     | send a on 0, sync 0
            submit d     |
            submit e     | refused waitingFull
            cancel 2     |
            submit f     |
            submit g     | refused waitingFull
            waiting      | 2
            unanswered   | 3
            """)
    }

    @Test("Equal lookups share a query until it is sent, and each gets the answer")
    func joining() {
        Transcript(tables: 2).becomeReady().play(
            """
            submit a b a a@1 a | 
            joined             | 2
            waiting            | 5
            dispatch           | send a on 0, send a@1 on 0, send b on 0, sync 0
            submit a           |
            joined             | 2
            dispatch           | send a on 0, sync 0
            done 0             | answer 1, answer 3, answer 5
            done 0             | answer 4
            done 0             | answer 2
            done 0             | answer 6
            """)
    }

    @Test("Nobody joins a query that was sent before, even while it waits to be sent again")
    func noJoiningAgain() {
        Transcript().becomeReady().play(
            """
            submit a  | 
            dispatch  | send a on 0, sync 0
            lost 0    |
            submit a  |
            joined    | 0
            dispatch  | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            done 0    |
            dispatch  | send a on 0, sync 0, send a on 0, sync 0
            done 0    | answer 1
            done 0    | answer 2
            """)
    }

    @Test("A lookup that is cancelled before it is sent is not sent, unless another has joined it")
    func cancelWaiting() {
        Transcript().becomeReady().play(
            """
            submit a b b c | 
            cancel 1 2 |
            waiting    | 2
            dispatch   | send b on 0, send c on 0, sync 0
            done 0     | answer 3
            done 0     | answer 4
            submit a   |
            joined     | 1
            cancel 5   |
            submit a   |
            joined     | 1
            dispatch   | send a on 0, sync 0
            """)
    }

    @Test("A lookup that is cancelled in flight is not answered, and its result is nobody's")
    func cancelInFlight() {
        Transcript().becomeReady().play(
            """
            submit a b b | 
            dispatch     | send a on 0, send b on 0, sync 0
            cancel 1 2   |
            waiting      | 0
            unanswered   | 1
            next 0       | a
            wanted 0     | false
            done 0       |
            wanted 0     | true
            done 0       | answer 3
            """)
    }

    @Test("A query that was cancelled in flight is not sent again")
    func cancelBeforeLoss() {
        Transcript(connections: 2).becomeReady().play(
            """
            submit a b | 
            dispatch   | send a on 0, send b on 1, sync 0, sync 1
            cancel 1   |
            lost 0     |
            dispatch   | connect 0 to 0
            aborted 1  |
            cancel 2   |
            dispatch   |
            waiting    | 0
            unanswered | 0
            """)
    }
}
