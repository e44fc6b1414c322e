// Transcripts of tables whose answers are kept, and of queries that a primary is asked again.

import LookupValues
import Testing

@testable import LookupPool

@Suite("Answers that are kept")
struct KeepingTests {
    private func ready(depth: Int = 256, holdsSyncs: Bool = false) -> Transcript {
        Transcript(depth: depth, tables: 2, holdsSyncs: holdsSyncs, kept: [0]).becomeReady()
    }

    @Test("Each answer of such a table is to be kept once, before it is given to those that share it")
    func kept() {
        ready().play(
            """
            submit a a b@1 |
            dispatch       | send a on 0, send b@1 on 0, sync 0
            done 0         | keep a, answer 1, answer 2
            done 0         | answer 3
            """)
    }

    @Test("An answer is kept even if nobody waits for it any more")
    func unwanted() {
        ready().play(
            """
            submit a |
            dispatch | send a on 0, sync 0
            cancel 1 |
            done 0   | keep a
            """)
    }

    @Test("An answer is kept if one of those that share it says so")
    func wanted() {
        ready().play(
            """
            unkept a b |
            submit b   |
            dispatch   | send a on 0, send b on 0, sync 0
            done 0     | answer 1
            done 0     | keep b, answer 2, answer 3
            """)
    }

    @Test("An answer is not kept of a query that may keep something")
    func impure() {
        let pool = Transcript(kept: [0])
        pool.play(
            """
            dispatch   | connect 0 to 0
            impure 0 0 | prepare 0 on 0, sync 0
            done 0     |
            submit a   |
            dispatch   | send a on 0, sync 0
            done 0     | answer 1
            """)
    }

    @Test("A lookup shares an equal query in flight if that was sent within the time, and asks anew if not")
    func shared() {
        ready().play(
            """
            submit a   |
            dispatch   | send a on 0, sync 0
            wait 5     |
            share 6 a  |
            waiting    | 0
            share 5 a  |
            waiting    | 1
            dispatch   | send a on 0, sync 0
            done 0     | keep a, answer 1, answer 2
            done 0     | keep a, answer 3
            unanswered | 0
            """)
    }

    @Test("No lookup shares a query that has its answer, though its key can still be read")
    func answered() {
        ready(holdsSyncs: true).play(
            """
            submit a     |
            dispatch     | send a on 0, sync 0
            done 0       | keep a, answer 1
            share 1000 a |
            waiting      | 1
            dispatch     | send a on 0, sync 0
            synced 0     |
            done 0       | keep a, answer 2
            """)
    }

    @Test("A shared query that is put back takes all of its lookups with it")
    func lost() {
        ready().play(
            """
            submit a     |
            dispatch     | send a on 0, sync 0
            share 1000 a |
            lost 0       |
            waiting      | 2
            dispatch     | connect 0 to 0
            connected 0  | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0
            done 0 0     |
            dispatch     | send a on 0, sync 0
            done 0       | keep a, answer 1, answer 2
            waiting      | 0
            """)
    }

    @Test("A shared query in flight is found again after the index was made anew")
    func indexed() {
        let pool = Transcript(depth: 10_000, waiting: 10_000, kept: [0]).becomeReady()
        pool.play("submit a |\ndispatch | send a on 0, sync 0")
        for key in 0..<2_000 { _ = pool.perform("submit k\(key)") }
        pool.play("share 1000 a |\njoined | 1\ndone 0 | keep a, answer 1, answer 2002")
    }

    @Test("Lookups that wait can be taken out and answered by what is kept")
    func taken() {
        let pool = Transcript(tables: 2, kept: [0, 1]).becomeReady()
        pool.play("lost 0 |\ndispatch | connect 0 to 0\nsubmit a b a a@1 |\nwaiting | 4")
        let keys = pool.pool.waitingQueries(of: 0).map { query in
            pool.pool.withKey(of: query) { [UInt8](copying: $0) }
        }
        #expect(keys == [Array("a".utf8), Array("b".utf8)])
        let taken = pool.pool.takeLookups(of: pool.pool.waitingQueries(of: 0)[0])
        #expect(taken.map(\.sequence) == [1, 3])
        pool.play(
            """
            waiting     | 2
            connected 0 | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0
            done 0 0    |
            dispatch    | send b on 0, send a@1 on 0, sync 0
            done 0      | keep b, answer 2
            done 0      | keep a@1, answer 4
            """)
    }
}

