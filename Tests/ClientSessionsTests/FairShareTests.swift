// What clients get beside each other: one that asks much at once, and those who ask one thing at a time.

import LookupValues
import Testing

@testable import ClientSessions

private func lookups(_ range: Range<Int>) -> [UInt8] { range.flatMap { request("good", "\($0)") } }

/// Has the pool answer so many of a client's lookups.
private func answerAll(_ scene: ClientScene, of client: Int, from first: UInt32, _ count: Int) {
    for sequence in first..<first + UInt32(count) { scene.answer(sequence, of: client, .notFound) }
}

/// A share comes each millisecond.
private func turnsUntilAnswered(_ scene: ClientScene, _ client: TestClient, _ count: Int) {
    for _ in 0..<2_000 where (client.replies?.count ?? 0) < count {
        scene.turns(1)
    }
}

@Test("A client that asks much beside a patient one gets eight more than that one")
func whoAsksMuchBesideSomebodyPatientGetsEightMoreThanThat() {
    // One lookup of the patient one, nine of the other, and one to see whether there are fewer than that.
    for (waiting, isRoom) in [(10, false), (11, true)] {
        let scene = ClientScene(waiting: waiting)
        let (patient, greedy) = (scene.connect(), scene.connect())
        scene.exchange(request("good", "one"), with: patient)
        scene.exchange(lookups(0..<500), with: greedy)
        #expect(scene.takesLookup() == isRoom)
        #expect(!scene.takesLookup())
    }
}

@Test("What all have beyond the first is shared by all")
func whatAllHaveBeyondTheFirstIsSharedByAll() {
    let scene = ClientScene(waiting: 5 + 1 + 8 + 1)
    let patient = scene.connect()
    scene.exchange(request("good", "one"), with: patient)
    let greedy = (0..<5).map { _ in scene.connect() }
    for client in greedy { scene.exchange(lookups(0..<500), with: client) }
    #expect(scene.takesLookup())
    #expect(!scene.takesLookup())
}

@Test("A client that was held back is answered all the same, and in order")
func whoWasHeldBackIsAnsweredAllTheSameAndInOrder() {
    let scene = ClientScene()
    let (patient, greedy) = (scene.connect(), scene.connect())
    var (asked, answered) = (0, 0)
    scene.exchange(lookups(0..<300), with: greedy)
    // All that came before anybody patient was there.
    answerAll(scene, of: 1, from: 0, 128)
    answered = 128
    while answered < 300 {
        scene.exchange(request("good", "one"), with: patient)
        scene.answer(UInt32(asked), of: 0, .notFound)
        asked += 1
        scene.turns()
        scene.answer(UInt32(answered), of: 1, .found(Array("\(answered)".utf8)))
        answered += 1
        scene.turns()
    }
    let values = (128..<300).map { "OK \($0)" }
    #expect(greedy.replies == Array(repeating: "NOTFOUND ", count: 128) + values)
}

@Test("Requests that need no query are spread over turns")
func requestsThatNeedNoQueryAreSpreadOverTurns() throws {
    let scene = ClientScene()
    let (patient, greedy) = (scene.connect(), scene.connect())
    greedy.write((0..<500).flatMap { _ in request("none", "") })
    scene.turns(1)
    // Nobody else is there: as many as one may in a turn, and as many after it.
    #expect(try #require(greedy.replies).count <= 2 * 128)
    scene.turns(8)
    #expect(greedy.replies == Array(repeating: unknown("none"), count: 500))

    greedy.forgetReceived()
    patient.write(request("good", "one"))
    scene.turns(1)
    greedy.write((0..<500).flatMap { _ in request("none", "") })
    for turn in 1...20 {
        scene.turns(1)
        #expect(try #require(greedy.replies).count <= (turn + 1) * 9)
    }
    turnsUntilAnswered(scene, greedy, 500)
    #expect(greedy.replies == Array(repeating: unknown("none"), count: 500))
}

@Test("A client that hangs up leaves its share to the others")
func whoHangsUpLeavesTheShareToTheOthers() {
    let scene = ClientScene(waiting: 1 + 9 + 1)
    let (patient, greedy) = (scene.connect(), scene.connect())
    scene.exchange(request("good", "one"), with: patient)
    scene.exchange(lookups(0..<500), with: greedy)
    greedy.hangUp()
    scene.turns()
    let next = scene.connect()
    scene.exchange(lookups(0..<500), with: next)
    #expect(scene.takesLookup())
    #expect(!scene.takesLookup())
}

@Test("A drain answers what is held back")
func aDrainAnswersWhatIsHeldBack() {
    let scene = ClientScene()
    let (patient, greedy) = (scene.connect(), scene.connect())
    scene.exchange(request("good", "one"), with: patient)
    greedy.write((0..<300).flatMap { _ in request("none", "") })
    scene.turns(2)
    scene.drain()
    turnsUntilAnswered(scene, greedy, 300)
    scene.turns()
    #expect(greedy.replies == Array(repeating: unknown("none"), count: 300))
    #expect(greedy.isClosed)
}
