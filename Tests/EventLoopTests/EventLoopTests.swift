// One thread's loop: who is told of what, and who no longer.

import EventLoop
import Glibc
import LookupValues
import Testing

@Test("A handler is told while it is registered, and not after its removal")
func aHandlerIsToldWhileItIsRegisteredAndNotAfterItsRemoval() throws {
    let loop = try EventLoop()
    let pair = try Pair()
    let recorder = Recorder()
    #expect(send("x", to: pair.otherRaw) == .bytes(1))
    loop.turn()
    #expect(recorder.told == [])
    let registration = try loop.register(pair.raw, for: .readable, handler: recorder)
    loop.turn()
    #expect(recorder.told == [.readable])
    loop.remove(registration)
    loop.turn()
    #expect(recorder.told == [.readable])
}

@Test("What is left unread is told again")
func whatIsLeftUnreadIsToldAgain() throws {
    let loop = try EventLoop()
    let pair = try Pair()
    let recorder = Recorder()
    _ = try loop.register(pair.raw, for: .readable, handler: recorder)
    #expect(send("x", to: pair.otherRaw) == .bytes(1))
    loop.turn()
    loop.turn()
    #expect(recorder.told == [.readable, .readable])
    #expect(receive(from: pair.raw).bytes == [UInt8(ascii: "x")])
    loop.turn()
    #expect(recorder.told == [.readable, .readable])
}

@Test("A turn says how many were ready")
func aTurnSaysHowManyWereReady() throws {
    let loop = try EventLoop()
    let pairs = try (0..<3).map { _ in try Pair() }
    for pair in pairs { _ = try loop.register(pair.raw, for: .readable, handler: Recorder()) }
    for pair in pairs.dropLast() { #expect(send("x", to: pair.otherRaw) == .bytes(1)) }
    loop.turn()
    #expect(loop.readyCount == 2)
    for pair in pairs.dropLast() { _ = receive(from: pair.raw) }
    loop.turn()
    #expect(loop.readyCount == 0)
}

@Test("Interest can be changed")
func interestCanBeChanged() throws {
    let loop = try EventLoop()
    let pair = try Pair()
    let recorder = Recorder()
    let registration = try loop.register(pair.raw, for: .readable, handler: recorder)
    loop.turn()
    #expect(recorder.told == [])
    loop.change(registration, to: .writable)
    loop.turn()
    #expect(recorder.told == [.writable])
    #expect(send("x", to: pair.otherRaw) == .bytes(1))
    loop.turn()
    #expect(recorder.told == [.writable, .writable])
    loop.change(registration, to: [.readable, .writable])
    loop.turn()
    #expect(recorder.told.last == [.readable, .writable])
    loop.change(registration, to: [])
    loop.turn()
    #expect(recorder.told.count == 3)
}

@Test("The peer's end is told, whether wanted or not", arguments: [Readiness.readable, .writable, []])
func thePeersEndIsToldWhetherWantedOrNot(interest: Readiness) throws {
    let loop = try EventLoop()
    let pair = try Pair()
    let recorder = Recorder()
    _ = try loop.register(pair.raw, for: interest, handler: recorder)
    pair.closeOther()
    loop.turn()
    #expect(recorder.told == [interest.union(.hungUp)])
}

@Test("The end of the peer's requests is readable, and no hang-up")
func theEndOfThePeersRequestsIsReadableAndNoHangUp() throws {
    let loop = try EventLoop()
    let pair = try Pair()
    let recorder = Recorder()
    _ = try loop.register(pair.raw, for: .readable, handler: recorder)
    #expect(shutdown(pair.otherRaw, Int32(SHUT_WR)) == 0)
    loop.turn()
    #expect(recorder.told == [.readable])
    #expect(receive(from: pair.raw).transfer == .closed)
}

// MARK: Handlers that change what is registered

@Test("Of two ready in the same turn, the first can remove the second")
func ofTwoReadyInTheSameTurnTheFirstCanRemoveTheSecond() throws {
    let loop = try EventLoop()
    defer { loop.removeAll() }
    let pairs = [try Pair(), try Pair()]
    var registrations: [EventLoop.Registration?] = [nil, nil]
    var calls: [Int] = []
    let handlers = pairs.indices.map { index in
        Recorder { _ in
            calls.append(index)
            let other = 1 - index
            if let registration = registrations[other] { loop.remove(registration) }
            registrations[other] = nil
        }
    }
    for (index, pair) in pairs.enumerated() {
        registrations[index] = try loop.register(pair.raw, for: .readable, handler: handlers[index])
        #expect(send("x", to: pair.otherRaw) == .bytes(1))
    }
    loop.turn()
    #expect(calls.count == 1)
    loop.turn()
    #expect(calls.count == 2 && calls[0] == calls[1])
}

@Test("An event of a removed registration is not told to its successor")
func anEventOfARemovedRegistrationIsNotToldToItsSuccessor() throws {
    let loop = try EventLoop()
    defer { loop.removeAll() }
    let pairs = [try Pair(), try Pair()]
    var registrations: [EventLoop.Registration?] = [nil, nil]
    var successorPair: Pair?
    let successor = Recorder()
    var calls = 0
    for (index, pair) in pairs.enumerated() {
        let handler = Recorder { _ in
            calls += 1
            guard successorPair == nil else { return }
            // The place of the registration is used again, and mostly the descriptor's number too.
            let other = 1 - index
            loop.remove(registrations[other]!)
            pairs[other].close()
            let pair = try! Pair()
            successorPair = pair
            let registration = try! loop.register(pair.raw, for: .readable, handler: successor)
            #expect(registration != registrations[other])
        }
        registrations[index] = try loop.register(pair.raw, for: .readable, handler: handler)
        #expect(send("x", to: pair.otherRaw) == .bytes(1))
    }
    loop.turn()
    #expect(calls == 1)
    #expect(successor.told == [])
}

@Test("A handler may remove itself, and is then let go")
func aHandlerMayRemoveItselfAndIsThenLetGo() throws {
    let loop = try EventLoop()
    let pair = try Pair()
    var registration: EventLoop.Registration?
    weak var handler: Recorder?
    do {
        let recorder = Recorder { _ in loop.remove(registration!) }
        registration = try loop.register(pair.raw, for: .readable, handler: recorder)
        handler = recorder
    }
    #expect(handler != nil)
    #expect(send("x", to: pair.otherRaw) == .bytes(1))
    loop.turn()
    #expect(handler == nil)
    loop.turn()
}

@Test("All are removed together, and let go with the loop")
func allAreRemovedTogetherAndLetGoWithTheLoop() throws {
    let pairs = [try Pair(), try Pair()]
    weak var loop: EventLoop?
    weak var handler: Recorder?
    do {
        let own = try EventLoop()
        loop = own
        for pair in pairs {
            let recorder = Recorder { _ in own.turn() }
            handler = recorder
            _ = try own.register(pair.raw, for: .writable, handler: recorder)
        }
        own.removeAll()
        own.turn()
        #expect(handler == nil)
    }
    #expect(loop == nil)
}

@Test("A descriptor registered in a turn is told in the next")
func aDescriptorRegisteredInATurnIsToldInTheNext() throws {
    let loop = try EventLoop()
    let pairs = [try Pair(), try Pair()]
    let late = Recorder()
    var registration: EventLoop.Registration?
    let first = Recorder { _ in
        _ = try! loop.register(pairs[1].raw, for: .readable, handler: late)
        loop.remove(registration!)
    }
    registration = try loop.register(pairs[0].raw, for: .readable, handler: first)
    for pair in pairs { #expect(send("x", to: pair.otherRaw) == .bytes(1)) }
    loop.turn()
    #expect(late.told == [])
    loop.turn()
    #expect(late.told == [.readable])
}

// MARK: Errors and numbers

@Test("What can't be watched is an error, and leaves nothing behind")
func whatCannotBeWatchedIsAnErrorAndLeavesNothingBehind() throws {
    let loop = try EventLoop()
    let pair = try Pair()
    let recorder = Recorder()
    let registration = try loop.register(pair.raw, for: .readable, handler: recorder)
    let refused = Recorder()
    #expect(throws: SystemError(call: "epoll_ctl", code: EEXIST)) {
        try loop.register(pair.raw, for: .readable, handler: refused)
    }
    #expect(throws: SystemError(call: "epoll_ctl", code: EBADF)) {
        try loop.register(-1, for: .readable, handler: refused)
    }
    let next = try loop.register(pair.otherRaw, for: .writable, handler: refused)
    loop.turn()
    #expect(refused.told == [.writable])
    loop.remove(next)
    #expect(send("x", to: pair.otherRaw) == .bytes(1))
    loop.turn()
    #expect(recorder.told == [.readable])
    loop.remove(registration)
}

