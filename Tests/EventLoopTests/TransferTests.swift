// Moving bytes over connected sockets: in parts, not at all, and to the end.

import EventLoop
import Glibc
import LookupValues
import Testing

@Test("More than a socket holds is sent in parts")
func moreThanASocketHoldsIsSentInParts() throws {
    let pair = try Pair()
    let bytes = (0..<1 << 20).map { UInt8(truncatingIfNeeded: $0 &+ $0 >> 8) }
    var sent = 0
    var received: [UInt8] = []
    var refusals = 0
    while sent < bytes.count {
        switch send(bytes.span.extracting(sent...), to: pair.raw) {
        case .bytes(let count):
            #expect(count > 0)
            sent += count
        case .wouldBlock:
            refusals += 1
            received += receive(from: pair.otherRaw).bytes
        case .closed:
            Issue.record("closed after \(sent) bytes")
            return
        }
    }
    while case let (bytes, .bytes) = receive(from: pair.otherRaw) { received += bytes }
    #expect(refusals > 0)
    #expect(received == bytes)
}

@Test("An empty socket would block")
func anEmptySocketWouldBlock() throws {
    let pair = try Pair()
    #expect(receive(from: pair.raw).transfer == .wouldBlock)
}

@Test("No more is received than the buffer holds")
func noMoreIsReceivedThanTheBufferHolds() throws {
    let pair = try Pair()
    #expect(send("abcdef", to: pair.otherRaw) == .bytes(6))
    #expect(receive(from: pair.raw, limit: 4).transfer == .bytes(4))
    #expect(receive(from: pair.raw, limit: 4).bytes == Array("ef".utf8))
    #expect(receive(from: pair.raw, limit: 4).transfer == .wouldBlock)
}

@Test("A closed peer is noticed after its last bytes")
func aClosedPeerIsNoticedAfterItsLastBytes() throws {
    let pair = try Pair()
    #expect(send("last", to: pair.otherRaw) == .bytes(4))
    pair.closeOther()
    #expect(receive(from: pair.raw).bytes == Array("last".utf8))
    #expect(receive(from: pair.raw).transfer == .closed)
}

@Test("Sending to a closed peer raises no signal")
func sendingToAClosedPeerRaisesNoSignal() throws {
    let pair = try Pair()
    pair.closeOther()
    #expect(send("x", to: pair.raw) == .closed)
}

@Test("A broken connection is closed")
func aBrokenConnectionIsClosed() throws {
    let pair = try Pair()
    #expect(send("unread", to: pair.raw) == .bytes(6))
    pair.closeOther()
    // The peer has not read everything, so that this is ECONNRESET.
    #expect(receive(from: pair.raw).transfer == .closed)
}

// MARK: Descriptors

@Test("An owner closes its descriptor at the end of its life")
func anOwnerClosesItsDescriptorAtTheEndOfItsLife() throws {
    let (one, other) = try makeSocketPair().take()
    let reader = Descriptor(owning: other)
    do {
        let owner = Descriptor(owning: one)
        #expect(owner.raw == one)
        #expect(receive(from: reader.raw).transfer == .wouldBlock)
    }
    #expect(receive(from: reader.raw).transfer == .closed)
}

@Test("A released descriptor stays open")
func aReleasedDescriptorStaysOpen() throws {
    let (one, other) = try makeSocketPair().take()
    let reader = Descriptor(owning: other)
    let released = Descriptor(owning: one).release()
    #expect(released == one)
    #expect(receive(from: reader.raw).transfer == .wouldBlock)
    #expect(close(released) == 0)
}

@Test("The descriptor limit is raised to what the process may have")
func theDescriptorLimitIsRaisedToWhatTheProcessMayHave() {
    let limit = raiseDescriptorLimit()
    var limits = rlimit()
    #expect(unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits) == 0)
    #expect(limits.rlim_cur == limits.rlim_max)
    #expect(limit == Int(clamping: limits.rlim_max))
}

// MARK: Waiting for one

@Test("Waiting ends when a descriptor is ready or its deadline has come")
func waitingEndsWhenADescriptorIsReadyOrItsDeadlineHasCome() throws {
    let pair = try Pair()
    let deadline = Instant.inMilliseconds(10)
    #expect(!waitUntilReady(pair.raw, for: .readable, until: deadline))
    #expect(MonotonicClock.now() >= deadline)
    #expect(!waitUntilReady(pair.raw, for: .readable, until: Instant(nanoseconds: 0)))
    #expect(waitUntilReady(pair.raw, for: .writable, until: nil))
    #expect(send("x", to: pair.otherRaw) == .bytes(1))
    #expect(waitUntilReady(pair.raw, for: .readable, until: nil))
    #expect(waitUntilReady(pair.raw, for: [.readable, .writable], until: .inMilliseconds(60_000)))
}

@Test("Waiting ends when the peer has gone")
func waitingEndsWhenThePeerHasGone() throws {
    let pair = try Pair()
    pair.closeOther()
    #expect(waitUntilReady(pair.raw, for: .readable, until: nil))
}
