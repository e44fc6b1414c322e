// How long a client of the status server may take: a server of the test's own, with limits of a second.

import EventLoop
import LookupStatistics
import LookupValues
import StatusServer
import TestSupport
import Testing
import ThrowawayServers

/// Serves 16 MiB as /stats.json.
private final class StatusScene {
    private let directory: TemporaryDirectory
    private let socket: ListeningSocket
    private let server: StatusServer

    init() throws {
        directory = try TemporaryDirectory()
        socket = try ListeningSocket(
            path: "\(directory.path)/http", permissions: SocketPermissions(mode: 0o600, group: nil))
        var limits = StatusLimits()
        limits.requestSeconds = 1
        limits.idleSeconds = 1
        server = try StatusServer(
            at: .descriptor(try socket.duplicate()), limits: limits,
            encode: { _ in [UInt8](repeating: 32, count: 16 << 20) },
            source: { receive in receive(StatisticsSnapshot()) }, tell: { _ in })
    }

    deinit {
        server.close()
    }

    func client() throws -> HTTPClient {
        try HTTPClient(to: .unix(socket.path))
    }
}

@Test("A status client that is silent after an answer is closed in time")
func statusClientThatIsSilentAfterAnAnswerIsClosedInTime() throws {
    let scene = try StatusScene()
    let client = try scene.client()
    #expect(try client.request("/healthz").status == 200)
    #expect(try client.readUntilClosed() == [])
}

@Test("A status client whose request does not end is closed in time")
func statusClientWhoseRequestDoesNotEndIsClosedInTime() throws {
    let scene = try StatusScene()
    let client = try scene.client()
    try client.send("GET /healthz HTTP/1.1\r\n")
    #expect(try client.readUntilClosed() == [])
}

@Test("A status client that does not read its answer is closed in time")
func statusClientThatDoesNotReadItsAnswerIsClosedInTime() throws {
    let scene = try StatusScene()
    let slow = try scene.client()
    try slow.send("GET /stats.json HTTP/1.1\r\nHost: localhost\r\n\r\n")
    // Its second is over when one that came later has had its own.
    let later = try scene.client()
    #expect(try later.readUntilClosed() == [])
    let last = try scene.client()
    #expect(try last.readUntilClosed() == [])
    #expect(try slow.readUntilClosed().count < 16 << 20)
}
