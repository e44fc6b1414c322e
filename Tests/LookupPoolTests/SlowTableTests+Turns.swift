// Slow tables and quick ones in turn.

import LookupValues
import Testing

@testable import LookupPool

extension SlowTableTests {
    @Test("Two slow tables have their turns though a quick one takes all the room that there is")
    func turns() {
        let pool = Transcript(connections: 2, depth: 1, stallInterval: 100, tables: 3).becomeReady()
        pool.play(
            """
            submit s t@1 | 
            dispatch     | send s on 0, send t@1 on 1, sync 0, sync 1
            wait 100     |
            dispatch     |
            done 0 1     | answer 1, answer 2
            submit s u t@1 v@1 q@2 r@2 |
            dispatch     | send q@2 on 0, send r@2 on 1, sync 0, sync 1
            submit q@2   |
            done 0       | answer 7
            dispatch     | send s on 0, sync 0
            done 1       | answer 8
            submit r@2   |
            dispatch     | send q@2 on 1, sync 1
            done 0       | answer 3
            submit o@2   |
            dispatch     | send t@1 on 0, sync 0
            """)
    }

    @Test("Through a pooler a slow table's query goes out in a batch of its own, and in turn with quick ones")
    func pooler() {
        let pool = Transcript(stallInterval: 100, tables: 2)
        pool.play(
            """
            dispatch  | connect 0 to 0
            pooled 0  | prepare 0 on 0, sync 0
            done 0    |
            dispatch  | prepare 1 on 0, sync 0
            done 0    |
            submit s  |
            dispatch  | send s on 0, sync 0
            wait 100  |
            dispatch  |
            done 0    | answer 1
            submit s t a@1 b@1 |
            dispatch  | send a@1 on 0, send b@1 on 0, sync 0
            submit c@1 |
            done 0    | answer 4
            done 0    | answer 5
            dispatch  | send s on 0, sync 0
            done 0    | answer 2
            dispatch  | send c@1 on 0, sync 0
            done 0    | answer 6
            dispatch  | send t on 0, sync 0
            """)
    }

    @Test("A relapse soon after makes a table slow for longer, a relapse long after does not")
    func relapse() {
        let pool = Transcript(stallInterval: 100).becomeReady()
        for (pause, quick) in [(0, 32), (0, 64), (0, 128), (0, 256), (0, 256), (60_000, 32), (0, 64)] {
            pool.play(
                """
                wait \(pause) |
                submit s | 
                dispatch | send s on 0, sync 0
                wait 100 |
                dispatch |
                """)
            _ = pool.perform("done 0")
            _ = pool.perform("dispatch")
            var alone = 0
            while true {
                _ = pool.perform("submit a b")
                let actions = pool.perform("dispatch")
                if actions.count == 3 { break }
                alone += 1
                _ = pool.perform("done 0")
                _ = pool.perform("dispatch")
                _ = pool.perform("done 0")
                _ = pool.perform("dispatch")
            }
            #expect(alone == quick / 2)
            for _ in 0..<2 { _ = pool.perform("done 0") }
            _ = pool.perform("dispatch")
        }
    }

    @Test(
        "A preparation that stalls holds up no other table: it waits for a lookup, and a connection of its own"
    )
    func preparation() {
        Transcript(connections: 2, stallInterval: 100, tables: 2).play(
            """
            dispatch    | connect 0 to 0, connect 1 to 0
            connected 0 | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0
            done 0 0    |
            connected 1 | prepare 0 on 1, sync 1, prepare 1 on 1, sync 1
            dispatch    |
            wait 100    |
            dispatch    | check 0, sync 0
            done 0      |
            wait 400    |
            dispatch    | gave up 0, close 1, connect 1 to 0
            connected 1 | prepare 1 on 1, sync 1
            done 1      |
            submit a    |
            dispatch    | send a on 0, sync 0
            done 0      | answer 1
            """)
    }

    @Test("What was never sent is not sent at the last moment, so that what is sent is not in vain")
    func lastMoment() {
        Transcript(depth: 1, lookupTimeout: 1_000).becomeReady().play(
            """
            submit a b | 
            dispatch   | send a on 0, sync 0
            wait 500   |
            submit c   |
            wait 399   |
            dispatch   |
            wait 1     |
            done 0     | answer 1
            dispatch   | fail 2 deadline, send c on 0, sync 0
            """)
    }
}
