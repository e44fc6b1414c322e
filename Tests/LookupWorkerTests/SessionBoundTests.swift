// What one client can make the daemon hold: bounded, however it sends and whatever it does not read.

import DaemonTestSupport
import Glibc
import LookupValues
import Testing

@testable import Configuration
@testable import LookupWorker

@Test func whoNeverReadsIsReadNoMoreAndOthersGoOn() throws {
    let scene = try SessionScene()
    let (deaf, other) = (try scene.connect(), try scene.connect())
    let name = String(repeating: "n", count: 100)
    let requests = (0..<600).flatMap { _ in request(name, "") }
    var sent = 0
    for round in 0..<1_000 {
        // What the socket did not take must follow first, or the stream would be garbage.
        sent += deaf.write(requests[(sent % requests.count)...])
        scene.turns(1)
        if round % 100 == 0 {
            scene.exchange(request("other\(round)", ""), with: other)
            #expect(other.replies?.last == unknown("other\(round)"))
        }
    }
    // Of 60 MB: what the kernel keeps in both directions, and what makes the unsent answers.
    #expect(sent < 4 << 20)
    #expect(scene.sessions.capacity < 1 << 17)
    #expect(scene.sessions.count == 2)

    // Nothing is lost: when it reads at last, all that it has asked is answered.
    let unfinished = sent % requests.count
    if unfinished > 0 { scene.exchange(Array(requests[unfinished...]), with: deaf) }
    let count = (sent + requests.count - 1) / requests.count * 600
    // Its share comes each millisecond.
    for _ in 0..<2_000 where deaf.replies?.count != count {
        usleep(1_000)
        scene.turns(1)
        deaf.receiveAll()
    }
    let replies = try #require(deaf.replies)
    #expect(replies.count == count)
    #expect(replies.allSatisfy { $0 == unknown(name) })
}

@Test func whoReadsAsSlowlyAsItAsksDoesNotMakeTheDaemonGrow() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    let name = String(repeating: "n", count: 100)
    let requests = (0..<100).flatMap { _ in request(name, "") }
    let replyLength = "\(unknown(name).utf8.count):\(unknown(name)),".utf8.count
    // From here on some answers are unsent all the time, but never so many that no more requests are read.
    while scene.sessions.capacity < 4_096 {
        client.write(requests)
        scene.turns(1)
    }
    var received = 0
    for _ in 0..<500 {
        received += client.receiveAll(atMost: 100 * replyLength)
        client.forgetReceived()
        client.write(requests)
        scene.turns(1)
    }
    #expect(received == 500 * 100 * replyLength)
    #expect(scene.sessions.capacity < 1 << 17)
}

// MARK: Answers

/// As many requests as one client may have unanswered, each of which is answered with a value of so many bytes.
private func answered(_ length: Int, _ clientProtocol: ClientProtocol = .proxymap) throws -> (
    scene: SessionScene, Client
) {
    let scene = try SessionScene()
    let client = try scene.connect(clientProtocol)
    let one = clientProtocol == .proxymap ? scene.proxymapRequest("k") : request("good", "k")
    scene.exchange((0..<128).flatMap { _ in one }, with: client)
    client.forgetReceived()
    for sequence in UInt32(0)..<128 {
        scene.answer(sequence, .found([UInt8](repeating: UInt8(ascii: "v"), count: length)))
        scene.turns(1)
    }
    return (scene, client)
}

@Test func whoReadsNoneOfItsLongAnswersIsOwedNoMoreThanTheBoundAndOne() throws {
    let (scene, client) = try answered(4_194_304)
    // An array may have twice the room of what is in it, and there are the heads of the answers.
    #expect(scene.sessions.capacity < 4 * 4_194_304 + 4_096)
    #expect(scene.sessions.count == 1)
    for _ in 0..<1_000 {
        client.receiveAll()
        scene.turns(1)
    }
    let answers = client.received.split(separator: 0).filter { $0.count > 100 || $0.elementsEqual("2".utf8) }
    // What came too late to be kept is a temporary failure, in its place.
    #expect(answers.count == 128)
    #expect(answers.first?.count == 4_194_304)
    #expect(answers.last == Array("2".utf8)[...])
    #expect(scene.sessions.capacity < 1 << 16)
}

@Test(arguments: [1_000, 30_000])
func whoReadsLaterHasAllThatFitsIntoTheBound(length: Int) throws {
    let (scene, client) = try answered(length, .socketmap)
    for _ in 0..<200 {
        client.receiveAll()
        scene.turns(1)
    }
    #expect(client.replies == Array(repeating: "OK " + String(repeating: "v", count: length), count: 128))
}

@Test func whoseAnswersAreLongHasFewerRequestsUnderWay() throws {
    // Of which the first is taken by the answer that is long, and the last by another client.
    let scene = try SessionScene(waiting: 5)
    let client = try scene.connect(.proxymap)
    scene.exchange(scene.proxymapRequest("k"), with: client)
    scene.answer(0, .found([UInt8](repeating: UInt8(ascii: "v"), count: 1_048_576)))
    scene.exchange([], with: client)
    // Four of them are one more than fits, with what stands around the values.
    scene.exchange((0..<10).flatMap { _ in scene.proxymapRequest("k") }, with: client)
    #expect(try scene.takesLookup())
    #expect(try !scene.takesLookup())
}
