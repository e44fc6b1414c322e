// Transcripts of tables that are slow, of connections that stall, and of the others that must not wait for them.

import LookupValues
import Testing

@testable import LookupPool

@Suite("Slow tables")
struct SlowTableTests {
    @Test(
        "A connection that is at one batch for too long is given up, and what it held goes elsewhere at once")
    func stall() {
        Transcript(connections: 2, stallInterval: 100, tables: 2).becomeReady().play(
            """
            submit s f@1 | 
            dispatch     | send s on 0, send f@1 on 1, sync 0, sync 1
            done 1       | answer 2
            submit g@1 h@1 |
            dispatch     | send g@1 on 1, send h@1 on 0, sync 0, sync 1
            done 1       | answer 3
            dispatch     |
            wait 100     |
            dispatch     | check 1, sync 1
            done 1       |
            submit i@1   |
            dispatch     | send i@1 on 1, sync 1
            done 1       | answer 5
            wait 99      |
            dispatch     |
            wait 1       |
            dispatch     | gave up 0, close 0, connect 0 to 0, send h@1 on 1, sync 1
            """)
    }

    @Test(
        "A slow table's query is alone, and nothing is sent after it; one connection stays free of slow ones")
    func slow() {
        let pool = Transcript(connections: 3, stallInterval: 100, tables: 2).becomeReady()
        pool.play(
            """
            submit s   | 
            dispatch   | send s on 0, sync 0
            wait 100   |
            dispatch   | check 1, sync 1, check 2, sync 2
            done 1 2   |
            dispatch   |
            wait 900   |
            dispatch   |
            done 0     | answer 1
            dispatch   |
            submit a b c d f@1 g@1 |
            dispatch   | send f@1 on 0, send g@1 on 1, send a on 2, sync 2, sync 0, send b on 0, sync 0, sync 1
            done 0     | answer 6
            submit h@1 |
            dispatch   | send h@1 on 1, sync 1
            """)
    }

    @Test("A table that was in a slow one's batch goes before it, and proves itself")
    func unproven() {
        Transcript(connections: 4, stallInterval: 100, worthwhile: 32, tables: 2).becomeReady().play(
            """
            submit s f@1 | 
            dispatch     | send s on 0, send f@1 on 0, sync 0
            wait 100     |
            dispatch     | check 1, sync 1, check 2, sync 2, check 3, sync 3
            done 1 2 3   |
            submit t g@1 |
            dispatch     | send t on 1, sync 1, send g@1 on 2, sync 2
            done 2       | answer 4
            wait 99      |
            dispatch     |
            wait 1       |
            dispatch     | gave up 0, close 0, check 2, sync 2, check 3, sync 3, connect 0 to 0
                         | send f@1 on 2, sync 2
            done 2 2 3   | answer 2
            submit v h@1 |
            dispatch     | send h@1 on 2, sync 2
            """)
    }

    @Test(
        "A table that is only suspected is tried on the last connection, and given up as soon as others wait")
    func trial() {
        Transcript(connections: 2, stallInterval: 100, worthwhile: 32, tables: 4).becomeReady().play(
            """
            submit s t@1 f@2 | 
            dispatch     | send s on 0, send t@1 on 0, send f@2 on 0, sync 0
            wait 100     |
            dispatch     | check 1, sync 1
            done 1       |
            submit g@2   |
            dispatch     | send g@2 on 1, sync 1
            done 1       | answer 4
            submit u@1   |
            dispatch     | send u@1 on 1, sync 1
            wait 100     |
            dispatch     | gave up 0, close 0, connect 0 to 0
            submit q@3   |
            dispatch     |
            connected 0  | prepare 3 on 0, sync 0
            done 0       |
            dispatch     | send q@3 on 0, sync 0, prepare 2 on 0, sync 0
            done 0 0     | answer 6
            dispatch     | send f@2 on 0, sync 0
            """)
    }

    @Test("What no server has taken yet is prepared on one connection first, and nothing goes out after it")
    func unknown() {
        Transcript(connections: 2, stallInterval: 100, tables: 3, isNew: true).play(
            """
            dispatch     | connect 0 to 0, connect 1 to 0
            submit a b@2 |
            connected 0  | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0, prepare 2 on 0, sync 0
            connected 1  |
            dispatch     |
            done 0       |
            dispatch     | prepare 0 on 1, sync 1
            done 1       |
            dispatch     | send a on 1, sync 1
            done 1       | answer 1
            wait 100     |
            dispatch     | check 1, sync 1, prepare 2 on 1, sync 1
            done 1 1     |
            dispatch     | send b@2 on 1, sync 1
            """)
    }

    @Test(
        "A preparation that took too long says nothing of its query: the next one is on one connection, too",
        arguments: ["57014", "55P03"])
    func unknownStill(state: String) {
        Transcript(connections: 3, stallInterval: 100, isNew: true).play(
            """
            dispatch     | connect 0 to 0, connect 1 to 0, connect 2 to 0
            connected 0  | prepare 0 on 0, sync 0
            error 0 \(state) |
            connected 1  | prepare 0 on 1, sync 1
            connected 2  |
            done 1       |
            dispatch     | prepare 0 on 2, sync 2
            """)
    }

    @Test("A slow query on its own is waited for until the server counts as silent")
    func alone() {
        Transcript(lookupTimeout: 10_000, silenceTimeout: 6_000, stallInterval: 100).becomeReady().play(
            """
            submit s   | 
            dispatch   | send s on 0, sync 0
            wait 100   |
            dispatch   |
            deadline   | 100
            wait 100   |
            dispatch   |
            deadline   | 100
            wait 100   |
            dispatch   |
            deadline   | 5700
            wait 5699  |
            dispatch   |
            wait 1     |
            dispatch   | gave up 0, close 0, connect 0 to 0
            """)
    }

    @Test("A table that is quick again for a while is treated like any other")
    func probation() {
        let pool = Transcript(stallInterval: 100, tables: 2).becomeReady()
        pool.play(
            """
            submit s | 
            dispatch | send s on 0, sync 0
            wait 100 |
            dispatch |
            done 0   | answer 1
            dispatch |
            """)
        for lookup in 2...33 {
            pool.play(
                """
                submit a | 
                submit b@1 |
                dispatch | send b@1 on 0, sync 0, send a on 0, sync 0
                cancel \(2 * lookup - 1) |
                done 0   |
                done 0   | answer \(2 * lookup - 2)
                dispatch |
                """)
        }
        pool.play(
            """
            submit a b | 
            dispatch   | send a on 0, send b on 0, sync 0
            """)
    }
}