@Test("If more are ready than one turn takes, all are told")
func moreThanOneTurnTakesAreAllTold() throws {
    _ = raiseDescriptorLimit()
    let loop = try EventLoop()
    let boxes = try (0..<700).map { _ in try Mailbox<Int>() }
    var told: Set<Int> = []
    for (index, box) in boxes.enumerated() {
        let handler = Recorder { _ in told.insert(index) }
        _ = try loop.register(box.descriptor, for: .readable, handler: handler)
        box.post(index)
    }
    // Nobody takes anything, and still the later ones get their turn.
    for _ in 0..<2 { loop.turn() }
    #expect(told.count == 700)
}

// MARK: Time

@Test("A turn without events ends at its deadline")
func aTurnWithoutEventsEndsAtItsDeadline() throws {
    let loop = try EventLoop()
    let pair = try Pair()
    let recorder = Recorder()
    _ = try loop.register(pair.raw, for: .readable, handler: recorder)
    let deadline = Instant.inMilliseconds(20)
    loop.turn(until: deadline)
    #expect(recorder.told == [])
    #expect(loop.now >= deadline)
}

@Test("A deadline that has passed does not keep events back")
func aDeadlineThatHasPassedDoesNotKeepEventsBack() throws {
    let loop = try EventLoop()
    let pair = try Pair()
    let recorder = Recorder()
    _ = try loop.register(pair.raw, for: .readable, handler: recorder)
    #expect(send("x", to: pair.otherRaw) == .bytes(1))
    loop.turn(until: Instant(nanoseconds: .min / 2))
    #expect(recorder.told == [.readable])
}

@Test("An event ends a turn before its deadline")
func anEventEndsATurnBeforeItsDeadline() throws {
    let loop = try EventLoop()
    let pair = try Pair()
    let recorder = Recorder()
    _ = try loop.register(pair.raw, for: .readable, handler: recorder)
    #expect(send("x", to: pair.otherRaw) == .bytes(1))
    // So far away that its milliseconds are no Int32.
    loop.turn(until: Instant(nanoseconds: .max))
    #expect(recorder.told == [.readable])
}
