// Accepting clients: none, one, and by several loops.

import EventLoop
import Glibc
import Testing
import ThrowawayServers

@Test("Accept returns nothing when nobody waits")
func acceptReturnsNothingWhenNobodyWaits() throws {
    let directory = try TemporaryDirectory()
    let socket = try ListeningSocket(path: "\(directory.path)/s", permissions: forAll)
    let before = try socket.accept() == nil
    #expect(before)
    #expect(try reaches(socket))
    let after = try socket.accept() == nil
    #expect(after)
}

@Test("An accepted socket never blocks, and is not inherited")
func anAcceptedSocketNeverBlocksAndIsNotInherited() throws {
    let directory = try TemporaryDirectory()
    let socket = try ListeningSocket(path: "\(directory.path)/s", permissions: forAll)
    let client = try connectToSocket(at: socket.path)
    let accepted = try socket.accept()?.release() ?? -1
    #expect(fcntl(accepted, F_GETFL) & O_NONBLOCK != 0)
    #expect(fcntl(accepted, F_GETFD) & FD_CLOEXEC != 0)
    #expect(fcntl(client.raw, F_GETFL) & O_NONBLOCK != 0)
    #expect(close(accepted) == 0)
}

@Test("Several loops can listen to one socket")
func severalLoopsCanListenToOneSocket() throws {
    let directory = try TemporaryDirectory()
    let socket = try ListeningSocket(path: "\(directory.path)/s", permissions: forAll)
    let loops = [try EventLoop(), try EventLoop()]
    let recorders = [Recorder(), Recorder()]
    for (loop, recorder) in zip(loops, recorders) {
        _ = try loop.register(socket.descriptor, for: [.readable, .exclusive], handler: recorder)
    }
    let client = try connectToSocket(at: socket.path)
    for loop in loops { loop.turn() }
    let told = recorders.flatMap(\.told)
    #expect(!told.isEmpty && told.allSatisfy { $0 == .readable })
    #expect(client.raw >= 0)
}
