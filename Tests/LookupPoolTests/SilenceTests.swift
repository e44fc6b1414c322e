// Transcripts of connections that fall silent, and of what the end of a batch counts for.

import Testing

@Suite("Silence")
struct SilenceTests {
    @Test("A connection that owes results and says nothing for longer than any lookup waits is lost")
    func silent() {
        Transcript(connections: 2, lookupTimeout: 3_000).becomeReady().play(
            """
            submit a  | 
            dispatch  | send a on 0, sync 0
            wait 2000 |
            submit b  |
            dispatch  | send b on 1, sync 1
            submit c  |
            dispatch  | send c on 0, sync 0
            done 1    | answer 2
            dispatch  |
            wait 1000 |
            dispatch  | fail 1 deadline
            deadline  | 1000
            wait 1000 |
            dispatch  | gave up 0, close 0, connect 0 to 0, send c on 1, sync 1
            done 1    | answer 3
            """)
    }

    @Test("A host whose connections never say anything is down")
    func silentHost() {
        Transcript(lookupTimeout: 3_000).play(
            """
            dispatch    | connect 0 to 0
            connected 0 | prepare 0 on 0, sync 0
            dispatch    |
            deadline    | 4000
            wait 3500   |
            submit a    |
            dispatch    |
            wait 500    |
            dispatch    | gave up 0, close 0, host 0 failed, fail 1 unreachable
            """)
    }

    @Test("A connection that is slow but answers is not silent, however rarely the pool is woken")
    func slow() {
        Transcript(lookupTimeout: 3_000).becomeReady().play(
            """
            submit a b  | 
            dispatch    | send a on 0, send b on 0, sync 0
            wait 2900   |
            submit c    |
            done 0      | answer 1
            dispatch    | send c on 0, sync 0
            wait 1100   |
            dispatch    | fail 2 deadline
            deadline    | 1900
            wait 1800   |
            done 0      |
            done 0      | answer 3
            """)
    }

    @Test("A connection that took long to be made is not silent")
    func slowToConnect() {
        Transcript(lookupTimeout: 1_000, connectTimeout: 5_000).play(
            """
            dispatch    | connect 0 to 0
            wait 4500   |
            connected 0 | prepare 0 on 0, sync 0
            dispatch    |
            deadline    | 2000
            done 0      |
            dispatch    |
            deadline    | none
            wait 100000 |
            submit a    |
            dispatch    | send a on 0, sync 0
            deadline    | 1000
            wait 1000   |
            dispatch    | fail 1 deadline
            deadline    | 1000
            """)
    }

    @Test("A batch's end is in flight too, but takes no room")
    func syncs() {
        Transcript(connections: 2, depth: 2, holdsSyncs: true).becomeReady().play(
            """
            submit a  | 
            dispatch  | send a on 0, sync 0
            submit b  |
            dispatch  | send b on 1, sync 1
            submit c  |
            dispatch  | send c on 0, sync 0
            done 0    | answer 1
            next 0    | sync
            submit d  |
            dispatch  | send d on 0, sync 0
            synced 0  |
            done 0    | answer 3
            synced 0  |
            done 0    | answer 4
            next 0    | sync
            submit e  |
            dispatch  | send e on 0, sync 0
            done 1    | answer 2
            dispatch  |
            wait 9999 |
            dispatch  |
            deadline  | 1
            """)
    }

    @Test("A connection that falls silent while it retires is lost too")
    func silentRetiring() {
        let pool = Transcript(connections: 2, lookupTimeout: 3_000, hosts: [0, 1])
        pool.play(
            """
            dispatch    | connect 0 to 0, connect 1 to 0
            refused 0 1 | host 0 failed
            dispatch    | connect 0 to 1, connect 1 to 1
            connected 0 | prepare 0 on 0, sync 0
            connected 1 | prepare 0 on 1, sync 1
            done 0 1    |
            submit a    |
            dispatch    | send a on 0, sync 0
            wait 3000   |
            dispatch    | fail 1 deadline
            wait 999    |
            dispatch    |
            wait 1      |
            dispatch    | gave up 1, host 1 hangs, close 0, connect 0 to 0
            """)
    }

    @Test("The end of a batch is a sign of life")
    func syncIsProgress() {
        Transcript(lookupTimeout: 3_000, holdsSyncs: true).becomeReady().play(
            """
            submit a  | 
            dispatch  | send a on 0, sync 0
            submit b  |
            dispatch  | send b on 0, sync 0
            done 0    | answer 1
            dispatch  |
            wait 3500 |
            dispatch  | fail 2 deadline
            deadline  | 500
            synced 0  |
            dispatch  |
            deadline  | 4000
            """)
    }

    @Test("The end of a batch is never taken for a statement's result, nor a result for the end")
    func outOfStep() async {
        await #expect(processExitsWith: .success) { Self.playBatch("done 0 | answer 1\nsynced 0 |") }
        await #expect(processExitsWith: .failure) { Self.playBatch("synced 0 |") }
        await #expect(processExitsWith: .failure) { Self.playBatch("done 0 | answer 1\ndone 0 |") }
        await #expect(processExitsWith: .failure) { Self.playBatch("done 0 | answer 1\naborted 0 |") }
        await #expect(processExitsWith: .failure) { Self.playBatch("done 0 | answer 1\nerror 0 other |") }
    }

    private static func playBatch(_ results: String) {
        Transcript(holdsSyncs: true).becomeReady().play(
            "submit a |\ndispatch | send a on 0, sync 0\n\(results)")
    }

    @Test("A connection retires only after the end of its last batch")
    func retiring() {
        let pool = Transcript(connections: 2, hosts: [0, 1], holdsSyncs: true)
        pool.play(
            """
            dispatch    | connect 0 to 0, connect 1 to 0
            refused 0 1 | host 0 failed
            dispatch    | connect 0 to 1, connect 1 to 1
            connected 0 | prepare 0 on 0, sync 0
            connected 1 | prepare 0 on 1, sync 1
            done 0 1    |
            synced 1    |
            wait 100    |
            dispatch    |
            synced 0    |
            dispatch    | close 0, connect 0 to 0
            """)
    }

    @Test(
        "A table that a connection must not be asked for is served by the others, and not tried again on it")
    func unwilling() {
        Transcript(connections: 2, tables: 2).play(
            """
            submit a@1    | 
            dispatch      | connect 0 to 0, connect 1 to 0
            unwilling 0 1 | prepare 0 on 0, sync 0
            done 0        |
            dispatch      |
            unwilling 1 0 | prepare 1 on 1, sync 1
            dispatch      |
            done 1        |
            dispatch      | send a@1 on 1, sync 1
            lost 1        |
            dispatch      | connect 1 to 0
            unwilling 1 1 | prepare 0 on 1, sync 1
            dispatch      | fail 1 tableUnusable(table: 1)
            done 1        |
            dispatch      |
            wait 100000   |
            submit a@1    |
            dispatch      | fail 2 tableUnusable(table: 1)
            """)
    }
}