@Suite("A primary is asked again where a standby has nothing")
struct ConfirmingTests {
    /// Host 0 is a standby and preferred, host 1 can be asked, too; table 1 is table 0 on the primary.
    private func standbyInUse(kept: Set<Int> = []) -> Transcript {
        let pool = Transcript(hosts: [0, 1], tables: 2, kept: kept, confirmed: [0])
        pool.play(
            """
            dispatch    | connect 0 to 0
            standby 0 1 | prepare 0 on 0, sync 0
            done 0      |
            """)
        return pool
    }

    @Test("The lookups wait for the primary, which is connected to, and have its answer")
    func confirmed() {
        standbyInUse().play(
            """
            submit a a b |
            dispatch     | send a on 0, send b on 0, sync 0
            nothing 0 0  |
            done 0       | answer 3
            unanswered   | 2
            dispatch     | connect 3 to 1
            connected 3  |
            dispatch     | prepare 1 on 3, sync 3
            done 3       |
            dispatch     | send a@1 on 3, sync 3
            done 3       | answer 1, answer 2
            """)
    }

    @Test("The primary's answers are kept of those lookups whose answers were to be")
    func confirmedAnswers() {
        standbyInUse(kept: [0, 1]).play(
            """
            submit a     |
            unkept b     |
            dispatch     | send a on 0, send b on 0, sync 0
            nothing 0 0  |
            nothing 0 0  |
            dispatch     | connect 3 to 1
            connected 3  |
            dispatch     | prepare 1 on 3, sync 3
            done 3       |
            dispatch     | send a@1 on 3, send b@1 on 3, sync 3
            done 3       | keep a@1, answer 1
            done 3       | answer 2
            """)
    }

    @Test("If the primary can't be asked, they fail, and what the standby has is answered")
    func unreachable() {
        standbyInUse().play(
            """
            submit a    |
            dispatch    | send a on 0, sync 0
            nothing 0 0 |
            dispatch    | connect 3 to 1
            refused 3   | host 1 failed
            dispatch    | fail 1 tableUnusable(table: 1)
            submit b    |
            dispatch    | send b on 0, sync 0
            done 0      | answer 2
            """)
    }

    @Test("If every host is known to be a standby, a standby's word is the answer")
    func allStandbys() {
        standbyInUse().play(
            """
            submit a    |
            dispatch    | send a on 0, sync 0
            nothing 0 0 |
            dispatch    | connect 3 to 1
            standby 3 1 |
            dispatch    | fail 1 tableUnusable(table: 1)
            submit b    |
            dispatch    | send b on 0, sync 0
            nothing 0 0 | answer 2
            """)
    }

    @Test("A host that was a standby may have been promoted when there is no connection to it any more")
    func maybePromoted() {
        let pool = standbyInUse()
        pool.play(
            """
            submit a    |
            dispatch    | send a on 0, sync 0
            nothing 0 0 |
            dispatch    | connect 3 to 1
            standby 3 1 |
            dispatch    | fail 1 tableUnusable(table: 1)
            """)
        #expect(pool.pool.hasOnlyStandbys == true)
        pool.play("wait 10000 |\ndispatch | close 3")
        #expect(pool.pool.hasOnlyStandbys == false)
        pool.play(
            """
            submit b    |
            dispatch    | send b on 0, sync 0
            nothing 0 0 |
            dispatch    | connect 3 to 1
            """)
    }

    @Test("A lookup that is withdrawn is not asked again")
    func withdrawn() {
        standbyInUse().play(
            """
            submit a    |
            dispatch    | send a on 0, sync 0
            cancel 1    |
            nothing 0 0 |
            dispatch    |
            unanswered  | 0
            """)
    }

    @Test("Of an array statement, the primary is asked for the places that the standby has nothing for")
    func array() {
        let pool = Transcript(smallestArray: 2, hosts: [0, 1], tables: 2, confirmed: [0])
        pool.play(
            """
            dispatch    | connect 0 to 0
            standby 0 1 | prepare 0 on 0, sync 0
            done 0      |
            submit x y  |
            dispatch    | send x on 0, send y on 0, sync 0, survey 0 on 0, sync 0
            done 0 0 0  | answer 1, answer 2
            submit x y  |
            dispatch    | send x on 0, send y on 0, sync 0, prepare array of 0 on 0, sync 0
            done 0 0 0  | answer 3, answer 4
            dispatch    |
            submit a b c  |
            dispatch      | send a+b+c on 0, sync 0
            nothing 0 0 2 | answer 6
            unanswered    | 2
            """)
    }
}
