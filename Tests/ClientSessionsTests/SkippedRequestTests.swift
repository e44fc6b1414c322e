// Requests that are too long to be kept: answered, and read to their end.

import LookupValues
import Testing

@testable import ClientSessions

/// A request in `good`, whose payload has so many bytes.
private func long(_ count: Int, map: String = "good") -> [UInt8] {
    request(map, String(repeating: "k", count: count - map.utf8.count - 1))
}

extension ClientScene {
    /// Sends all of it, and waits as long as the longest takes: a turn reads 16 KiB.
    fileprivate func send(_ bytes: [UInt8], with client: TestClient) {
        exchange(bytes, with: client)
        turns(100)
    }
}

@Test(
    "A key that is too long is not found, and the session goes on",
    arguments: [10_006, 16_384, 16_385, 100_000, 1_048_576])
func aKeyThatIsTooLongIsNotFoundAndTheSessionGoesOn(length: Int) {
    let scene = ClientScene()
    let client = scene.connect()
    let bytes = request("good", "a") + long(length) + request("none", "") + long(length, map: "none")
    scene.send(bytes + request("good", "b"), with: client)
    scene.answer(0, .notFound)
    scene.answer(4, .found(Array("1".utf8)))
    scene.send([], with: client)
    #expect(client.replies == ["NOTFOUND ", "NOTFOUND ", unknown("none"), unknown("none"), "OK 1"])
    #expect(!client.isClosed)
    #expect(client.session.capacity < 1 << 17)
}

@Test("A key is skipped, however it comes")
func aKeyIsSkippedHoweverItComes() {
    let bytes = request("none", "a") + long(20_000) + request("none", "b")
    let near = Array(0..<40) + [16_383, 16_384, 16_385, 16_400] + Array(bytes.count - 40..<bytes.count)
    for split in near {
        let scene = ClientScene()
        let client = scene.connect()
        scene.send(Array(bytes[..<split]), with: client)
        scene.send(Array(bytes[split...]), with: client)
        #expect(client.replies == [unknown("none"), "NOTFOUND ", unknown("none")], "split at \(split)")
    }
    let scene = ClientScene()
    let client = scene.connect()
    for byte in bytes {
        client.write([byte])
        scene.turns(1)
    }
    scene.send([], with: client)
    #expect(client.replies == [unknown("none"), "NOTFOUND ", unknown("none")])
}

@Test("A key of more than a megabyte ends the session")
func aKeyOfMoreThanAMegabyteEndsTheSession() {
    let scene = ClientScene()
    let client = scene.connect()
    scene.send(long(1_048_577), with: client)
    #expect(client.replies == ["TEMP the request is too long"])
    #expect(client.isClosed)
}

@Test("What is skipped must end in a comma")
func whatIsSkippedMustEndInAComma() {
    let scene = ClientScene()
    let client = scene.connect()
    scene.send(long(20_000).dropLast() + [UInt8(ascii: ";")] + request("none", ""), with: client)
    #expect(client.replies == ["NOTFOUND ", "TEMP the request is not a netstring: no comma at its end"])
    #expect(client.isClosed)
}

// MARK: Proxymap

/// The statuses of the answers, in their order.
private func statuses(_ client: TestClient) -> [String] {
    let strings = client.received.split(separator: 0, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
    return strings.indices.filter { strings[$0] == "status" }.map { strings[$0 + 1] }
}

@Test(
    "A proxymap key that is too long is not found, and the session goes on",
    arguments: [131_072, 200_000, 1_000_000])
func aProxymapKeyThatIsTooLongIsNotFoundAndTheSessionGoesOn(length: Int) {
    let scene = ClientScene()
    let client = scene.connect(.proxymap)
    let key = String(repeating: "k", count: length)
    let next = scene.proxymapRequest("a")
    scene.send(
        scene.proxymapRequest(key) + next + scene.proxymapRequest(key, in: "regexp:/etc/other") + next,
        with: client)
    #expect(statuses(client) == ["1"])
    scene.answer(1, .found(Array("1".utf8)))
    scene.answer(3, .found(Array("2".utf8)))
    scene.send([], with: client)
    // Of another table's, not all is kept that Postfix's own proxymap would have to see: it is to be asked again.
    #expect(statuses(client) == ["1", "0", "2", "0"])
    #expect(!client.isClosed)
    #expect(client.session.capacity < 1 << 19)
}

@Test("A proxymap key is skipped, however it comes")
func aProxymapKeyIsSkippedHoweverItComes() {
    for split in [131_071, 131_072, 131_073, 147_456, 199_999, 200_000] {
        let scene = ClientScene()
        let client = scene.connect(.proxymap)
        let bytes =
            scene.proxymapRequest(String(repeating: "k", count: 199_900))
            + scene.proxymapRequest("", in: "t:x")
        scene.send(Array(bytes[..<split]), with: client)
        scene.send(Array(bytes[split...]), with: client)
        #expect(statuses(client) == ["1", "2"], "split at \(split)")
    }
}

@Test("A proxymap key of more than a megabyte ends the session")
func aProxymapKeyOfMoreThanAMegabyteEndsTheSession() {
    let scene = ClientScene()
    let client = scene.connect(.proxymap)
    scene.send(scene.proxymapRequest(String(repeating: "k", count: 1_100_000)), with: client)
    #expect(statuses(client) == ["1"])
    #expect(client.isClosed)
}
