// Connections that move between hosts, and those that stay.

import Testing

extension SeveralHostsTests {
    @Test("Connections move to a better host that has returned: one at a time, when its lookups are answered")
    func moveBack() {
        let pool = Transcript(connections: 3, hosts: [0, 1])
        pool.play(
            """
            dispatch      | connect 0 to 0, connect 1 to 0, connect 2 to 0
            refused 0 1 2 | host 0 failed
            dispatch      | connect 0 to 1, connect 1 to 1, connect 2 to 1
            connected 0   | prepare 0 on 0, sync 0
            connected 1   | prepare 0 on 1, sync 1
            connected 2   | prepare 0 on 2, sync 2
            done 0 1 2    |
            submit a b    |
            dispatch      | send a on 0, send b on 1, sync 0, sync 1
            """)
        pool.waitForDeadline()
        pool.play(
            """
            submit c d   | 
            dispatch     | send c on 2, send d on 1, sync 1, sync 2
            done 0       | answer 1
            dispatch     | close 0, connect 0 to 0
            dispatch     |
            connected 0  | prepare 0 on 0, sync 0
            dispatch     |
            done 0       | host 0 recovered
            dispatch     |
            done 2       | answer 3
            done 1 1     | answer 2, answer 4
            dispatch     | close 1, connect 1 to 0
            connected 1  | prepare 0 on 1, sync 1
            done 1       |
            dispatch     | close 2, connect 2 to 0
            connected 2  | prepare 0 on 2, sync 2
            done 2       |
            dispatch     |
            deadline     | none
            """)
    }

    @Test(
        "Beside another host the back-off doubles from 0.1 s to retry_interval, with jitter", arguments: 1...5
    )
    func backOff(seed: UInt64) {
        let pool = Transcript(connections: 2, retryInterval: 3_000, hosts: [0, 1], seed: seed)
        pool.play(
            """
            dispatch    | connect 0 to 0, connect 1 to 0
            refused 0 1 | host 0 failed
            dispatch    | connect 0 to 1, connect 1 to 1
            connected 0 | prepare 0 on 0, sync 0
            connected 1 | prepare 0 on 1, sync 1
            done 0 1    |
            """)
        for longest in [100, 200, 400, 800, 1600, 3000, 3000, 3000] as [Int64] {
            pool.play("dispatch |")
            let wait = pool.milliseconds!
            #expect(wait >= longest / 2 - 1 && wait <= longest)
            pool.waitForDeadline()
            pool.play(
                """
                dispatch    | close 0, connect 0 to 0
                wait 1      |
                refused 0   |
                dispatch    | connect 0 to 1
                connected 0 | prepare 0 on 0, sync 0
                done 0      |
                """)
        }
    }

    @Test("When the last connection is lost, a host that rests is tried at once, and lookups wait for that")
    func lastConnection() {
        let pool = Transcript(connections: 1, hosts: [0, 1])
        pool.play(
            """
            dispatch    | connect 0 to 0
            refused 0   | host 0 failed
            dispatch    | connect 0 to 1
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            submit a    |
            dispatch    | send a on 0, sync 0
            lost 0      |
            unreachable | false
            dispatch    | connect 0 to 1
            refused 0   | host 1 failed
            dispatch    | connect 0 to 0
            submit b    |
            connected 0 | prepare 0 on 0, sync 0
            done 0      | host 0 recovered
            dispatch    | send a on 0, sync 0, send b on 0, sync 0
            lost 0      | fail 1 connectionsLost
            dispatch    | connect 0 to 0
            refused 0   | host 0 failed
            dispatch    | connect 0 to 1
            refused 0   | fail 2 unreachable
            submit c    | refused unreachable
            """)
    }

    @Test("While the better host fails, a connection tries it when its back-off is over, and comes back")
    func stillFailing() {
        let pool = Transcript(connections: 2, hosts: [0, 1])
        pool.play(
            """
            dispatch    | connect 0 to 0, connect 1 to 0
            refused 0 1 | host 0 failed
            dispatch    | connect 0 to 1, connect 1 to 1
            connected 0 | prepare 0 on 0, sync 0
            connected 1 | prepare 0 on 1, sync 1
            done 0 1    |
            dispatch    |
            """)
        for (round, longest) in ([100, 200, 400] as [Int64]).enumerated() {
            #expect(pool.milliseconds! >= longest / 2 - 1 && pool.milliseconds! <= longest)
            pool.waitForDeadline()
            pool.play(
                """
                submit a    | 
                dispatch    | close 0, connect 0 to 0, send a on 1, sync 1
                done 1      | answer \(round + 1)
                wait 1      |
                refused 0   |
                unreachable | false
                dispatch    | connect 0 to 1
                connected 0 | prepare 0 on 0, sync 0
                done 0      |
                dispatch    |
                """)
        }
    }

    @Test("The only connection does not move")
    func onlyConnection() {
        let pool = Transcript(connections: 1, hosts: [0, 1])
        pool.play(
            """
            dispatch    | connect 0 to 0
            refused 0   | host 0 failed
            dispatch    | connect 0 to 1
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            dispatch    |
            """)
        pool.waitForDeadline()
        pool.play(
            """
            dispatch    | 
            wait 100000 |
            dispatch    |
            deadline    | none
            lost 0      |
            dispatch    | connect 0 to 0
            """)
    }

    @Test("No connection moves while another is not connected")
    func oneAtATime() {
        let pool = Transcript(connections: 3, hosts: [0, 1])
        pool.play(
            """
            dispatch      | connect 0 to 0, connect 1 to 0, connect 2 to 0
            refused 0 1 2 | host 0 failed
            dispatch      | connect 0 to 1, connect 1 to 1, connect 2 to 1
            connected 0   | prepare 0 on 0, sync 0
            connected 1   | prepare 0 on 1, sync 1
            done 0 1      |
            wait 200      |
            dispatch      |
            deadline      | 5800
            connected 2   | prepare 0 on 2, sync 2
            dispatch      | close 0, connect 0 to 0
            """)
    }

    @Test("Connections that can't be spread evenly stay where they are")
    func odd() {
        let pool = Transcript(connections: 3, hosts: [0, 0]).becomeReady()
        pool.play("dispatch |\ndispatch |\ndeadline | none")
    }

    @Test("Equal hosts are balanced anew when one of them returns, down to a difference of one")
    func balance() {
        let pool = Transcript(connections: 4, hosts: [0, 0], seed: 3)
        let connects = pool.perform("dispatch")
        let failing = connects.filter { $0.last == "1" }.map { String($0.split(separator: " ")[1]) }
        let others = connects.filter { $0.last == "0" }.map { String($0.split(separator: " ")[1]) }
        for slot in others { _ = pool.perform("connected \(slot)") }
        for slot in others { _ = pool.perform("done \(slot)") }
        _ = pool.perform("refused \(failing[0]) \(failing[1])")
        #expect(pool.perform("dispatch") == ["connect \(failing[0]) to 0", "connect \(failing[1]) to 0"])
        for slot in failing { _ = pool.perform("connected \(slot)") }
        for slot in failing { _ = pool.perform("done \(slot)") }
        pool.play("dispatch |")
        pool.waitForDeadline()
        for slot in 0..<2 {
            pool.play(
                """
                dispatch | close \(slot), connect \(slot) to 1
                connected \(slot) | prepare 0 on \(slot), sync \(slot)
                done \(slot) | \(slot == 0 ? "host 1 recovered" : "")
                """)
        }
        pool.play("dispatch |\ndeadline | none")
    }
}
