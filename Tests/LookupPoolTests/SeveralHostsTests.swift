// Transcripts of targets with several hosts: which is connected to, and when a connection moves.

import Testing

@Suite("Several hosts")
struct SeveralHostsTests {
    @Test("The most preferred hosts are connected to, and worse ones only when those fail")
    func preference() {
        let pool = Transcript(connections: 2, hosts: [2, 0, 1])
        pool.play(
            """
            submit a    | 
            dispatch    | connect 0 to 1, connect 1 to 1
            refused 0 1 | host 1 failed
            unreachable | false
            dispatch    | connect 0 to 2, connect 1 to 2
            refused 0 1 | host 2 failed
            unreachable | false
            dispatch    | connect 0 to 0, connect 1 to 0
            refused 1   |
            refused 0   | host 0 failed, fail 1 unreachable
            """)
    }

    @Test("Connections are spread over equal hosts")
    func spread() {
        for seed in 1...10 as ClosedRange<UInt64> {
            let pool = Transcript(connections: 4, hosts: [0, 0, 1], seed: seed)
            let hosts = pool.perform("dispatch").map { $0.last! }
            #expect(hosts.filter { $0 == "0" }.count == 2)
            #expect(hosts.filter { $0 == "1" }.count == 2)
        }
    }

    @Test("Equal hosts are tried in random order, which the seed determines")
    func randomOrder() {
        var firsts: [String: Int] = [:]
        var orders: Set<[String]> = []
        for seed in 1...200 as ClosedRange<UInt64> {
            let order = Transcript(connections: 3, hosts: [0, 0, 0], seed: seed).perform("dispatch")
            #expect(Transcript(connections: 3, hosts: [0, 0, 0], seed: seed).perform("dispatch") == order)
            firsts[order[0], default: 0] += 1
            orders.insert(order)
        }
        #expect(orders.count == 6)
        #expect(firsts.count == 3 && firsts.values.allSatisfy { $0 > 40 && $0 < 95 })
    }

    @Test("A lookup whose connection is lost goes to another host's connection")
    func elsewhere() {
        let pool = Transcript(connections: 2, hosts: [0, 1])
        pool.play(
            """
            dispatch    | connect 0 to 0, connect 1 to 0
            refused 1   |
            connected 0 | prepare 0 on 0, sync 0
            dispatch    | connect 1 to 1
            connected 1 | prepare 0 on 1, sync 1
            done 1      |
            submit a    |
            dispatch    | send a on 1, sync 1
            lost 1      |
            done 0      |
            dispatch    | connect 1 to 0, send a on 0, sync 0
            done 0      | answer 1
            """)
    }

    @Test("A lookup whose connection is lost again and again goes to another host, though that has less room")
    func flapping() {
        let pool = Transcript(connections: 3, hosts: [0, 0], seed: 5)
        let hosts = pool.perform("dispatch").map { $0.last! }
        let other = hosts.filter { $0 == "0" }.count == 1 ? "0" : "1"
        let alone = hosts.firstIndex { String($0) == other }!
        let flapping = (0..<3).filter { $0 != alone }
        for slot in 0..<3 {
            pool.play("connected \(slot) | prepare 0 on \(slot), sync \(slot)\ndone \(slot) |")
        }
        pool.play("dispatch |\nsubmit a b c |")
        #expect(pool.perform("dispatch").count == 6)
        for round in 0..<6 {
            _ = pool.perform("wait 1000")
            for slot in flapping { _ = pool.perform("lost \(slot)") }
            let actions = pool.perform("dispatch")
            #expect(actions.filter { $0.hasPrefix("send") }.allSatisfy { $0.hasSuffix("on \(alone)") })
            #expect(actions.contains { $0.hasPrefix("send") } == (round == 0))
            for slot in flapping {
                _ = pool.perform("connected \(slot)")
                _ = pool.perform("done \(slot)")
            }
        }
        #expect(pool.perform("done \(alone)").count == 1)
    }

    @Test("A host that is long in connecting has company before its time is over, so that a third one serves")
    func blackHoles() {
        Transcript(connections: 4, hosts: [0, 1, 2]).play(
            """
            submit a    | 
            dispatch    | connect 0 to 0, connect 1 to 0, connect 2 to 0, connect 3 to 0
            deadline    | 1000
            wait 1000   |
            dispatch    | close 0, close 1, close 2, connect 0 to 1, connect 1 to 1, connect 2 to 1
            wait 1000   |
            dispatch    | close 0, close 1, connect 0 to 2, connect 1 to 2
            connected 0 | prepare 0 on 0, sync 0
            done 0      |
            dispatch    | send a on 0, sync 0
            """)
    }

    @Test("The only attempt that there can be goes to another host after a second")
    func blackHoleForOne() {
        Transcript(connections: 1, hosts: [0, 1]).play(
            """
            dispatch    | connect 0 to 0
            wait 1000   |
            dispatch    | close 0, connect 0 to 1
            wait 1000   |
            dispatch    | close 0, connect 0 to 0
            """)
    }

    @Test("Two hosts that drop connections before they have answered are not tried by turns without a rest")
    func dropping() {
        let pool = Transcript(connections: 1, hosts: [0, 1])
        var connects = 0
        for _ in 0..<1000 {
            for connect in pool.perform("dispatch") where connect.hasPrefix("connect") {
                connects += 1
                _ = pool.perform("connected 0")
                _ = pool.perform("lost 0")
            }
            _ = pool.perform("wait 1")
        }
        #expect(connects <= 16)
        pool.play("submit a | refused unreachable")
    }
}
