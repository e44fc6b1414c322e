// What one client can make the daemon hold: bounded, however it sends and whatever it does not read.

import DaemonTestSupport
import Glibc
import LookupValues
import Testing

@testable import Configuration
@testable import LookupWorker

@Test("A client that never reads is read no more, and others go on")
func whoNeverReadsIsReadNoMoreAndOthersGoOn() throws {
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

@Test("A client that reads as slowly as it asks does not make the daemon grow")
func whoReadsAsSlowlyAsItAsksDoesNotMakeTheDaemonGrow() throws {
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
