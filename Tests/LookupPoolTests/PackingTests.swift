// Transcripts of how statements are put together: few batches, and no server woken for little.

import LookupPool
import Testing

@Suite("Packing")
struct PackingTests {
    @Test("A batch waits while two are in flight, and takes along what comes until one of them is over")
    func twoBatches() {
        Transcript(batches: 2).becomeReady().play(
            """
            submit a b | 
            dispatch   | send a on 0, send b on 0, sync 0
            submit c   |
            dispatch   | send c on 0, sync 0
            submit d   |
            dispatch   |
            submit e   |
            dispatch   |
            done 0     | answer 1
            dispatch   |
            done 0     | answer 2
            dispatch   | send d on 0, send e on 0, sync 0
            done 0 0 0 | answer 3, answer 4, answer 5
            """)
    }

    @Test("What has to go alone does not wait for that")
    func alone() {
        Transcript(batches: 2, tables: 2).becomeReady().play(
            """
            submit x@1        | 
            dispatch          | send x@1 on 0, sync 0
            error 0 cancelled | fail 1 queryFailed
            submit a@1 b@1 c@1 d |
            dispatch          | send a@1 on 0, sync 0, send d on 0, sync 0, send b@1 on 0, sync 0, send c@1 on 0, sync 0
            submit e          |
            dispatch          | send e on 0, sync 0
            submit f          |
            dispatch          |
            done 0 0          | answer 2, answer 5
            dispatch          | send f on 0, sync 0
            """)
    }

    @Test("A table whose lookups go alone, and has many, leaves the others their turn")
    func aloneWithMany() {
        let pool = Transcript(depth: 4, batches: 2, tables: 2).becomeReady()
        pool.play(
            """
            submit x@1        | 
            dispatch          | send x@1 on 0, sync 0
            error 0 cancelled | fail 1 queryFailed
            submit a@1 b@1 c@1 d@1 e@1 f@1 g@1 | 
            dispatch | send a@1 on 0, sync 0, send b@1 on 0, sync 0, send c@1 on 0, sync 0, send d@1 on 0, sync 0
            submit p q        |
            done 0            | answer 2
            dispatch          | send e@1 on 0, sync 0
            done 0            | answer 3
            dispatch          | send p on 0, sync 0
            done 0            | answer 4
            dispatch          | send f@1 on 0, sync 0
            done 0            | answer 5
            dispatch          | send q on 0, sync 0
            """)
    }

    @Test("Nothing is put behind what takes a server long while another one is idle")
    func busy() {
        Transcript(connections: 2, batches: 2, worthwhile: 32).becomeReady().play(
            """
            submit a | 
            dispatch | send a on 0, sync 0
            wait 1   |
            submit b |
            dispatch | send b on 0, sync 0
            wait 1   |
            submit c |
            dispatch | send c on 1, sync 1
            """)
    }

    @Test("For little no other server is woken, but a batch's end awaited, unless that takes long")
    func awaiting() {
        Transcript(connections: 2, batches: 1, worthwhile: 32, tables: 2).becomeReady().play(
            """
            submit a   | 
            dispatch   | send a on 0, sync 0
            submit b c |
            dispatch   |
            done 0     | answer 1
            dispatch   | send b on 0, send c on 0, sync 0
            submit d   |
            dispatch   |
            deadline   | 2
            wait 1     |
            dispatch   |
            wait 1     |
            dispatch   | send d on 1, sync 1
            """)
    }

    @Test("A server is not waited for that can't be asked")
    func awaitingInVain() {
        Transcript(connections: 2, batches: 1, worthwhile: 32, tables: 2).play(
            """
            dispatch      | connect 0 to 0, connect 1 to 0
            connected 0   | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0
            connected 1   | prepare 0 on 1, sync 1, prepare 1 on 1, sync 1
            done 0        |
            error 0 other |
            done 1 1      |
            submit a      | 
            dispatch      | send a on 0, sync 0
            submit b      |
            dispatch      |
            submit x@1    |
            dispatch      | send x@1 on 1, send b on 1, sync 1
            """)
    }

    @Test("Where a batch is long under way, more of them are")
    func distance() {
        let pool = Transcript(connections: 1, batches: 2)
        pool.play(
            """
            dispatch    | connect 0 to 0
            distant 0 4 | prepare 0 on 0, sync 0
            done 0      |
            """)
        for lookup in 0..<4 { pool.play("submit a\(lookup) |\ndispatch | send a\(lookup) on 0, sync 0") }
        pool.play("submit b |\ndispatch |")
    }

    @Test("Neither a check nor a slow table's lookup waits for a batch to end")
    func beside() {
        let pool = Transcript(connections: 2, stallInterval: 100, checkInterval: 1_000, batches: 1, tables: 2)
            .becomeReady()
        pool.play(
            """
            submit s@1 | 
            dispatch   | send s@1 on 0, sync 0
            wait 100   |
            dispatch   | check 1, sync 1
            done 1     |
            done 0     | answer 1
            submit a   |
            dispatch   | send a on 0, sync 0
            submit b   |
            dispatch   | send b on 1, sync 1
            submit s@1 |
            dispatch   | send s@1 on 0, sync 0
            done 0 0 1 | answer 2, answer 4, answer 3
            dispatch   |
            wait 1000  |
            submit a   |
            dispatch   | check 0, sync 0, check 1, sync 1, send a on 0, sync 0
            """)
    }

