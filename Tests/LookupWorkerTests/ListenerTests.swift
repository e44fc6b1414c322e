// Accepting: as many clients as there is room for, and the others when there is room again.

import DaemonTestSupport
import EventLoop
import Logging
import LookupValues
import Testing
import ThrowawayServers

@testable import Configuration
@testable import DaemonLog
@testable import LookupWorker

private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

private func listen(_ socket: ListeningSocket, _ scene: SessionScene, limit: Int) throws -> Listener {
    let endpoint = Endpoint(path: socket.path, clientProtocol: .socketmap, terms: ProxymapTerms())
    return try Listener(
        ServedSocket(socket: socket, endpoint: endpoint), loop: scene.loop, sessions: scene.sessions,
        limit: limit, log: LimitedLog(logger: quiet))
}

private func makeSocket(in directory: TemporaryDirectory) throws -> ListeningSocket {
    try ListeningSocket(
        path: "\(directory.path)/s", permissions: SocketPermissions(mode: 0o600, group: nil))
}

@Test("Clients beyond the limit wait until others have gone")
func clientsBeyondTheLimitWaitUntilOthersHaveGone() throws {
    let directory = try TemporaryDirectory()
    let socket = try makeSocket(in: directory)
    let scene = try SessionScene()
    let listener = try listen(socket, scene, limit: 3)
    var clients = try (0..<5).map { _ in try connectToSocket(at: socket.path).release() }
    func turns() {
        for _ in 0..<4 {
            scene.turns(1)
            listener.resumeIfPossible()
        }
    }
    turns()
    #expect(scene.sessions.count == 3)
    _ = Descriptor(owning: clients.removeFirst())
    turns()
    #expect(scene.sessions.count == 3)
    while !clients.isEmpty { _ = Descriptor(owning: clients.removeFirst()) }
    turns()
    #expect(scene.sessions.count == 0)
    let late = try connectToSocket(at: socket.path)
    turns()
    #expect(scene.sessions.count == 1)
    #expect(late.raw >= 0)
}

@Test("A listener that is closed accepts nobody")
func aListenerThatIsClosedAcceptsNobody() throws {
    let directory = try TemporaryDirectory()
    let socket = try makeSocket(in: directory)
    let scene = try SessionScene()
    let listener = try listen(socket, scene, limit: 3)
    listener.close()
    listener.close()
    let client = try connectToSocket(at: socket.path)
    scene.turns()
    #expect(scene.sessions.count == 0)
    #expect(client.raw >= 0)
}

@Test("Newcomers have a third of a turn with many")
func newcomersHaveAThirdOfATurnWithMany() throws {
    let directory = try TemporaryDirectory()
    let socket = try makeSocket(in: directory)
    let scene = try SessionScene()
    let listener = try listen(socket, scene, limit: 1000)
    let busy = try (0..<99).map { _ in try scene.connect() }
    let newcomers = try (0..<80).map { _ in try connectToSocket(at: socket.path).release() }
    scene.turns(1)
    #expect(scene.sessions.count == 99 + 16)
    for client in busy { client.write(request("good", "key")) }
    scene.turns(1)
    // The socket is ready, too.
    #expect(scene.sessions.count == 99 + 16 + 50)
    for client in newcomers { _ = Descriptor(owning: client) }
    listener.close()
}
