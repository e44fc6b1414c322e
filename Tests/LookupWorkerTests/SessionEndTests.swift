// How a client session ends: half-closed, hung up, drained, idle.

import Configuration
import DaemonTestSupport
import EventLoop
import Glibc
import LookupValues
import Testing

@testable import LookupWorker

@Test("A client that has said all still gets the answers")
func whoHasSaidAllStillGetsTheAnswers() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    client.write((0..<100).flatMap { request("map\($0)", "") })
    client.finishSending()
    scene.turns()
    client.receiveAll()
    #expect(client.replies == (0..<100).map { unknown("map\($0)") })
    #expect(client.isClosed)
    #expect(scene.sessions.count == 0)
}

@Test("A client that has said all waits for the pool's answers")
func whoHasSaidAllWaitsForThePoolsAnswers() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    client.write((0..<300).flatMap { request("good", "key\($0)") })
    client.finishSending()
    scene.turns()
    for sequence in 0..<300 as Range<UInt32> {
        client.receiveAll()
        #expect(!client.isClosed)
        scene.answer(sequence, .found(Array("\(sequence)".utf8)))
        scene.turns(2)
    }
    scene.turns()
    client.receiveAll()
    #expect(client.replies == (0..<300).map { "OK \($0)" })
    #expect(client.isClosed)
    #expect(scene.sessions.count == 0)
}

@Test("Half a request at the end is no request")
func halfARequestAtTheEndIsNoRequest() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    client.write(request("one", "key") + request("two", "key").dropLast())
    client.finishSending()
    scene.turns()
    client.receiveAll()
    #expect(client.replies == [unknown("one")])
    #expect(client.isClosed)
}

@Test("A client that says nothing is closed in silence")
func whoSaysNothingIsClosedInSilence() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    client.finishSending()
    scene.turns()
    client.receiveAll()
    #expect(client.received == [])
    #expect(client.isClosed)
    #expect(scene.sessions.count == 0)
}

@Test("A client that reads no more is closed")
func whoReadsNoMoreIsClosed() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    client.finishReceiving()
    client.write("7:map key,")
    scene.turns()
    #expect(scene.sessions.count == 0)
}

// MARK: Hanging up

@Test("A hang up frees the number for the next client")
func aHangUpFreesTheNumberForTheNextClient() throws {
    let scene = try SessionScene()
    let clients = try (0..<3).map { _ in try scene.connect() }
    #expect(scene.sessions.count == 3)
    clients[1].hangUp()
    scene.turns()
    #expect(scene.sessions.count == 2)
    let next = try scene.connect()
    #expect(scene.sessions.count == 3)
    scene.exchange(request("good", "key"), with: next)
    scene.answer(0, of: 1, .found(Array("it's me".utf8)))
    scene.turns()
    for client in [clients[0], clients[2], next] { client.receiveAll() }
    #expect(next.replies == ["OK it's me"])
    #expect(clients[0].received == [] && clients[2].received == [])
}

@Test("A hang up takes the lookups back", arguments: ["", "6:good c", "x", "7:map key,"])
func aHangUpTakesTheLookupsBack(more: String) throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    scene.exchange(request("good", "a") + request("good", "b"), with: client)
    #expect(!scene.hasNoLookup)
    client.write(more)
    client.hangUp()
    scene.turns()
    #expect(scene.hasNoLookup)
    #expect(scene.sessions.count == 0)
}

@Test("A hang up after the last request takes the lookups back")
func aHangUpAfterTheLastRequestTakesTheLookupsBack() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    client.write(request("good", "a"))
    client.finishSending()
    scene.turns()
    #expect(!scene.hasNoLookup)
    client.hangUp()
    scene.turns()
    #expect(scene.hasNoLookup)
    #expect(scene.sessions.count == 0)
}

@Test("A hang up at a bound is noticed")
func aHangUpAtABoundIsNoticed() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    scene.exchange((0..<500).flatMap { request("good", "key\($0)") }, with: client)
    client.hangUp()
    scene.turns()
    #expect(scene.hasNoLookup)
    #expect(scene.sessions.count == 0)
}

