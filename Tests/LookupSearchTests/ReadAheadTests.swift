// Which requests are answered by what was asked for ahead of them, and which drop it.

import LookupValues
import Testing

@testable import LookupSearch

@Suite("Reading ahead")
struct ReadAheadTests {
    private var scene = ReadAheadScene()

    @Test("A search's next keys are answered by what was asked for with its first one, each once")
    mutating func search() {
        let first = scene.begin("u+x@d", "u@d", "@d")
        scene.settle(.notFound, at: 1, of: first)
        scene.settle(.text("v"), at: 2, of: first)
        #expect(scene.ask("u@d") == .answered(.notFound))
        #expect(scene.ask("@d") == .answered(.text("v")))
        #expect(scene.readAhead.isEmpty && scene.account.bytes == 0)
        #expect(scene.ask("@d") == .unknown(isBeginning: true), "it was used already")
        #expect(scene.counts() == [2, 2, 0])
        #expect(scene.takeWithdrawn() == [])
    }

    @Test("Several tables go through the keys of one question in turn")
    mutating func interleaved() {
        let a = scene.begin("u+x@d", "u@d", "@d")
        let b = scene.begin("u+x@d", "u@d", "@d", in: .b)
        for request in [a, b] {
            for place in 1...2 { scene.settle(.notFound, at: place, of: request) }
        }
        #expect(scene.ask("u@d", in: .a) == .answered(.notFound))
        #expect(scene.ask("u@d", in: .b) == .answered(.notFound))
        #expect(scene.ask("@d", in: .a) == .answered(.notFound))
        #expect(scene.ask("@d", in: .b) == .answered(.notFound))
        #expect(scene.readAhead.isEmpty && scene.account.bytes == 0)
        #expect(scene.counts(.a) == [2, 2, 0] && scene.counts(.b) == [2, 2, 0])
    }

    @Test("A table without a search that is asked for the same first key drops nothing")
    mutating func otherTable() {
        let first = scene.begin("u+x@d", "u@d")
        scene.settle(.notFound, at: 1, of: first)
        #expect(scene.ask("u+x@d", in: .b) == .unknown(isBeginning: true))
        #expect(scene.ask("u@d") == .answered(.notFound))
    }

    @Test(
        "Any other request drops all: another key, a key out of turn, a step of another table, the same question again",
        arguments: [("v@d", AskedTable.a), ("@d", .a), ("u@d", .b), ("u+x@d", .a), ("u@d", .aFolded)])
    mutating func other(key: String, table: AskedTable) {
        let first = scene.begin("u+x@d", "u@d", "@d")
        scene.settle(.notFound, at: 1, of: first)
        #expect(scene.ask(key, in: table) == .unknown(isBeginning: true))
        #expect(scene.readAhead.isEmpty && scene.account.bytes == 0)
        #expect(scene.takeWithdrawn() == [2], "the other lookup has its outcome already")
        #expect(scene.counts() == [2, 0, 2])
        #expect(scene.ask("u@d") == .unknown(isBeginning: true))
    }

    @Test("A request that is no lookup drops all")
    mutating func noLookup() {
        scene.begin("u+x@d", "u@d", "@d")
        scene.readAhead.noteOtherRequest(now: scene.now, &scene.account)
        #expect(scene.takeWithdrawn() == [1, 2] && scene.readAhead.isEmpty)
    }

    @Test("The same key folded in another way is another table's")
    mutating func folding() {
        let plain = scene.begin("U@d", "@d")
        let folded = scene.begin("U@d", "@d", in: .aFolded)
        scene.settle(.text("plain"), at: 1, of: plain)
        scene.settle(.text("folded"), at: 1, of: folded)
        #expect(scene.ask("@d", in: .aFolded) == .answered(.text("folded")))
        #expect(scene.ask("@d", in: .a) == .answered(.text("plain")))
    }

    @Test("What is found ends the search: nothing more is kept for it, and the other table's stays")
    mutating func hit() {
        let a = scene.begin("u+x@d", "u@d", "d", ".d")
        let b = scene.begin("u+x@d", "u@d", in: .b)
        scene.settle(.text("v"), at: 1, of: a)
        #expect(scene.ask("u@d") == .answered(.text("v")))
        #expect(scene.takeWithdrawn() == [2, 3])
        scene.readAhead.noteAnswer(to: b, .notFound, now: scene.now, &scene.account)
        #expect(scene.takeWithdrawn() == [])
        scene.readAhead.noteAnswer(to: b, .text("v"), now: scene.now, &scene.account)
        #expect(scene.takeWithdrawn() == [4])
        #expect(scene.readAhead.isEmpty && scene.account.bytes == 0)
        #expect(scene.counts(.a) == [3, 1, 2] && scene.counts(.b) == [1, 0, 1])
    }

