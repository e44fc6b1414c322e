// How one connection's server gets on.

import LookupValues
import Testing

@testable import LookupPool

@Suite("Progress")
struct ProgressTests {
    private var progress = Progress(deepest: 256)
    private var now = Instant(nanoseconds: 0)

    /// Has the server be at so many statements for so long, in milliseconds, from one dispatch to another.
    private mutating func play(_ statements: Int, taking milliseconds: Int64) {
        progress.noteAsked()
        note()
        for _ in 0..<statements { progress.noteAnswer(load: 1) }
        progress.addToSample(table: 0, isArray: false, keys: statements)
        progress.noteEndOfBatch()
        now = now.advanced(byNanoseconds: milliseconds * 1_000_000)
        note()
    }

    private mutating func note() {
        _ = progress.note(now: now, fair: 50_000_000, deepest: 256)
    }

    @Test("A server that is quick with many gets more, up to the most; what a few take says nothing")
    mutating func deeper() {
        #expect(progress.depth == 16)
        play(7, taking: 1)
        #expect(progress.depth == 16)
        for depth in [32, 64, 128, 256, 256] {
            play(128, taking: 1)
            #expect(progress.depth == depth)
        }
    }

    @Test("One that takes more than twice as long as it should gets half, down to one")
    mutating func shallower() {
        play(16, taking: 80)
        #expect(progress.depth == 16)
        for depth in [8, 4, 2, 1, 1] {
            play(16, taking: 200)
            #expect(progress.depth == depth)
        }
    }

    @Test("Of the times that statements take, a shorter one counts at once, a longer one bit by bit")
    mutating func shortestCounts() {
        play(10, taking: 1)
        #expect(progress.worthwhile(most: 32) == 20)
        play(10, taking: 4)
        #expect(progress.worthwhile(most: 32) == 14)
        play(40, taking: 1)
        #expect(progress.worthwhile(most: 32) == 32)
        // A check says nothing of queries.
        progress.noteAsked()
        note()
        progress.noteAnswer(load: 1)
        progress.noteEndOfBatch()
        note()
        #expect(progress.worthwhile(most: 1_000) < 1_000)
        // A server that is slow indeed is not given more for long.
        for _ in 0..<3 { play(1, taking: 20) }
        #expect(progress.worthwhile(most: 32) < 2)
    }

    @Test("A connection that is given up leaves its next one a quarter of its depth, and nothing else")
    mutating func givenUp() {
        progress.noteGivenUp()
        progress.noteStall(now: now)
        let next = Progress(depth: progress.depth, deepest: 256)
        #expect(next.depth == 4 && next.stalledAt == nil)
    }

    @Test("Any answer ends a stall, and is dated by the next dispatch")
    mutating func stall() {
        progress.noteAsked()
        note()
        progress.noteStall(now: now)
        now = now.advanced(byNanoseconds: 5)
        progress.noteAnswer(load: 1)
        #expect(progress.stalledAt == nil && progress.hasAnswered)
        note()
        #expect(progress.answeredAt == now && progress.progressAt == now && !progress.hasProgressed)
    }

    @Test("The slower each statement, the fewer are worth waking a server")
    mutating func worthwhile() {
        #expect(progress.worthwhile(most: 32) == 32)
        play(10, taking: 10)
        #expect(progress.worthwhile(most: 32) == 2)
        play(10, taking: 100)
        #expect(progress.worthwhile(most: 32) == 1)
    }
}
