// When a connection may be renewed again.

import LookupValues
import PoolHealth
import Testing

@Suite("Pace of renewals")
struct RenewalPaceTests {
    private var pace = RenewalPace()
    private var now = Instant(nanoseconds: 0)

    private mutating func renew() -> Int64 {
        pace.pause(now: now)
        let pause = pace.dueAt.nanoseconds - now.nanoseconds
        now = pace.dueAt
        return pause / 1_000_000
    }

    @Test("Ten follow each other after a tenth of a second; then each waits twice as long, 12.8 s at most")
    mutating func doubling() {
        let pauses =
            (0...10).map { _ in 100 as Int64 } + [200, 400, 800, 1_600, 3_200, 6_400, 12_800, 12_800]
        for pause in pauses {
            let taken = renew()
            #expect(taken == pause)
        }
        now = now.advanced(byNanoseconds: 2_000_000_000)
        let taken = renew()
        #expect(taken == 100)
    }

    @Test("Room is made once, at once; if that does not help, the next attempt waits")
    mutating func room() {
        var stays = pace.noteFailure(mayMakeRoom: true, pause: 5, now: now)
        #expect(!stays && pace.needsRoom && pace.dueAt == now)
        pace.noteRoomMade()
        stays = pace.noteFailure(mayMakeRoom: true, pause: 5, now: now)
        #expect(stays && !pace.needsRoom && pace.dueAt == now.advanced(byNanoseconds: 5))
        pace.noteSuccess()
        stays = pace.noteFailure(mayMakeRoom: true, pause: 5, now: now)
        #expect(!stays)
    }
}
