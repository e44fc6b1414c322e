// A client's requests and answers: each answered once, in order, however the bytes come.

import LookupValues
import Testing

@testable import ClientSessions

@Test("Pipelined requests are answered in order")
func pipelinedRequestsAreAnsweredInOrder() {
    let scene = ClientScene()
    let client = scene.connect()
    let names = (0..<3_000).map { "map\($0)" }
    scene.exchange(names.flatMap { request($0, "key") }, with: client)
    #expect(client.replies == names.map(unknown))
    #expect(!client.isClosed)
}

@Test("Requests may be split at every byte")
func requestsMayBeSplitAtEveryByte() {
    let bytes = request("one", "key") + request("two", "") + request("three", "a b,1:c")
    let replies = ["one", "two", "three"].map(unknown)
    let scene = ClientScene()
    for split in 1..<bytes.count {
        let client = scene.connect()
        client.write(bytes[..<split])
        scene.turns()
        client.write(bytes[split...])
        scene.turns()
        #expect(client.replies == replies, "split at \(split)")
        client.hangUp()
        scene.turns()
    }
    let client = scene.connect()
    for byte in bytes {
        client.write([byte])
        scene.turns(1)
    }
    #expect(client.replies == replies)
}

@Test("A request is answered without waiting for the next")
func aRequestIsAnsweredWithoutWaitingForTheNext() {
    let scene = ClientScene()
    let client = scene.connect()
    scene.exchange(request("one", "key") + request("two", "key").dropLast(), with: client)
    #expect(client.replies == [unknown("one")])
    scene.exchange([UInt8(ascii: ",")], with: client)
    #expect(client.replies == [unknown("one"), unknown("two")])
}

// MARK: Requests that wait for the pool

@Test("Answers out of order are sent in order")
func answersOutOfOrderAreSentInOrder() {
    let scene = ClientScene()
    let client = scene.connect()
    let requests = request("good", "a") + request("good", "b") + request("none", "c") + request("good", "d")
    scene.exchange(requests, with: client)
    #expect(client.received == [])
    scene.answer(3, .found(Array("4".utf8)))
    scene.answer(1, .notFound)
    scene.turns()
    #expect(client.received == [])
    scene.answer(0, .temporaryFailure("no database host can be reached"))
    scene.turns()
    #expect(
        client.replies == ["TEMP no database host can be reached", "NOTFOUND ", unknown("none"), "OK 4"])
}

@Test("More requests than the bound are all answered, in order")
func moreRequestsThanTheBoundAreAllAnsweredInOrder() {
    let scene = ClientScene()
    let client = scene.connect()
    scene.exchange((0..<1_000).flatMap { request("good", "key\($0)") }, with: client)
    for sequence in 0..<1_000 as Range<UInt32> {
        scene.answer(sequence, .found(Array("value\(sequence)".utf8)))
        scene.turns(2)
        #expect(client.replies?.count == Int(sequence) + 1)
    }
    #expect(client.replies == (0..<1_000).map { "OK value\($0)" })
    #expect(scene.openClients == 1)
}

@Test("A client has at most 128 requests unanswered")
func aClientHasAtMost128RequestsUnanswered() {
    let scene = ClientScene(waiting: 129)
    let client = scene.connect()
    scene.exchange((0..<200).flatMap { request("good", "\($0)") }, with: client)
    #expect(scene.takesLookup())
    #expect(!scene.takesLookup())
    #expect(client.received == [])
}

@Test("A client at the bound goes on when half is answered", arguments: [63, 64])
func aClientAtTheBoundGoesOnWhenHalfIsAnswered(answers: UInt32) {
    let scene = ClientScene(waiting: 129)
    let client = scene.connect()
    scene.exchange((0..<200).flatMap { request("good", "\($0)") }, with: client)
    for sequence in 0..<answers { scene.answer(sequence, .notFound) }
    scene.turns()
    // The pool's last place is still free, or taken by the client's next lookup.
    #expect(scene.takesLookup() == (answers < 64))
    #expect(client.replies == Array(repeating: "NOTFOUND ", count: Int(answers)))
}

// MARK: Violations

@Test(
    "What breaks the protocol is answered, and the client closed",
    arguments: [
        ("01:a,", "malformed length"), (":a b,", "malformed length"), ("x", "malformed length"),
        ("-1:,", "malformed length"), (" 3:a b,", "malformed length"), ("\n", "malformed length"),
        ("3;a b,", "malformed length"), ("GET / HTTP/1.1\r\n\r\n", "malformed length"),
        ("\0", "malformed length"),
        ("1048577:", "too long"), ("99999999999999999999999", "too long"), ("3:a b;", "no comma"),
        ("2:a b,", "no comma"),
        ("3:abc,", "no blank"), ("0:,", "no blank"), ("4: key,", "empty map name"),
        ("1: ,", "empty map name"),
    ])
func whatBreaksTheProtocolIsAnsweredAndTheClientClosed(bytes: String, reason: String) throws {
    let scene = ClientScene()
    let other = scene.connect()
    let client = scene.connect()
    client.write(request("before", "") + Array(bytes.utf8) + request("after", ""))
    scene.turns()
    let replies = try #require(client.replies)
    #expect(replies.count == 2)
    #expect(replies.first == unknown("before"))
    #expect(replies.last?.hasPrefix("TEMP the request ") == true)
    #expect(replies.last?.contains(reason) == true)
    #expect(client.isClosed)
    #expect(scene.openClients == 1)
    scene.exchange(request("other", ""), with: other)
    #expect(other.replies == [unknown("other")])
}

@Test("A violation is answered after the requests before it")
func aViolationIsAnsweredAfterTheRequestsBeforeIt() {
    let scene = ClientScene()
    let client = scene.connect()
    scene.exchange(request("good", "a") + request("good", "b") + Array("nonsense".utf8), with: client)
    #expect(client.received == [])
    #expect(!client.isClosed)
    scene.answer(1, .found(Array("2".utf8)))
    scene.answer(0, .found(Array("1".utf8)))
    scene.turns()
    #expect(
        client.replies == ["OK 1", "OK 2", "TEMP the request is not a netstring: malformed length"])
    #expect(client.isClosed)
    #expect(scene.openClients == 0)
}
