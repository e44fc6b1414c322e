// Tests of the points in time that the pure cores are given.

import LookupValues
import Testing

@Suite("Instants")
struct InstantTests {
    @Test("An instant advances by nanoseconds, either way")
    func advance() {
        let instant = Instant(nanoseconds: 5)
        #expect(instant.advanced(byNanoseconds: 7) == Instant(nanoseconds: 12))
        #expect(instant.advanced(byNanoseconds: -7) == Instant(nanoseconds: -2))
        #expect(instant < instant.advanced(byNanoseconds: 1))
        #expect(!(instant < instant))
    }

    @Test("An instant beyond what can be counted is the end of time")
    func overflow() {
        let late = Instant(nanoseconds: .max - 1)
        #expect(late.advanced(byNanoseconds: 1) == Instant(nanoseconds: .max))
        #expect(late.advanced(byNanoseconds: 2) == Instant(nanoseconds: .max))
        #expect(late.advanced(byNanoseconds: .max) == Instant(nanoseconds: .max))
    }
}