    @Test("A server at work has what is worth it before another is woken; then the one with least has more")
    func worthwhile() {
        Transcript(connections: 3, worthwhile: 3).becomeReady().play(
            """
            submit a b | 
            dispatch   | send a on 0, send b on 0, sync 0
            submit c d |
            dispatch   | send c on 0, send d on 1, sync 0, sync 1
            submit e f g h i j k l |
            dispatch   | send e on 1, send f on 1, send g on 2, send h on 2, send i on 2, send j on 0, send k on 1,
                       | send l on 2, sync 0, sync 1, sync 2
            """)
    }

    @Test("Statements that take long are spread, whatever would be worth it if they were quick")
    func slow() {
        Transcript(connections: 2, worthwhile: 32).becomeReady().play(
            """
            submit a b c d | 
            dispatch       | send a on 0, send b on 0, send c on 0, send d on 0, sync 0
            wait 4         |
            done 0 0 0 0   | answer 1, answer 2, answer 3, answer 4
            dispatch       |
            submit a b c d |
            dispatch       | send a on 0, send b on 0, send c on 1, send d on 1, sync 0, sync 1
            """)
    }

    @Test("A table's array statement takes what is worth it, and each server its part of more than that")
    func statements() {
        let pool = Transcript(connections: 2, smallestArray: 2, batches: 2, worthwhile: 3).becomeReady()
        for _ in 0..<2 {
            pool.play("submit a b c d e f |")
            _ = pool.perform("dispatch")
            for slot in [0, 0, 0, 0, 1, 1, 1, 1] { _ = pool.perform("done \(slot)") }
        }
        pool.play(
            """
            submit a b | 
            dispatch   | send a+b on 0, sync 0
            submit c d e |
            dispatch   | send c+d+e on 0, sync 0
            submit f   |
            dispatch   | send f on 1, sync 1
            done 0 0   | answer 13, answer 14, answer 15, answer 16, answer 17
            done 1     | answer 18
            submit a b c d e f g h |
            dispatch   | send a+b+c+d on 0, send e+f+g+h on 1, sync 0, sync 1
            """)
    }

    @Test("While a worker is busy, a few wait for more, for three milliseconds")
    func gathering() {
        Transcript(worthwhile: 4).becomeReady().play(
            """
            submit a      |
            dispatch busy |
            wait 1        |
            submit b      |
            dispatch busy |
            wait 2        |
            dispatch busy | send a on 0, send b on 0, sync 0
            submit c      |
            dispatch busy |
            dispatch      | send c on 0, sync 0
            wait 5        |
            submit d e f  |
            dispatch busy |
            submit g      |
            dispatch busy | send d on 0, send e on 0, send f on 0, send g on 0, sync 0
            """)
    }

    @Test("What gathers is sent in the next round at the latest, and what fails meanwhile is not")
    func gatheringFor() {
        let transcript = Transcript(worthwhile: 4).becomeReady()
        transcript.play(
            """
            submit a      |
            dispatch busy |
            """)
        #expect(transcript.pool.nextDeadline(after: transcript.now) == transcript.now)
        transcript.play(
            """
            submit b      |
            cancel 1      |
            dispatch busy |
            dispatch      | send b on 0, sync 0
            """)
    }

    @Test("Nothing gathers that has a batch of its own, and no more than half of what may wait")
    func notGathering() {
        Transcript(worthwhile: 4).play(
            """
            dispatch      | connect 0 to 0
            impure 0 0    | prepare 0 on 0, sync 0
            done 0        |
            submit a      |
            dispatch busy | send a on 0, sync 0
            """)
        Transcript(waiting: 4, worthwhile: 32).becomeReady().play(
            """
            submit a      |
            dispatch busy |
            submit b      |
            dispatch busy | send a on 0, send b on 0, sync 0
            """)
    }

    @Test("Nothing gathers while there is something for which there was no room")
    func leftover() {
        Transcript(batches: 1, worthwhile: 4).becomeReady().play(
            """
            submit a      |
            dispatch      | send a on 0, sync 0
            submit b      |
            dispatch      |
            done 0        | answer 1
            dispatch busy | send b on 0, sync 0
            submit c      |
            dispatch busy |
            """)
    }

    @Test("Nothing gathers while a query waits that was sent before")
    func putBack() {
        Transcript(connections: 2, worthwhile: 4).becomeReady().play(
            """
            submit a      |
            dispatch      | send a on 0, sync 0
            lost 0        |
            dispatch busy | connect 0 to 0, send a on 1, sync 1
            """)
    }
}
