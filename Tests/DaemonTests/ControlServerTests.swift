// The control socket's sessions: how many there are at a time, and how long they may take.

import DaemonTestSupport
import EventLoop
import Logging
import LookupValues
import Testing
import ThrowawayServers

@testable import Daemon

/// A control socket whose commands are answered when the test says so.
private final class ControlScene {
    private let directory: TemporaryDirectory
    private let loop: EventLoop
    private let path: String
    private(set) var waiting: [(ControlAnswer) -> Void] = []
    private(set) lazy var server = ControlServer(
        loop: loop, logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, patience: patience
    ) { [unowned self] command, answer in
        if command == .stats { waiting.append(answer) } else { answer(ControlAnswer(.done)) }
    }
    private let patience: Int64

    /// - Parameter patience: in nanoseconds.
    init(patience: Int64 = 3_600_000_000_000) throws {
        self.patience = patience
        directory = try TemporaryDirectory()
        path = "\(directory.path)/control"
        loop = try EventLoop()
        server.listen(
            on: try ListeningSocket(path: path, permissions: SocketPermissions(mode: 0o600, group: nil)))
    }

    deinit {
        server.endAll()
        loop.removeAll()
    }

    func connect(saying text: String = "") throws -> Client {
        let client = Client(descriptor: try connectToSocket(at: path).release())
        client.write(text)
        turns()
        return client
    }

    /// As many turns as anything takes that is not a matter of time.
    func turns() {
        for _ in 0..<4 {
            loop.turn(until: loop.now)
            server.keepTime()
        }
    }
}

private let done = Array("{\"messages\":[],\"status\":\"done\"}\n".utf8)

@Test("Silent control clients make room, the oldest first")
func silentControlClientsMakeRoomTheOldestFirst() throws {
    let scene = try ControlScene()
    let silent = try (0..<16).map { _ in try scene.connect() }
    let late = try (0..<3).map { _ in try scene.connect() }
    for client in silent { client.receiveAll() }
    #expect(silent.map(\.isClosed) == (0..<16).map { $0 < 3 })
    late[0].write("config\n")
    scene.turns()
    late[0].receiveAll()
    #expect(late[0].received == done && !late[0].isClosed)
}

@Test("Control clients that await an answer go only if all do")
func controlClientsThatAwaitAnAnswerGoOnlyIfAllDo() throws {
    let scene = try ControlScene()
    let busy = try (0..<15).map { _ in try scene.connect() }
    for client in busy { client.write("stats\n") }
    scene.turns()
    let silent = try scene.connect()
    let next = try scene.connect()
    silent.receiveAll()
    #expect(silent.isClosed)
    next.write("stats\n")
    scene.turns()
    let last = try scene.connect()
    last.write("config\n")
    scene.turns()
    for client in busy { client.receiveAll() }
    last.receiveAll()
    #expect(busy.map(\.isClosed) == (0..<15).map { $0 == 0 })
    #expect(last.received == done)
}

@Test("A control client that says no whole command is closed in time")
func controlClientThatSaysNoWholeCommandIsClosedInTime() throws {
    let scene = try ControlScene(patience: 50_000_000)
    let silent = try scene.connect()
    let slow = try scene.connect()
    while !slow.isClosed {
        slow.write("s")
        scene.turns()
        slow.receiveAll()
    }
    silent.receiveAll()
    #expect(silent.isClosed)
    #expect(silent.received == [] && slow.received == [])
}

@Test("A control client that does not take its answer is closed in time")
func controlClientThatDoesNotTakeItsAnswerIsClosedInTime() throws {
    let scene = try ControlScene(patience: 50_000_000)
    let client = try scene.connect(saying: "stats\n")
    let lines = [String](repeating: String(repeating: "x", count: 1_000), count: 4_000)
    scene.waiting[0](ControlAnswer(.done, lines))
    while scene.server.deadline != nil { scene.turns() }
    client.receiveAll()
    #expect(client.isClosed && client.received.count < 4_000_000)
}

@Test("A control client that is owed something has time")
func controlClientThatIsOwedSomethingHasTime() throws {
    let scene = try ControlScene(patience: 1)
    let asking = try scene.connect(saying: "stats\n")
    #expect(scene.server.deadline == nil)
    asking.receiveAll()
    #expect(!asking.isClosed)
    scene.waiting[0](ControlAnswer(.done))
    scene.turns()
    asking.receiveAll()
    #expect(asking.received == done && asking.isClosed)
    let draining = try scene.connect(saying: "drain\n")
    draining.receiveAll()
    #expect(draining.received == done && !draining.isClosed)
}

@Test("Commands that come together are answered one after the other")
func commandsThatComeTogetherAreAnsweredOneAfterTheOther() throws {
    let scene = try ControlScene()
    let client = try scene.connect()
    client.write(String(repeating: "config\n", count: 1_000))
    for _ in 0..<100 {
        scene.turns()
        client.receiveAll()
    }
    let isRight = client.received == [[UInt8]](repeating: done, count: 1_000).flatMap { $0 }
    #expect(isRight)
}

@Test("A control socket that moves keeps its clients")
func controlSocketThatMovesKeepsItsClients() throws {
    let scene = try ControlScene()
    let directory = try TemporaryDirectory()
    let client = try scene.connect(saying: "stats\n")
    let elsewhere = try ListeningSocket(
        path: "\(directory.path)/control", permissions: SocketPermissions(mode: 0o600, group: nil))
    scene.server.listen(on: elsewhere)
    scene.waiting[0](ControlAnswer(.done))
    scene.turns()
    client.receiveAll()
    #expect(client.received == done)
    client.hangUp()
    scene.turns()
    #expect(try connectToSocket(at: elsewhere.path).raw >= 0)
}
