// A handler that writes down what it is told, and the sockets that the tests watch with it.

import EventLoop
import LookupValues

final class Recorder: EventHandler {
    private(set) var told: [Readiness] = []
    private let react: (Readiness) -> Void

    /// - Parameter react: what the handler does each time, after writing it down.
    init(_ react: @escaping (Readiness) -> Void = { _ in }) {
        self.react = react
    }

    func descriptorReady(_ readiness: Readiness) {
        told.append(readiness)
        react(readiness)
    }
}

/// Two connected sockets, each of which can be closed on its own.
final class Pair {
    let raw: Int32
    let otherRaw: Int32
    private var one: Descriptor?
    private var other: Descriptor?

    init() throws {
        (raw, otherRaw) = try makeSocketPair().take()
        one = Descriptor(owning: raw)
        other = Descriptor(owning: otherRaw)
    }

    func close() { one = nil }
    func closeOther() { other = nil }
}

extension EventLoop {
    /// A turn that doesn't wait.
    func turn() {
        turn(until: now)
    }
}

func send(_ text: String, to descriptor: Int32) -> Transfer {
    send(Array(text.utf8).span, to: descriptor)
}

/// What comes next, at most `limit` bytes, or how that ended.
func receive(from descriptor: Int32, limit: Int = 65_536) -> (bytes: [UInt8], transfer: Transfer) {
    var buffer = [UInt8](repeating: 0, count: limit)
    let transfer = unsafe buffer.withUnsafeMutableBytes { unsafe receive(from: descriptor, into: $0) }
    if case .bytes(let count) = transfer { return (Array(buffer[..<count]), transfer) }
    return ([], transfer)
}

extension Instant {
    static func inMilliseconds(_ count: Int64) -> Instant {
        MonotonicClock.now().advanced(byNanoseconds: count * 1_000_000)
    }
}
