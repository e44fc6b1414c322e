// Connections whose time is over, or that are not current when they are made.

import Testing

extension RenewalTests {
    // MARK: Lifetime

    @Test("A connection's time is over: another one is made, and takes its place when it is there")
    func lifetime() {
        Transcript(connections: 2, connectionLifetime: 60_000).becomeReady().play(
            """
            wait 60000  |
            dispatch    | connect 2 to 0
            submit a    |
            dispatch    | send a on 0, sync 0
            connected 2 | prepare 0 on 2, sync 2
            done 0      | answer 1
            dispatch    | close 0
            wait 100    |
            dispatch    | connect 0 to 0
            """)
    }

    @Test("What has changed while a connection was made has it renewed at once")
    func changedMeanwhile() {
        Transcript(freshness: 1_000).play(
            """
            dispatch | connect 0 to 0
            late 0 1 | prepare 0 on 0, sync 0
            done 0   |
            dispatch | connect 1 to 0
            submit a |
            dispatch | send a on 0, sync 0
            """)
    }

    @Test("Where there is no room for another one, an old one goes first when it has nothing to do")
    func noRoom() {
        Transcript(connections: 2).becomeReady().play(
            """
            submit a    | 
            dispatch    | send a on 0, sync 0
            renew       |
            dispatch    | connect 2 to 0
            full 2      |
            dispatch    | close 1, connect 1 to 0
            """)
    }

    @Test("The only connection stays where there is no room for another one")
    func onlyOne() {
        Transcript().becomeReady().play(
            """
            renew    | 
            dispatch | connect 1 to 0
            full 1   | renewal fails at 0
            dispatch |
            submit a |
            dispatch | send a on 0, sync 0
            done 0   | answer 1
            wait 5000 |
            dispatch | connect 1 to 0
            """)
    }

    @Test("No more than one connection goes before another one is there")
    func othersTakeTheRoom() {
        let pool = Transcript(connections: 4).becomeReady()
        _ = pool.perform("renew")
        var closed = 0
        for _ in 0..<12 {
            for action in pool.perform("dispatch") {
                if action.hasPrefix("close") { closed += 1 }
                if action.hasPrefix("connect") { _ = pool.perform("full \(action.split(separator: " ")[1])") }
            }
            _ = pool.perform("wait 1000")
        }
        #expect(closed <= 1, "\(closed) closed")
    }

    @Test("Where something changes all the time, connections take turns less and less often")
    func changesAllTheTime() {
        let pool = dependent(connections: 1)
        var connects = 0
        for _ in 0..<600 {
            _ = pool.perform("submit a")
            for action in pool.perform("dispatch") {
                if action.hasPrefix("connect") {
                    connects += 1
                    let slot = action.split(separator: " ")[1]
                    _ = pool.perform("late \(slot) \(1 + connects)")
                }
            }
            for slot in 0...1 where pool.isOpen(slot) {
                while pool.perform("next \(slot)") != ["nothing"] { _ = pool.perform("done \(slot)") }
            }
            _ = pool.perform("wait 100")
        }
        #expect(connects < 30, "\(connects) in a minute")
    }

    @Test("Connections that are refused take none away, and are tried again after a while")
    func refused() {
        Transcript(connections: 2).becomeReady().play(
            """
            renew     | 
            dispatch  | connect 2 to 0
            refused 2 | renewal fails at 0
            dispatch  |
            submit a  |
            dispatch  | send a on 0, sync 0
            done 0    | answer 1
            wait 5000 |
            dispatch  | connect 2 to 0
            """)
    }
}