@Test("Clients that come and go leave nothing")
func clientsThatComeAndGoLeaveNothing() throws {
    let scene = try SessionScene()
    for round in 0..<500 {
        let clients = try (0..<3).map { _ in try scene.connect() }
        for client in clients { client.write(request("good", "\(round)")) }
        if round % 2 == 0 { scene.turns(1) }
        for client in clients { client.hangUp() }
        scene.turns()
        #expect(scene.sessions.count == 0)
    }
    #expect(scene.hasNoLookup)
}

@Test("What can't be watched is no client")
func whatCannotBeWatchedIsNoClient() throws {
    let scene = try SessionScene()
    // A file that is no socket, which epoll(7) refuses.
    let file = unsafe open("/dev/null", O_RDWR | O_CLOEXEC)
    #expect(throws: SystemError(call: "epoll_ctl", code: EPERM)) {
        try scene.sessions.add(Descriptor(owning: file), clientProtocol: .socketmap, scene.terms, of: 0)
    }
    #expect(scene.sessions.count == 0)
    let client = try scene.connect()
    scene.exchange(request("map", "key"), with: client)
    #expect(client.replies == [unknown("map")])
}

// MARK: What the worker ends

@Test("A drain answers what was asked and closes")
func aDrainAnswersWhatWasAskedAndCloses() throws {
    let scene = try SessionScene()
    let (busy, idle, late) = (try scene.connect(), try scene.connect(), try scene.connect())
    scene.exchange(request("good", "key"), with: busy)
    late.write(request("late", "key"))
    scene.sessions.drain()
    scene.turns()
    for client in [busy, idle, late] { client.receiveAll() }
    #expect(!busy.isClosed)
    #expect(idle.isClosed && idle.received == [])
    #expect(late.isClosed && late.replies == [unknown("late")])
    scene.answer(0, .found(Array("last".utf8)))
    scene.turns()
    busy.receiveAll()
    #expect(busy.isClosed && busy.replies == ["OK last"])
    #expect(scene.sessions.count == 0)
}

@Test("A drain answers more than is received at once")
func aDrainAnswersMoreThanIsReceivedAtOnce() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    let long = request("late", String(repeating: "k", count: 400))
    client.write((0..<100).flatMap { _ in long })
    scene.sessions.drain()
    scene.turns()
    client.receiveAll()
    #expect(client.replies == Array(repeating: unknown("late"), count: 100))
    #expect(client.isClosed)
}

@Test("A drain answers what is held back at a bound")
func aDrainAnswersWhatIsHeldBackAtABound() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    scene.exchange((0..<128).flatMap { request("good", "\($0)") } + request("held", "back"), with: client)
    scene.sessions.drain()
    scene.turns()
    for sequence in 0..<128 as Range<UInt32> { scene.answer(sequence, .notFound) }
    scene.turns()
    client.receiveAll()
    #expect(client.replies == Array(repeating: "NOTFOUND ", count: 128) + [unknown("held")])
    #expect(client.isClosed)
    #expect(scene.sessions.count == 0)
}

@Test("Ending all takes every lookup back")
func endingAllTakesEveryLookupBack() throws {
    let scene = try SessionScene()
    let clients = try (0..<3).map { _ in try scene.connect() }
    for client in clients { client.write(request("good", "key")) }
    scene.turns()
    scene.sessions.endAll()
    scene.turns()
    #expect(scene.sessions.count == 0)
    #expect(scene.hasNoLookup)
    for client in clients {
        client.receiveAll()
        #expect(client.isClosed && client.received == [])
    }
}

@Test("Only the silent to whom nothing is owed are ended as idle")
func onlyTheSilentToWhomNothingIsOwedAreEndedAsIdle() throws {
    let scene = try SessionScene()
    let (silent, waiting, active) = (try scene.connect(), try scene.connect(), try scene.connect())
    waiting.write(request("good", "key"))
    scene.turns()
    let since = scene.loop.now.advanced(byNanoseconds: 1)
    while scene.loop.now < since { scene.turns(1) }
    active.write("2")
    scene.turns(1)
    scene.sessions.endIdle(since: since)
    scene.turns()
    for client in [silent, waiting, active] { client.receiveAll() }
    #expect(silent.isClosed)
    #expect(!waiting.isClosed && !active.isClosed)
    #expect(scene.sessions.count == 2)
}
