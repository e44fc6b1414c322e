// Requests that are for Postfix's own proxymap: what the session has its connection do, and what the client hears.

import LookupProtocols
import LookupValues
import Testing

@testable import ClientSessions

private let greeting = list("protocol.proxymap_protocol..")

/// Attribute lists with dots for NULs, as they can be read.
private func list(_ text: String) -> [UInt8] {
    text.utf8.map { $0 == UInt8(ascii: ".") ? 0 : $0 }
}

private func lookup(_ table: String, _ key: String = "k") -> String {
    "request.lookup.table.\(table).flags.524353.key.\(key).."
}

/// A client, and the server that its requests are relayed to.
private struct RelayScene {
    let scene = ClientScene()
    let client: TestClient
    /// What the server's connection takes at once.
    var room = Int.max
    private(set) var sent: [UInt8] = []

    init(_ requests: String) {
        scene.relayPath = "/relay"
        client = scene.connect(.proxymap)
        ask(requests)
    }

    func ask(_ requests: String) { scene.exchange(list(requests), with: client) }

    /// Does what the session says, up to a connection that is to be made.
    mutating func steps() -> [RelayStep] {
        var steps: [RelayStep] = []
        while let step = client.withSession({ $0.nextRelayStep() }) {
            steps.append(step)
            if step == .connect { break }
            if step == .send { #expect(send() == nil) }
        }
        scene.turns(1)
        return steps
    }

    private mutating func send() -> RelayFailure? {
        var room = room
        var sent: [UInt8] = []
        defer { self.sent += sent }
        return client.withSession { session in
            session.sendToRelay(now: scene.now) { bytes in
                let count = min(room, bytes.count)
                if count == 0 { return .blocked }
                sent.append(bytes.extracting(first: count))
                room -= count
                return .bytes(count)
            }
        }
    }

    func connected(greets: Bool = true) { client.withSession { $0.relayConnected(greets: greets) } }

    @discardableResult
    func say(_ bytes: [UInt8]) -> RelayFailure? {
        defer { scene.turns(1) }
        return client.withSession { $0.receiveFromRelay(bytes.span, now: scene.now) }
    }

    func close() -> RelayFailure? {
        defer { scene.turns(1) }
        return client.withSession { $0.relayClosed(now: scene.now) }
    }
}

@Suite("A request for Postfix's own proxymap")
struct RelayTranscriptTests {
    @Test(
        "is sent after the greeting, one at a time, and its reply comes back unread",
        arguments: [true, false])
    func inTurn(greets: Bool) {
        var relay = RelayScene(lookup("a:b", "1") + lookup("c:d", "2"))
        #expect(relay.steps() == [.connect])
        relay.connected(greets: greets)
        if greets {
            #expect(relay.steps() == [])
            relay.say(greeting)
        }
        #expect(relay.steps() == [.send])
        #expect(relay.sent == list(lookup("a:b", "1")))
        relay.say(list("status.7.whatever.it "))
        #expect(relay.client.received == [] && relay.steps() == [])
        relay.say(list("says.."))
        #expect(relay.client.text == "status.7.whatever.it says..")
        #expect(relay.steps() == [.send])
        #expect(relay.sent == list(lookup("a:b", "1") + lookup("c:d", "2")))
        relay.say(list("status.0.value.2.."))
        #expect(relay.client.text == "status.7.whatever.it says..status.0.value.2..")
        #expect(relay.steps() == [] && !relay.client.session.isWaitingForRelay)
    }

    @Test("keeps its place among the answers of this program's own tables")
    func order() {
        let scene = RelayScene("")
        scene.ask(lookup("a:b"))
        scene.scene.exchange(scene.scene.proxymapRequest("k"), with: scene.client)
        scene.scene.answer(1, .found([UInt8(ascii: "x")]))
        scene.scene.turns()
        #expect(scene.client.received == [])
        var relay = scene
        #expect(relay.steps() == [.connect])
        relay.connected(greets: false)
        #expect(relay.steps() == [.send])
        relay.say(list("status.1.value..."))
        #expect(relay.client.text == "status.1.value...status.0.value.x..")
    }

    @Test("goes on being sent when the connection has room again")
    func slowServer() {
        var relay = RelayScene(lookup("a:b"))
        _ = relay.steps()
        relay.connected(greets: false)
        relay.room = 10
        #expect(relay.steps() == [.send])
        #expect(relay.sent.count == 10 && relay.client.session.relayIsBlocked)
        relay.room = .max
        relay.client.withSession { $0.relayHasRoom() }
        #expect(relay.steps() == [.send])
        #expect(relay.sent == list(lookup("a:b")) && !relay.client.session.relayIsBlocked)
    }

    @Test("is asked once more at once if the connection ends while its request is half sent")
    func blockedEnd() {
        var relay = RelayScene(lookup("a:b"))
        _ = relay.steps()
        relay.connected(greets: false)
        _ = relay.steps()
        relay.say(list("status.0.value.1.."))
        relay.room = 10
        relay.ask(lookup("a:b"))
        #expect(relay.steps() == [.send])
        #expect(relay.close() == nil)
        // The same turn of the loop has said that it is writable.
        relay.client.withSession { $0.relayHasRoom() }
        #expect(relay.steps() == [.close, .connect])
    }

