// Transcripts of hosts that hang, of slow queries that look alike, and of lookups that wait for neither.

import Testing

@Suite("Hung hosts")
struct HungHostTests {
    private func preferred(connections: Int = 2, checkInterval: Int64? = nil) -> Transcript {
        Transcript(
            connections: connections, silenceTimeout: 6_000, stallInterval: 100, hosts: [0, 1], tables: 2
        )
        .becomeReady()
    }

    @Test("The only lookup of a host that hangs goes elsewhere, once the host has not said a word when asked")
    func lightLoad() {
        preferred().play(
            """
            submit a    | 
            dispatch    | send a on 0, sync 0
            wait 100    |
            dispatch    | check 1, sync 1
            wait 100    |
            dispatch    |
            wait 100    |
            dispatch    | gave up 0, host 0 hangs, close 0, connect 0 to 1
            connected 0 | prepare 1 on 0, sync 0
            dispatch    | prepare 0 on 0, sync 0
            done 0 0    |
            deadline    | 0
            dispatch    | send a on 0, sync 0
            done 0      | answer 1
            wait 100    |
            dispatch    | gave up 0, close 1, connect 1 to 1
            """)
    }

    @Test("That it is used again is told once, when it is avoided no more")
    func returns() {
        Transcript(
            connections: 3, silenceTimeout: 400, stallInterval: 1_000, hosts: [0, 1], tellsReturns: true
        ).becomeReady().play(
            """
            submit a     | 
            dispatch     | send a on 0, sync 0
            wait 400     |
            dispatch     | gave up 0, host 0 hangs, close 0, connect 0 to 1
            dispatch     |
            connected 0  | prepare 0 on 0, sync 0
            dispatch     | close 1, close 2, connect 1 to 1, connect 2 to 1
            done 0       |
            dispatch     | send a on 0, sync 0
            done 0       | answer 1
            connected 1 2 | prepare 0 on 1, sync 1, prepare 0 on 2, sync 2
            done 1 2     |
            dispatch     |
            wait 999     |
            dispatch     |
            wait 1       |
            dispatch     | close 0, connect 0 to 0, host 0 returns
            """)
    }

    @Test("A slow query of a host that gives a sign of life is waited for")
    func slowQuery() {
        preferred().play(
            """
            submit a    | 
            dispatch    | send a on 0, sync 0
            wait 100    |
            dispatch    | check 1, sync 1
            done 1      |
            dispatch    |
            wait 4900   |
            dispatch    |
            done 0      | answer 1
            dispatch    |
            """)
    }

    @Test("A slow query that was given up once is not given up for others' sake again")
    func twice() {
        Transcript(connections: 1, silenceTimeout: 6_000, stallInterval: 100, hosts: [0, 1]).becomeReady()
            .play(
                """
                submit a    | 
                dispatch    | send a on 0, sync 0
                wait 100    |
                dispatch    |
                wait 400    |
                dispatch    | gave up 0, close 0, connect 0 to 1
                connected 0 |
                dispatch    | prepare 0 on 0, sync 0
                done 0      |
                dispatch    | send a on 0, sync 0
                wait 5000   |
                dispatch    |
                done 0      | answer 1
                """)
    }

    @Test("What waits in the pool counts too: of connections that are all stalled, one is given up for it")
    func waiting() {
        Transcript(connections: 2, silenceTimeout: 6_000, stallInterval: 100, tables: 2).becomeReady().play(
            """
            submit s t  | 
            dispatch    | send s on 0, send t on 1, sync 0, sync 1
            wait 100    |
            dispatch    |
            submit u    |
            dispatch    |
            wait 400    |
            dispatch    |
            submit a@1  |
            dispatch    | gave up 0, close 0, connect 0 to 0
            wait 400    |
            dispatch    |
            connected 0 | prepare 1 on 0, sync 0
            done 0      |
            dispatch    | send a@1 on 0, sync 0, prepare 0 on 0, sync 0
            done 0      | answer 4
            dispatch    |
            done 1      | answer 2
            dispatch    |
            done 0      |
            dispatch    | send s on 0, sync 0
            """)
    }

    @Test("Idle connections of a host that hangs move too, and lookups don't go to them meanwhile")
    func shunned() {
        Transcript(
            connections: 3, silenceTimeout: 400, stallInterval: 1_000, hosts: [0, 1]
        ).becomeReady().play(
            """
            submit a     | 
            dispatch     | send a on 0, sync 0
            wait 400     |
            dispatch     | gave up 0, host 0 hangs, close 0, connect 0 to 1
            dispatch     |
            connected 0  | prepare 0 on 0, sync 0
            dispatch     | close 1, close 2, connect 1 to 1, connect 2 to 1
            done 0       |
            dispatch     | send a on 0, sync 0
            """)
    }

    @Test(
        "A host that says something again is avoided no more, and its connections stay until others are there"
    )
    func relief() {
        preferred().play(
            """
            submit a  | 
            dispatch  | send a on 0, sync 0
            wait 100  |
            dispatch  | check 1, sync 1
            wait 100  |
            dispatch  |
            wait 100  |
            dispatch  | gave up 0, host 0 hangs, close 0, connect 0 to 1
            done 1    |
            submit b@1 |
            dispatch  | send b@1 on 1, sync 1
            done 1    | answer 2
            wait 50   |
            dispatch  | send a on 1, sync 1
            done 1    | answer 1
            """)
    }

    @Test("A host of which one connection answers does not hang: its slow query is waited for")
    func oneAnswers() {
        preferred(connections: 3).play(
            """
            submit a   | 
            dispatch   | send a on 0, sync 0
            wait 100   |
            dispatch   | check 1, sync 1, check 2, sync 2
            done 2     |
            dispatch   |
            wait 100   |
            dispatch   | check 2, sync 2
            done 2     |
            wait 300   |
            dispatch   |
            """)
    }

    @Test("A slow table's query, too, leaves a host that has not said a word when asked")
    func slowTable() {
        let pool = preferred()
        pool.play(
            """
            submit a | 
            dispatch | send a on 0, sync 0
            wait 100 |
            dispatch | check 1, sync 1
            done 1   |
            done 0   | answer 1
            dispatch |
            submit a |
            dispatch | send a on 0, sync 0
            wait 100 |
            dispatch | check 1, sync 1
            wait 100 |
            dispatch |
            wait 100 |
            dispatch | gave up 0, host 0 hangs, close 0, connect 0 to 1
            """)
    }

    @Test("Where the only host has let go of all connections, those that are idle are found out as well")
    func deadFlows() {
        Transcript(connections: 2, silenceTimeout: 6_000, stallInterval: 100).becomeReady().play(
            """
            submit a    | 
            dispatch    | send a on 0, sync 0
            wait 100    |
            dispatch    | check 1, sync 1
            wait 100    |
            dispatch    |
            wait 5800   |
            dispatch    | gave up 0, close 0, connect 0 to 0
            connected 0 |
            dispatch    | prepare 0 on 0, sync 0
            done 0      |
            dispatch    | send a on 0, sync 0
            done 0      | answer 1
            wait 100    |
            dispatch    | gave up 0, close 1, connect 1 to 0
            """)
    }
}
