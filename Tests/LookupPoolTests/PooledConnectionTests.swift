// Transcripts of connections through a pooler, and of checks whether a connection is fit for use.

import Testing

@Suite("Pooled connections and checks")
struct PooledConnectionTests {
    @Test("Through a pooler a batch goes out only when the one before has come to its end")
    func serial() {
        Transcript(tables: 2, holdsSyncs: true).play(
            """
            dispatch   | connect 0 to 0
            pooled 0   | prepare 0 on 0, sync 0
            submit a b |
            dispatch   |
            done 0     |
            dispatch   |
            synced 0   |
            dispatch   | prepare 1 on 0, sync 0
            done 0     |
            synced 0   |
            dispatch   | send a on 0, send b on 0, sync 0
            submit c   |
            dispatch   |
            done 0 0   | answer 1, answer 2
            dispatch   |
            synced 0   |
            dispatch   | send c on 0, sync 0
            """)
    }

    @Test("Through a pooler too, each query is alone for a while after one has failed")
    func isolated() {
        Transcript(holdsSyncs: true).play(
            """
            dispatch   | connect 0 to 0
            pooled 0   | prepare 0 on 0, sync 0
            done 0     |
            synced 0   |
            submit a b c |
            dispatch   | send a on 0, send b on 0, send c on 0, sync 0
            error 0 parameters |
            aborted 0 0 |
            dispatch   |
            synced 0   |
            dispatch   | send a literal on 0, sync 0
            error 0 parameters | fail 1 queryFailed
            synced 0   |
            dispatch   | send b on 0, sync 0
            done 0     | answer 2
            synced 0   |
            dispatch   | send c on 0, sync 0
            """)
    }

    @Test("A connection is checked in a batch of its own, now and then, and stays in use meanwhile")
    func checks() {
        Transcript(checkInterval: 1_000).becomeReady().play(
            """
            dispatch   |
            deadline   | 1000
            wait 999   |
            dispatch   |
            wait 1     |
            submit a   |
            dispatch   | check 0, sync 0, send a on 0, sync 0
            next 0     | check
            deadline   | 1000
            done 0     |
            done 0     | answer 1
            lost 0     |
            dispatch   | connect 0 to 0
            """)
    }
}