    @Test("is asked once more if the connection that ends has brought a reply before")
    func retry() {
        var relay = RelayScene(lookup("a:b"))
        _ = relay.steps()
        relay.connected(greets: false)
        _ = relay.steps()
        relay.say(list("status.0.value.1.."))
        relay.ask(lookup("a:b"))
        #expect(relay.steps() == [.send])
        #expect(relay.close() == nil)
        #expect(relay.steps() == [.close, .connect])
        relay.connected(greets: false)
        #expect(relay.steps() == [.send])
        // Once only.
        #expect(relay.close() == .closed)
        #expect(relay.client.text == "status.0.value.1..status.2.value...")
        #expect(relay.steps() == [.close])
    }

    @Test(
        "is a retry if the connection ends, or says nonsense, before its first reply",
        arguments: ["", "x...", "nonsense...more"])
    func noReply(nonsense: String) {
        var relay = RelayScene(lookup("a:b") + lookup("c:d"))
        _ = relay.steps()
        relay.connected()
        let failure = nonsense.isEmpty ? relay.close() : relay.say(list(nonsense))
        #expect(failure == .closed)
        #expect(relay.client.text == "status.2.value...")
        // The next one has its own connection.
        #expect(relay.steps() == [.close, .connect])
    }

    @Test("is a retry if there is no connection to be had, and is tried again if that may change")
    func noConnection() {
        var relay = RelayScene(lookup("a:b") + "request.open.table.a:b.flags.0..")
        #expect(relay.steps() == [.connect])
        let now = relay.scene.now
        #expect(relay.client.withSession { $0.relayConnectFailed(isTemporary: true, now: now) } == nil)
        #expect(relay.steps() == [])
        #expect(
            relay.client.withSession {
                $0.checkRelay(oldest: now.advanced(byNanoseconds: -100_000_000), now: now)
            }
                == nil)
        #expect(relay.steps() == [.connect])
        #expect(
            relay.client.withSession { $0.relayConnectFailed(isTemporary: false, now: now) } == .noConnection)
        #expect(relay.steps() == [.connect])
        #expect(
            relay.client.withSession { $0.relayConnectFailed(isTemporary: false, now: now) } == .noConnection)
        #expect(relay.steps() == [])
        #expect(relay.client.text == "status.2.value...status.2.flags.0..")
    }

    @Test("is given up in time")
    func tooLate() {
        var relay = RelayScene(lookup("a:b"))
        _ = relay.steps()
        relay.connected(greets: false)
        _ = relay.steps()
        let later = relay.scene.now.advanced(byNanoseconds: 1_000_000_000)
        #expect(relay.client.withSession { $0.checkRelay(oldest: later, now: later) } == .noReply)
        #expect(relay.steps() == [.close])
        #expect(relay.client.text == "status.2.value...")
    }

    @Test("goes where a reload says, when nothing waits for the old one")
    func reload() {
        var relay = RelayScene(lookup("a:b"))
        _ = relay.steps()
        relay.connected(greets: false)
        _ = relay.steps()
        relay.scene.relayPath = "/other"
        relay.ask(lookup("c:d"))
        #expect(relay.client.session.relayPath == "/relay")
        relay.say(list("status.0.value.1.."))
        _ = relay.steps()
        relay.say(list("status.0.value.2.."))
        relay.ask(lookup("e:f"))
        #expect(relay.client.session.relayPath == "/other")
        #expect(relay.steps() == [.close, .connect])
    }

    @Test("counts as held for the client, which asks no more beyond its bound")
    func bound() {
        let relay = RelayScene("")
        let long = lookup("a:b", String(repeating: "k", count: 9_000))
        relay.ask(long + long + long)
        // Two are more than a session reads beyond.
        #expect(relay.client.relayed == 2)
    }
}

@Suite("Without a configuration that can be used")
struct TroubleTests {
    @Test("a lookup is to be asked again, and only a table with fixed keys is opened")
    func trouble() {
        let scene = ClientScene()
        scene.trouble = "the configuration can't be used"
        let (one, other) = (scene.connect(), scene.connect(.proxymap))
        scene.exchange(request("nowhere", "k"), with: one)
        #expect(one.replies == ["TEMP the configuration can't be used"])
        let open = ["pgsql:/x", "hash:/x", "regexp:/x"].map { "request.open.table.\($0).flags.0.." }.joined()
        scene.exchange(list(lookup("pgsql:/x") + open), with: other)
        #expect(other.text == "status.2.value...status.0.flags.16..status.0.flags.16..status.2.flags.0..")
    }

    @Test("what may be a table of this program's own is not relayed")
    func troubleAndRelay() {
        let scene = ClientScene()
        scene.trouble = "the configuration can't be used"
        scene.relayPath = "/relay"
        let client = scene.connect(.proxymap)
        scene.exchange(list(lookup("pgsql:/x") + lookup("hash:/x")), with: client)
        #expect(client.text == "status.2.value..." && client.relayed == 1)
    }
}