    @Test("An answer is used until the bound is over, counted from when it was asked for, and not later")
    mutating func bound() {
        let first = scene.begin("u+x@d", "u@d", "@d")
        scene.wait(milliseconds: 49)
        scene.settle(.notFound, at: 1, of: first)
        scene.settle(.notFound, at: 2, of: first)
        scene.wait(milliseconds: 1)
        #expect(scene.ask("u@d") == .answered(.notFound))
        scene.wait(milliseconds: 1)
        #expect(scene.ask("@d") == .unknown(isBeginning: false), "it is a step all the same")
        #expect(scene.counts() == [2, 1, 1])
        #expect(scene.readAhead.isEmpty && scene.account.bytes == 0)
    }

    @Test(
        "A lookup that is still under way when the bound is over is withdrawn, and what it brings is not kept"
    )
    mutating func late() {
        let first = scene.begin("u+x@d", "u@d", "@d")
        scene.wait(milliseconds: 51)
        #expect(scene.ask("u@d") == .unknown(isBeginning: false))
        #expect(scene.takeWithdrawn() == [1])
        #expect(scene.settle(.text("v"), at: 2, of: first) == .taken)
        #expect(scene.ask("@d") == .unknown(isBeginning: false))
        #expect(scene.counts() == [2, 0, 2])
    }

    @Test("All is dropped when nothing can be used any more")
    mutating func expiry() {
        scene.begin("u+x@d", "u@d")
        scene.wait(milliseconds: 1)
        scene.begin("u+x@d", "u@d", in: .b)
        scene.wait(milliseconds: 50)
        scene.readAhead.expire(now: scene.now, &scene.account)
        #expect(!scene.readAhead.isEmpty)
        scene.wait(milliseconds: 1)
        scene.readAhead.expire(now: scene.now, &scene.account)
        #expect(scene.readAhead.isEmpty && scene.account.bytes == 0)
        #expect(scene.takeWithdrawn() == [1, 2])
    }

    @Test("A failure is not kept: the key is asked for anew")
    mutating func failure() {
        let first = scene.begin("u+x@d", "u@d", "@d")
        scene.settle(.temporaryFailure("down"), at: 1, of: first)
        scene.settle(.notFound, at: 2, of: first)
        #expect(scene.ask("u@d") == .unknown(isBeginning: false))
        #expect(scene.ask("@d") == .answered(.notFound), "the rest of the search is of use")
        #expect(scene.counts() == [2, 1, 1])
    }

    @Test("A key that was not asked for is a step all the same")
    mutating func leftOut() {
        #expect(scene.ask("u+x@d") == .unknown(isBeginning: true))
        let keys = ["u+x@d", "u@d", "@d"].map { Array($0.utf8) }
        let places = scene.readAhead.begin(keys, in: .a, by: 1, now: scene.now, &scene.account)
        #expect(places == 1..<3)
        scene.readAhead.noteBegun(LookupToken(pool: 0, lookup: 9), at: 2, by: 1, &scene.account)
        #expect(scene.ask("u@d") == .unknown(isBeginning: false))
        scene.settle(.notFound, at: 2, of: 1)
        #expect(scene.ask("@d") == .answered(.notFound))
        #expect(scene.counts() == [1, 1, 0])
    }

    @Test("Of an outcome for what was dropped nothing becomes")
    mutating func stray() {
        let first = scene.begin("u+x@d", "u@d")
        _ = scene.ask("v@d")
        #expect(scene.settle(.text("v"), at: 1, of: first) == .taken)
        #expect(scene.readAhead.isEmpty && scene.account.bytes == 0)
        #expect(scene.counts() == [1, 0, 1])
    }

    @Test("A client that goes gives back its lookups")
    mutating func end() {
        scene.begin("u+x@d", "u@d", "@d")
        scene.readAhead.end(now: scene.now, &scene.account)
        #expect(scene.takeWithdrawn() == [1, 2])
        #expect(scene.readAhead.isEmpty && scene.account.bytes == 0)
    }
}
