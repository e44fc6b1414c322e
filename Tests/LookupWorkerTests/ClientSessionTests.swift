// A client's requests and answers over a socket: each answered once, in order, however the bytes come.

import DaemonTestSupport
import LookupValues
import Testing

@testable import LookupWorker

@Test("An unknown map is a permanent failure that names it")
func anUnknownMapIsAPermanentFailureThatNamesIt() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    scene.exchange(request("aliases", "user@example.com"), with: client)
    #expect(client.replies == [unknown("aliases")])
    #expect(!client.isClosed)
}

@Test(
    "A map's name is shown without harm",
    arguments: [
        ("a\nb\u{1b}", "a\\nb\\u{1B}"),
        (String(repeating: "n", count: 9_000), String(repeating: "n", count: 100)),
        ("bücher", "bücher"), ("GOOD", "GOOD"), ("good.cf", "good.cf"),
    ])
func aMapsNameIsShownWithoutHarm(name: String, shown: String) throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    scene.exchange(request(name, "key"), with: client)
    #expect(client.replies == [unknown(shown)])
}

@Test("Keys that no table can have are not found without a query")
func keysThatNoTableCanHaveAreNotFoundWithoutAQuery() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    let notUTF8: [UInt8] = Array("6:good ".utf8) + [0xff] + Array(",".utf8)
    scene.exchange(request("good", "") + notUTF8 + request("good", "a\0b"), with: client)
    #expect(client.replies == ["NOTFOUND ", "NOTFOUND ", "NOTFOUND "])
    #expect(scene.hasNoLookup)
}

@Test("Clients are answered apart")
func clientsAreAnsweredApart() throws {
    let scene = try SessionScene()
    let clients = try (0..<20).map { _ in try scene.connect() }
    #expect(scene.sessions.count == 20)
    for (number, client) in clients.enumerated() {
        client.write("\(7 + "\(number)".count):map\(number) key,")
    }
    scene.turns()
    for (number, client) in clients.enumerated() {
        client.receiveAll()
        #expect(client.replies == [unknown("map\(number)")])
    }
}

// MARK: Violations

@Test("Nothing is read after a violation")
func nothingIsReadAfterAViolation() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    client.write(request("good", "a") + Array("x".utf8))
    scene.turns()
    let garbage = [UInt8](repeating: UInt8(ascii: "x"), count: 65_536)
    var taken = 0
    for _ in 0..<100 {
        taken += client.write(garbage)
        scene.turns(1)
    }
    #expect(taken < 1 << 20)
    #expect(scene.sessions.count == 1)
    scene.answer(0, .notFound)
    scene.turns()
    client.receiveAll()
    #expect(client.replies?.count == 2)
    #expect(scene.sessions.count == 0)
}
