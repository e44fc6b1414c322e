// Transcripts of queries that go out as one statement.

import Testing

@Suite("Array statements")
struct ArrayTests {
    /// A pool whose only connection has its array statement.
    private func ready(tables: Int = 1, depth: Int = 256, holdsSyncs: Bool = false) -> Transcript {
        let pool = Transcript(depth: depth, smallestArray: 2, tables: tables, holdsSyncs: holdsSyncs)
            .becomeReady()
        for table in 0..<tables {
            pool.play(
                """
                submit x@\(table) y@\(table) | 
                dispatch | send \(name("x", table)) on 0, send \(name("y", table)) on 0, sync 0,
                         | survey \(table) on 0, sync 0
                done 0 | answer \(1 + 4 * table)
                done 0 | answer \(2 + 4 * table)
                done 0 |
                submit x@\(table) y@\(table) |
                dispatch | send \(name("x", table)) on 0, send \(name("y", table)) on 0, sync 0,
                         | prepare array of \(table) on 0, sync 0
                done 0 | answer \(3 + 4 * table)
                done 0 | answer \(4 + 4 * table)
                done 0 |
                dispatch |
                """)
        }
        return pool
    }

    private func name(_ key: String, _ table: Int) -> String { table > 0 ? "\(key)@\(table)" : key }

    @Test("Queries that wait together are one statement, each answered by itself; one alone is sent as ever")
    func together() {
        ready().play(
            """
            submit a b a c | 
            dispatch | send a+b+c on 0, sync 0
            next 0   | 3 of table 0
            done 0   | answer 5, answer 7, answer 6, answer 8
            submit d |
            dispatch | send d on 0, sync 0
            done 0   | answer 9
            """)
    }

    @Test("A table of which that is not worth it has its queries sent one by one, and another one's together")
    func notWorthIt() {
        let pool = Transcript(smallestArray: 2, tables: 2)
        pool.play(
            """
            dispatch     | connect 0 to 0
            singly 0 1   | prepare 0 on 0, sync 0, prepare 1 on 0, sync 0
            done 0 0     |
            submit a b p@1 q@1 |
            dispatch     | send a on 0, send p@1 on 0, send b on 0, send q@1 on 0, sync 0,
                         | survey 0 on 0, sync 0
            done 0 0 0 0 0 | answer 1, answer 3, answer 2, answer 4
            submit a b p@1 q@1 |
            dispatch     | send a on 0, send p@1 on 0, send b on 0, send q@1 on 0, sync 0,
                         | prepare array of 0 on 0, sync 0
            done 0 0 0 0 0 | answer 5, answer 7, answer 6, answer 8
            submit a b p@1 q@1 |
            dispatch     | send a+b on 0, send p@1 on 0, send q@1 on 0, sync 0
            """)
    }

    @Test("Where even one alone is to go so, that does not count")
    func always() {
        let pool = Transcript(smallestArray: 1)
        pool.play(
            """
            dispatch     | connect 0 to 0
            singly 0 0   | prepare 0 on 0, sync 0
            done 0       |
            submit a     |
            dispatch     | send a on 0, sync 0, survey 0 on 0, sync 0
            """)
    }

    @Test("A statement that fails has its queries asked one by one, and the table's next ones too")
    func failure() {
        let pool = ready()
        pool.play(
            """
            submit a b    | 
            dispatch      | send a+b on 0, sync 0
            error 0 parameters |
            dispatch      | send a on 0, send b on 0, sync 0, survey 0 on 0, sync 0
            error 0 parameters |
            aborted 0     |
            done 0        |
            dispatch      | send a literal on 0, sync 0, send b on 0, sync 0, prepare array of 0 on 0, sync 0
            error 0 parameters | fail 5 queryFailed
            done 0        | answer 6
            done 0        |
            """)
        // Another 60 of the 64 go out alone, first those of a table that has just failed.
        for lookup in 0..<30 {
            pool.play("submit a b |")
            #expect(
                pool.perform("dispatch").filter { $0.hasPrefix("send") } == ["send a on 0", "send b on 0"])
            pool.play("done 0 | answer \(7 + 2 * lookup)\ndone 0 | answer \(8 + 2 * lookup)")
        }
        pool.play("submit a b |\ndispatch | send a+b on 0, sync 0")
    }

    @Test(
        "An array statement is not that of the table's new statement: it is found out anew what it must be like"
    )
    func preparedAnew() {
        ready().play(
            """
            submit a   |
            dispatch   | send a on 0, sync 0
            error 0 parameters |
            dispatch   | send a literal on 0, sync 0
            done 0     | answer 5
            dispatch   | prepare 0 on 0, sync 0
            done 0     |
            submit b c |
            dispatch   | send b on 0, sync 0, send c on 0, sync 0, survey 0 on 0, sync 0
            """)
    }

    @Test("What another statement's failure has the server skip is sent again, together")
    func aborted() {
        ready(tables: 2).play(
            """
            submit a b p@1 q@1 | 
            dispatch           | send a+b on 0, send p@1+q@1 on 0, sync 0
            error 0 parameters      |
            aborted 0          |
            dispatch           | send p@1+q@1 on 0, send a on 0, send b on 0, sync 0, survey 0 on 0, sync 0
            done 0             | answer 11, answer 12
            """)
    }

    @Test("A lost connection's queries go elsewhere, and it counts against each")
    func lost() {
        ready().play(
            """
            submit a b c | 
            dispatch     | send a+b+c on 0, sync 0
            cancel 6     |
            lost 0       |
            waiting      | 2
            dispatch     | connect 0 to 0
            connected 0  | prepare 0 on 0, sync 0
            done 0       |
            dispatch     | send a on 0, sync 0, send c on 0, sync 0, survey 0 on 0, sync 0
            """)
    }

    @Test("Where there is too little room, each table has its share of it")
    func shares() {
        ready(tables: 2, depth: 8).play(
            """
            submit a b c d e f g h i j k l p@1 q@1 r@1 s@1 | 
            dispatch | send a+b+c+d on 0, send e on 0, send p@1 on 0, send f on 0, send q@1 on 0, sync 0
            """)
    }

    @Test("A table with one lookup is served beside one that has more than there is room for")
    func few() {
        ready(tables: 2, depth: 8).play(
            """
            submit a b c d e f g h i j k l p@1 | 
            dispatch | send a+b+c+d+e on 0, send f on 0, send p@1 on 0, send g on 0, sync 0
            """)
    }

    @Test("A table that can't have such a statement goes without, until its own is prepared anew")
    func impossible() {
        let pool = Transcript(smallestArray: 2).becomeReady()
        pool.play(
            """
            submit a b   | 
            dispatch     | send a on 0, send b on 0, sync 0, survey 0 on 0, sync 0
            done 0 0     | answer 1, answer 2
            impossible 0 |
            submit a b   |
            dispatch     | send a on 0, send b on 0, sync 0
            done 0 0     | answer 3, answer 4
            """)
    }

    @Test("Through a pooler there are none")
    func pooler() {
        Transcript(smallestArray: 1).play(
            """
            dispatch   | connect 0 to 0
            pooled 0   | prepare 0 on 0, sync 0
            done 0     |
            submit a b |
            dispatch   | send a on 0, send b on 0, sync 0
            done 0 0   | answer 1, answer 2
            submit a b |
            dispatch   | send a on 0, send b on 0, sync 0
            """)
    }
}
