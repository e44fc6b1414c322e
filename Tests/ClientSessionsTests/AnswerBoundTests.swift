// What one client can make a session hold in answers that it does not read.

import LookupValues
import Testing

@testable import ClientSessions

/// As many requests as one client may have unanswered, each of which is answered with a value of so many bytes.
private func answered(_ length: Int, _ clientProtocol: ClientProtocol = .proxymap) -> (
    scene: ClientScene, TestClient
) {
    let scene = ClientScene()
    let client = scene.connect(clientProtocol, roomAhead: 200_000)
    let one = clientProtocol == .proxymap ? scene.proxymapRequest("k") : request("good", "k")
    scene.exchange((0..<128).flatMap { _ in one }, with: client)
    client.forgetReceived()
    for sequence in UInt32(0)..<128 {
        scene.answer(sequence, .found([UInt8](repeating: UInt8(ascii: "v"), count: length)))
        scene.turns(1)
    }
    return (scene, client)
}

@Test("A client that reads none of its long answers is owed no more than the bound and one")
func whoReadsNoneOfItsLongAnswersIsOwedNoMoreThanTheBoundAndOne() {
    let (scene, client) = answered(4_194_304)
    // An array may have twice the room of what is in it, and there are the heads of the answers.
    #expect(client.session.capacity < 4 * 4_194_304 + 4_096)
    #expect(scene.openClients == 1)
    for _ in 0..<1_000 {
        client.read(.max)
        scene.turns(1)
    }
    let answers = client.received.split(separator: 0).filter { $0.count > 100 || $0.elementsEqual("2".utf8) }
    // What came too late to be kept is a temporary failure, in its place.
    #expect(answers.count == 128)
    #expect(answers.first?.count == 4_194_304)
    #expect(answers.last == Array("2".utf8)[...])
    #expect(client.session.capacity < 1 << 16)
}

@Test("A client that reads later has all that fits into the bound", arguments: [1_000, 30_000])
func whoReadsLaterHasAllThatFitsIntoTheBound(length: Int) {
    let (scene, client) = answered(length, .socketmap)
    for _ in 0..<200 {
        client.read(.max)
        scene.turns(1)
    }
    #expect(client.replies == Array(repeating: "OK " + String(repeating: "v", count: length), count: 128))
}

@Test("A client whose answers are long has fewer requests under way")
func whoseAnswersAreLongHasFewerRequestsUnderWay() {
    // Of which the first is taken by the answer that is long, and the last by another client.
    let scene = ClientScene(waiting: 5)
    let client = scene.connect(.proxymap)
    scene.exchange(scene.proxymapRequest("k"), with: client)
    scene.answer(0, .found([UInt8](repeating: UInt8(ascii: "v"), count: 1_048_576)))
    scene.exchange([], with: client)
    // Four of them are one more than fits, with what stands around the values.
    scene.exchange((0..<10).flatMap { _ in scene.proxymapRequest("k") }, with: client)
    #expect(scene.takesLookup())
    #expect(!scene.takesLookup())
}
