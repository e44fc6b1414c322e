// When a table counts as slow.

import LookupValues
import PoolHealth
import Testing

@Suite("Slowness of a table")
struct TableSlownessTests {
    @Test(
        "A table that has been slow by itself is not tried for a while, which doubles, and is forgotten after a minute"
    )
    func pauses() {
        var table = TableSlowness()
        var now = Instant(nanoseconds: 0)
        func pause(isAlone: Bool) -> Int64 {
            table.noteSlowness(isAlone: isAlone, now: now)
            let pause = table.unprovenFrom.nanoseconds - now.nanoseconds
            now = now.advanced(byNanoseconds: 20_000_000_000)
            return pause / 1_000_000
        }
        #expect(!table.isUnproven(at: now))
        let pauses = (0..<8).map { _ in pause(isAlone: true) }
        #expect(pauses == [250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 16_000])
        #expect(pause(isAlone: false) < 0 && table.isUnproven(at: now))
        now = now.advanced(byNanoseconds: 60_000_000_000)
        #expect(pause(isAlone: true) == 250)
    }

    @Test("It is trusted again after 32 quick queries, and after twice as many with each relapse")
    func probation() {
        var table = TableSlowness()
        let now = Instant(nanoseconds: 0)
        for quick in [32, 64, 128, 256, 256] {
            table.noteSlowness(isAlone: false, now: now)
            for _ in 1..<quick { table.noteQuickness() }
            #expect(table.isSlow)
            table.noteQuickness()
            #expect(!table.isSlow)
        }
    }

    @Test("Proven to be slow, its queries go out one by one; else as many as were quick, and one more")
    func together() {
        var table = TableSlowness()
        var now = Instant(nanoseconds: 0)
        table.noteSlowness(isAlone: false, now: now)
        for count in 1...3 {
            #expect(table.slowBatch == count)
            table.noteQuickness()
        }
        now = now.advanced(byNanoseconds: 1)
        table.noteSlowness(isAlone: true, now: now)
        table.noteQuickness()
        #expect(table.slowBatch == 1)
    }
}
