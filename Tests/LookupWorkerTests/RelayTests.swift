// Proxymap requests that are for Postfix's own proxymap, over real sockets to one that the tests play.

import Configuration
import DaemonTestSupport
import EventLoop
import LookupStatistics
import LookupValues
import TestSupport
import Testing
import ThrowawayServers

@testable import LookupWorker

private let greeting = "protocol.proxymap_protocol.."

/// Attribute lists with dots for NULs, as they can be read.
private func list(_ text: String) -> [UInt8] {
    text.utf8.map { $0 == UInt8(ascii: ".") ? 0 : $0 }
}

private func lookup(_ table: String, _ key: String = "k") -> String {
    "request.lookup.table.\(table).flags.524353.key.\(key).."
}

extension Client {
    fileprivate var text: String {
        String(decoding: received.map { $0 == 0 ? UInt8(ascii: ".") : $0 }, as: UTF8.self)
    }
}

extension SessionScene {
    fileprivate var proxymapStatistics: EndpointStatistics {
        sessions.counters.snapshot(targets: [], recentErrors: []).endpoints[1]
    }
}

/// A Postfix's proxymap, as far as its socket goes.
private final class RelayScene {
    let scene: SessionScene
    private let directory: TemporaryDirectory
    private let listening: ListeningSocket
    private var connections: [Client] = []

    init(timeout: Int64 = 60_000_000_000) throws {
        scene = try SessionScene()
        directory = try TemporaryDirectory()
        let path = "\(directory.path)/proxymap"
        listening = try ListeningSocket(path: path, permissions: SocketPermissions(mode: 0o600, group: nil))
        scene.terms.relayPath = path
        scene.sessions.relayTimeout = timeout
    }

    func ask(_ text: String, _ client: Client) {
        scene.exchange(list(text), with: client)
    }

    /// The next connection of the daemon's, greeted.
    func accept() throws -> Client {
        guard let connection = try listening.accept() else { throw SupportError("nobody has connected") }
        let client = Client(descriptor: connection.release())
        client.write(list(greeting))
        scene.turns()
        client.receiveAll()
        return client
    }

    func reply(_ text: String, on relay: Client, to client: Client) {
        relay.forgetReceived()
        relay.write(list(text))
        scene.turns()
        client.receiveAll()
        relay.receiveAll()
    }
}

@Test("A request for a table that is not served is passed on, and its reply back, unread")
func requestForATableThatIsNotServedIsPassedOnAndItsReplyBackUnread() throws {
    let relays = try RelayScene()
    let client = try relays.scene.connect(.proxymap)
    relays.ask(lookup("unix:passwd"), client)
    #expect(client.text == greeting)
    let relay = try relays.accept()
    #expect(relay.text == lookup("unix:passwd"))
    relays.reply("status.7.whatever.it says..", on: relay, to: client)
    #expect(client.text == greeting + "status.7.whatever.it says..")
    let endpoint = relays.scene.proxymapStatistics
    #expect(endpoint.relayed == 1 && endpoint.relayFailures == 0)
}

@Test("Requests are passed on one after the other, and answered in order")
func requestsArePassedOnOneAfterTheOtherAndAnsweredInOrder() throws {
    let relays = try RelayScene()
    let client = try relays.scene.connect(.proxymap)
    relays.ask(lookup("a:b") + lookup("c:d") + "request.open.table.a:b.flags.0..", client)
    let relay = try relays.accept()
    #expect(relay.text == lookup("a:b"))
    relays.reply("status.0.value.1..", on: relay, to: client)
    #expect(relay.text == lookup("c:d"))
    relays.reply("status.0.value.2..", on: relay, to: client)
    relays.reply("status.0.flags.16..", on: relay, to: client)
    #expect(client.text == greeting + "status.0.value.1..status.0.value.2..status.0.flags.16..")
}

@Test("A connection that ends while idle is made anew for the next request")
func connectionThatEndsWhileIdleIsMadeAnewForTheNextRequest() throws {
    let relays = try RelayScene()
    let client = try relays.scene.connect(.proxymap)
    relays.ask(lookup("a:b"), client)
    let first = try relays.accept()
    relays.reply("status.0.value.1..", on: first, to: client)
    first.hangUp()
    relays.ask(lookup("a:b"), client)
    let second = try relays.accept()
    relays.reply("status.0.value.2..", on: second, to: client)
    #expect(client.text == greeting + "status.0.value.1..status.0.value.2..")
}

@Test("A connection that ends without a reply is a retry for its client")
func connectionThatEndsWithoutAReplyIsARetryForItsClient() throws {
    let relays = try RelayScene()
    let client = try relays.scene.connect(.proxymap)
    relays.ask(lookup("a:b"), client)
    try relays.accept().hangUp()
    relays.scene.turns()
    client.receiveAll()
    #expect(client.text == greeting + "status.2.value...")
    #expect(!client.isClosed)
    #expect(relays.scene.proxymapStatistics.relayFailures == 1)
}

@Test("Without anybody at the relay every request is a retry")
func withoutAnybodyAtTheRelayEveryRequestIsARetry() throws {
    let scene = try SessionScene()
    scene.terms.relayPath = "/nonexistent/proxymap"
    let client = try scene.connect(.proxymap)
    scene.exchange(list(lookup("a:b") + "request.open.table.a:b.flags.0.." + lookup("a:b")), with: client)
    #expect(client.text == greeting + "status.2.value...status.2.flags.0..status.2.value...")
    let endpoint = scene.proxymapStatistics
    #expect(endpoint.relayed == 3 && endpoint.relayFailures == 3 && endpoint.unknownMaps == 0)
}

@Test("Without a relay an open is denied, and a lookup is a retry")
func withoutARelayAnOpenIsDeniedAndALookupIsARetry() throws {
    let scene = try SessionScene()
    let client = try scene.connect(.proxymap)
    scene.exchange(list("request.open.table.a:b.flags.0.." + lookup("a:b")), with: client)
    #expect(client.text == greeting + "status.4.flags.0..status.2.value...")
}

@Test("A relay that says nothing is a retry in time")
func relayThatSaysNothingIsARetryInTime() throws {
    let relays = try RelayScene(timeout: 4_000)
    let client = try relays.scene.connect(.proxymap)
    relays.ask(lookup("a:b"), client)
    try waitUntil("the request has failed") {
        relays.scene.turns()
        client.receiveAll()
        return client.text != greeting
    }
    #expect(client.text == greeting + "status.2.value...")
    #expect(relays.scene.proxymapStatistics.relayFailures == 1)
}

@Test("A client that hangs up takes its relay connection with it")
func clientThatHangsUpTakesItsRelayConnectionWithIt() throws {
    let relays = try RelayScene()
    let client = try relays.scene.connect(.proxymap)
    relays.ask(lookup("a:b"), client)
    let relay = try relays.accept()
    client.hangUp()
    relays.scene.turns()
    relay.receiveAll()
    #expect(relay.isClosed)
    #expect(relays.scene.sessions.count == 0)
}
