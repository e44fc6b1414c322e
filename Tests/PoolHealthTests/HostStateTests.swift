// What a pool knows of one host.

import LookupValues
import PoolHealth
import Testing

@Suite("State of a host")
struct HostStateTests {
    @Test("A host that hangs is avoided for longer each time, until it has been of use for as long")
    func avoidance() {
        var host = HostState(preference: 0)
        var now = Instant(nanoseconds: 0)
        func hang(after milliseconds: Int64) -> Int64 {
            now = now.advanced(byNanoseconds: milliseconds * 1_000_000)
            let isNew = (0..<2).map { _ in host.noteHang(isCertain: true, now: now, longest: 3_000_000_000) }
            #expect(isNew == [true, false])
            let avoidance = host.avoidedUntil.nanoseconds - now.nanoseconds
            now = host.avoidedUntil
            return avoidance / 1_000_000
        }
        #expect(hang(after: 0) == 1_000)
        #expect(hang(after: 999) == 2_000)
        #expect(hang(after: 1_999) == 3_000)
        #expect(hang(after: 0) == 3_000)
        #expect(hang(after: 3_000) == 1_000)
    }
}
