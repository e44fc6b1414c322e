// The daemon's side of the control socket, on the main thread's loop.

internal import EventLoop
internal import Logging

/// Accepts those who may command this process: its own user, and root.
final class ControlServer: EventHandler {
    /// Who executes a command; the answer may come later.
    typealias Executor = (ControlCommand, @escaping (ControlAnswer) -> Void) -> Void

    /// More wait to be accepted.
    private static let maximumSessions = 16

    let socket: ListeningSocket
    private let loop: EventLoop
    private let execute: Executor
    private let logger: Logger
    private var registration: EventLoop.Registration?
    private var sessions: [ControlSession] = []

    init(
        socket: ListeningSocket, loop: EventLoop, logger: Logger, execute: @escaping Executor
    ) throws(SystemError) {
        self.socket = socket
        self.loop = loop
        self.execute = execute
        self.logger = logger
        registration = try loop.register(socket.descriptor, for: .readable, handler: self)
    }

    func descriptorReady(_ readiness: Readiness) {
        do throws(SystemError) {
            while sessions.count < Self.maximumSessions {
                guard let client = try socket.accept() else { return }
                let user = peerUser(of: client)
                guard let user, user == 0 || user == Account.current else {
                    logger.warning(
                        "a user was turned away from the control socket",
                        metadata: ["user": "\(user.map { "\($0)" } ?? "")"])
                    continue
                }
                sessions.append(
                    // This stays as long as a session does, though another one may have come in its place meanwhile.
                    try ControlSession(descriptor: client, loop: loop, execute: execute) { [self] session in
                        sessions.removeAll { $0 === session }
                        listenAgain()
                    })
            }
        } catch {
            logger.error("the control socket fails", metadata: ["error": "\(error)"])
        }
        // Whoever else waits would wake the loop without end.
        stopListening()
    }

    private func listenAgain() {
        guard isOpen, registration == nil else { return }
        registration = try? loop.register(socket.descriptor, for: .readable, handler: self)
    }

    private func stopListening() {
        if let registration { loop.remove(registration) }
        registration = nil
    }

    private var isOpen = true

    /// Accepts nobody any more. Who is connected may stay.
    func close() {
        isOpen = false
        stopListening()
    }

    func endAll() {
        close()
        for session in sessions { session.end() }
    }
}

/// One connection: commands one after the other.
private final class ControlSession: EventHandler {
    /// Bytes of a command: a target's name may have many hosts.
    private static let longestLine = 4_096

    private let descriptor: Descriptor
    private let loop: EventLoop
    private let execute: ControlServer.Executor
    private let ended: (ControlSession) -> Void
    private var registration: EventLoop.Registration?
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    /// Whether a command is under way: the next one waits for its answer.
    private var isBusy = false

    init(
        descriptor: consuming Descriptor, loop: EventLoop, execute: @escaping ControlServer.Executor,
        ended: @escaping (ControlSession) -> Void
    ) throws(SystemError) {
        self.descriptor = descriptor
        self.loop = loop
        self.execute = execute
        self.ended = ended
        registration = try loop.register(self.descriptor.raw, for: .readable, handler: self)
    }

    func descriptorReady(_ readiness: Readiness) {
        if readiness.contains(.readable) {
            guard read() else { return end() }
            takeCommand()
        } else if readiness.contains(.hungUp) {
            return end()
        }
        flush()
    }

    /// False where nothing more comes.
    private func read() -> Bool {
        var buffer = [UInt8](repeating: 0, count: Self.longestLine)
        switch unsafe buffer.withUnsafeMutableBytes({ unsafe receive(from: descriptor.raw, into: $0) }) {
        case .bytes(let count):
            input += buffer[..<count]
            return true
        case .wouldBlock: return true
        case .closed: return false
        }
    }

    private func takeCommand() {
        guard !isBusy else { return }
        guard let end = input.firstIndex(of: UInt8(ascii: "\n")) else {
            if input.count >= Self.longestLine { refuse("the command is too long") }
            return
        }
        let line = String(decoding: input[..<end], as: UTF8.self)
        input.removeFirst(end + 1)
        guard let command = ControlCommand(line: line) else {
            let known = ControlCommand.words.joined(separator: ", ")
            return refuse("found `\(line.prefix(40))`, expected one of \(known)")
        }
        isBusy = true
        execute(command) { [weak self] answer in self?.finish(answer) }
    }

    private func finish(_ answer: ControlAnswer) {
        guard registration != nil else { return }
        isBusy = false
        output += answer.line
        takeCommand()
        flush()
    }

    /// Says what is wrong; whoever does not speak the protocol says nothing more of use.
    private func refuse(_ message: String) {
        output += ControlAnswer(.failed, [message]).line
        input = []
    }

    private func flush() {
        guard let registration else { return }
        while !output.isEmpty {
            switch send(output.span, to: descriptor.raw) {
            case .bytes(let count):
                output.removeFirst(count)
            case .wouldBlock:
                return loop.change(registration, to: .writable)
            case .closed:
                return end()
            }
        }
        // What comes while a command is under way waits in the socket, once there is a command's worth of it.
        loop.change(registration, to: isBusy && input.count >= Self.longestLine ? [] : .readable)
    }

    func end() {
        guard let registration else { return }
        loop.remove(registration)
        self.registration = nil
        ended(self)
    }
}
