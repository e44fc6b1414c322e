// One client of the control socket.

internal import EventLoop
internal import LookupValues

/// One connection: commands one after the other.
final class ControlSession: EventHandler {
    /// The longest command, in bytes: a target's name may have many hosts.
    private static let longestLine = 4_096

    private let descriptor: Descriptor
    private let loop: EventLoop
    private let patience: Int64
    private let execute: ControlExecutor
    private let ended: (ControlSession) -> Void
    private var registration: EventLoop.Registration?
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    /// Whether a command is under way: the next one waits for its answer.
    private var isBusy = false
    /// Whether the command is being started, so that it may be answered at once.
    private var isExecuting = false
    /// Whether the command was to drain: the client waits for the daemon's end.
    private var isLast = false
    /// When the client connected, or got its latest answer.
    private(set) var since: Instant

    init(
        descriptor: consuming Descriptor, loop: EventLoop, patience: Int64,
        execute: @escaping ControlExecutor, ended: @escaping (ControlSession) -> Void
    ) throws(SystemError) {
        self.descriptor = descriptor
        self.loop = loop
        self.patience = patience
        self.execute = execute
        self.ended = ended
        since = loop.now
        registration = try loop.register(self.descriptor.raw, for: .readable, handler: self)
    }

    /// When it is ended for its silence; nil if the daemon owes it an answer or its end.
    var deadline: Instant? {
        isBusy || isLast ? nil : since.advanced(byNanoseconds: patience)
    }

    func descriptorReady(_ readiness: Readiness) {
        if readiness.contains(.readable) {
            guard read() else { return end() }
        } else if readiness.contains(.hungUp) {
            return end()
        }
        goOn()
    }

    /// False if no more bytes will come.
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
            return refuse("found `\(line.shown(upTo: 40))`, expected one of \(known)")
        }
        isBusy = true
        isLast = command == .drain
        isExecuting = true
        execute(command) { [weak self] answer in self?.finish(answer) }
        isExecuting = false
    }

    private func finish(_ answer: ControlAnswer) {
        guard registration != nil else { return }
        isBusy = false
        since = loop.now
        output += answer.line
        if !isExecuting { goOn() }
    }

    /// Answers with an error. The rest of the input is dropped, as the client does not speak the protocol.
    private func refuse(_ message: String) {
        output += ControlAnswer(.failed, [message]).line
        input = []
    }

    /// Sends the answers, and then takes the next command.
    private func goOn() {
        repeat {
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
            takeCommand()
        } while !output.isEmpty
        guard let registration else { return }
        // Bytes that come during a command wait in the socket, if the input is as long as a command already.
        loop.change(registration, to: isBusy && input.count >= Self.longestLine ? [] : .readable)
    }

    func end() {
        guard let registration else { return }
        loop.remove(registration)
        self.registration = nil
        ended(self)
    }
}
