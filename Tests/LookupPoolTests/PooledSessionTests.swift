// What is noted of one connection's session, and of whether the connection is still what a new one would be.

import LookupValues
import Testing

@testable import LookupPool

@Suite("A pooled connection's session")
struct PooledSessionTests {
    @Test("Traces of a table need a reset before another table's statement, and before none of its own")
    func traces() {
        var session = Session()
        #expect(!session.needsReset(for: 0) && !session.needsReset(for: nil))
        session.noteTraces(of: 1)
        #expect(session.needsReset(for: 0) && session.needsReset(for: nil) && !session.needsReset(for: 1))
        session.noteReset()
        #expect(!session.needsReset(for: 0) && session.traces == nil)
    }

    @Test("One that is outdated needs a reset before any statement")
    func outdated() {
        var session = Session()
        session.noteOutdated()
        #expect(session.needsReset(for: 0) && session.needsReset(for: nil))
    }

    @Test("A connection is sound as long as a look has said so, and always if there are no looks")
    func soundness() {
        let start = Instant(nanoseconds: 1_000)
        var validity = Validity()
        validity.begin(dependencies: (number: 1, foundAt: start), now: start)
        #expect(validity.isSound(now: start.advanced(byNanoseconds: 10), freshness: 10))
        #expect(!validity.isSound(now: start.advanced(byNanoseconds: 11), freshness: 10))
        validity.noteSound(at: start.advanced(byNanoseconds: 5))
        #expect(validity.isSound(now: start.advanced(byNanoseconds: 15), freshness: 10))
        // An older look takes nothing back.
        validity.noteSound(at: start)
        #expect(validity.isSound(now: start.advanced(byNanoseconds: 15), freshness: 10))
        validity.begin(dependencies: nil, now: start)
        #expect(validity.isSound(now: start.advanced(byNanoseconds: 1_000_000), freshness: 10))
    }

    @Test("A connection is over when its time is, or at once if something has changed")
    func end() {
        let start = Instant(nanoseconds: 1_000)
        var validity = Validity()
        #expect(!validity.isOver(now: start))
        validity.expiresAt = start
        #expect(validity.isOver(now: start) && !validity.isOver(now: start.advanced(byNanoseconds: -1)))
        validity = Validity()
        validity.outdatedAt = start
        #expect(validity.isOver(now: start.advanced(byNanoseconds: -1)))
    }
}
