// SMTP sessions at a time, each with one message after the other, on one thread.

package import EventLoop
internal import LookupValues

@safe package final class MailLoad {
    package struct Counts: Equatable, Sendable {
        /// Messages that were taken over with the replies that there must be.
        package var accepted = 0
        package var failed = 0
        /// The first few of what should not be.
        package var examples: [String] = []
    }

    private static let mostExamples = 5

    let loop: EventLoop
    private let connect: () throws -> Descriptor
    private var unsent: [MailMix.Message]
    private var sessions = 0
    package private(set) var counts = Counts()
    let received = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)

    /// - Parameters:
    ///   - messages: each goes in a connection of its own.
    ///   - connect: makes a connection that does not block.
    package init(
        loop: EventLoop, messages: [MailMix.Message], connect: @escaping () throws -> Descriptor
    ) {
        self.loop = loop
        self.connect = connect
        unsent = messages.reversed()
    }

    deinit {
        unsafe received.deallocate()
    }

    /// Sends everything.
    ///
    /// - Parameters:
    ///   - sessions: how many there are at a time.
    ///   - sample: called twice a second meanwhile.
    package func run(sessions: Int, sample: () -> Void = {}) throws {
        for _ in 0..<sessions { try begin() }
        var sampleAt = MonotonicClock.now()
        while self.sessions > 0 {
            loop.turn(until: sampleAt)
            if MonotonicClock.now() >= sampleAt {
                sample()
                sampleAt = MonotonicClock.now().advanced(byNanoseconds: 500_000_000)
            }
        }
    }

    private func begin() throws {
        guard let message = unsent.popLast() else { return }
        try MailSession(socket: try connect(), message: message, load: self).begin()
        sessions += 1
    }

    /// A session has ended.
    fileprivate func end(complaint: String?) {
        sessions -= 1
        if let complaint {
            counts.failed += 1
            if counts.examples.count < Self.mostExamples { counts.examples.append(complaint) }
        } else {
            counts.accepted += 1
        }
        do {
            try begin()
        } catch {
            counts.failed += 1
            counts.examples.append("\(error)")
        }
    }
}

/// One connection; its registration keeps it alive.
private final class MailSession: EventHandler {
    private let socket: Descriptor
    private let load: MailLoad
    private var dialogue: MailDialogue
    private var registration: EventLoop.Registration?

    init(socket: consuming Descriptor, message: MailMix.Message, load: MailLoad) {
        self.socket = socket
        self.load = load
        dialogue = MailDialogue(message)
    }

    func begin() throws {
        registration = try load.loop.register(socket.raw, for: .readable, handler: self)
    }

    func descriptorReady(_ readiness: Readiness) {
        switch unsafe receive(from: socket.raw, into: load.received) {
        case .wouldBlock: return
        case .closed: end("the connection ended")
        case .bytes(let count):
            switch dialogue.receive(unsafe Array(load.received[..<count])) {
            case .wait: return
            case .finished: end(nil)
            case .failed(let complaint): end(complaint)
            case .send(let bytes):
                // Far less than a socket's buffer takes, and nothing else is on its way.
                if send(bytes.span, to: socket.raw) != .bytes(bytes.count) { end("cannot send") }
            }
        }
    }

    private func end(_ complaint: String?) {
        if let registration { load.loop.remove(registration) }
        registration = nil
        load.end(complaint: complaint)
    }
}
