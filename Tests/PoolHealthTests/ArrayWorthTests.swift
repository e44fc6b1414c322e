// When an array statement is given up for what it takes, and when it is tried again.

import LookupValues
import Testing

@testable import PoolHealth

@Suite("Worth of an array statement")
struct ArrayWorthTests {
    private var worth = ArrayWorth()
    private var now = Instant(nanoseconds: 0)

    /// Notes statements in which each key takes so many microseconds.
    private mutating func note(isArray: Bool, _ microseconds: Int64, times: Int) {
        for _ in 0..<times {
            worth.note(isArray: isArray, keys: 20, taken: 20 * 1_000 * microseconds, now: now)
        }
    }

    private mutating func wait(seconds: Int64) { now = now.advanced(byNanoseconds: seconds * 1_000_000_000) }

    @Test("One that takes much longer a key is given up, and tried again after a minute, then after two")
    mutating func loses() {
        note(isArray: false, 40, times: 5)
        note(isArray: true, 9_000, times: 4)
        #expect(worth.allowsArrays(at: now), "a few say nothing")
        note(isArray: true, 9_000, times: 1)
        #expect(!worth.allowsArrays(at: now))
        for pause in [60, 120, 240] as [Int64] {
            wait(seconds: pause - 1)
            #expect(!worth.allowsArrays(at: now))
            wait(seconds: 1)
            #expect(worth.allowsArrays(at: now))
            note(isArray: true, 9_000, times: 5)
            #expect(!worth.allowsArrays(at: now))
        }
    }

    @Test("One that is quicker, or little slower, stays, whatever a pause of the server takes now and then")
    mutating func wins() {
        note(isArray: false, 30, times: 15)
        for _ in 0..<100 {
            note(isArray: true, 10, times: 2)
            note(isArray: true, 150, times: 2)
            note(isArray: true, 5_000, times: 1)
        }
        #expect(worth.allowsArrays(at: now))
    }

    @Test("Where both take longer, as the server has much to do, it stays")
    mutating func load() {
        note(isArray: false, 30, times: 15)
        note(isArray: false, 900, times: 8)
        note(isArray: true, 1_200, times: 100)
        #expect(worth.allowsArrays(at: now))
    }

    @Test("Without any single one to compare with it stays")
    mutating func nothingToCompare() {
        note(isArray: true, 9_000, times: 100)
        #expect(worth.allowsArrays(at: now))
    }

    @Test("One that a server does not come to the end of, again and again, is given up")
    mutating func stall() {
        note(isArray: false, 40, times: 5)
        worth.noteStall(keys: 2_000, taken: 100_000_000, now: now)
        #expect(worth.allowsArrays(at: now), "so many take as long")
        for _ in 0..<2 { worth.noteStall(keys: 200, taken: 100_000_000, now: now) }
        note(isArray: true, 10, times: 1)
        for _ in 0..<2 { worth.noteStall(keys: 200, taken: 100_000_000, now: now) }
        #expect(worth.allowsArrays(at: now), "it has come to its end between")
        worth.noteStall(keys: 200, taken: 100_000_000, now: now)
        #expect(!worth.allowsArrays(at: now))
    }

    @Test("One turn in 64 is for single ones")
    mutating func turns() {
        let turns = (0..<256).count(where: { _ in worth.takesSingleTurn() })
        #expect(turns == 4)
    }

    @Test("Only what a server did for one table, in one form, is a sample")
    func samples() {
        var sample = BatchSample()
        #expect(sample.pure == nil)
        sample.add(table: 1, isArray: false, keys: 1)
        sample.add(table: 1, isArray: false, keys: 1)
        #expect(sample.pure! == (table: 1, isArray: false, keys: 2))
        sample.add(table: 1, isArray: true, keys: 9)
        #expect(sample.pure == nil)
        var other = BatchSample()
        other.add(table: 1, isArray: true, keys: 9)
        #expect(other.pure! == (table: 1, isArray: true, keys: 9))
        other.add(table: nil, isArray: false, keys: 0)
        #expect(other.pure == nil)
    }
}
