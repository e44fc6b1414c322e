// The daemon's side of the control socket, on the main thread's loop.

internal import DaemonLog
internal import EventLoop
internal import Logging
internal import LookupValues

/// Accepts the users that may command this process: its own user, and root.
final class ControlServer: EventHandler {
    /// How many clients may be connected. If there is one more, the one that has been silent for longest is closed.
    private static let maximumSessions = 16
    /// How long no client is accepted after a lack of descriptors or memory, in nanoseconds.
    private static let retryInterval: Int64 = 1_000_000_000

    /// The socket that it listens on; nil if there is none.
    private(set) var socket: ListeningSocket?
    private let loop: EventLoop
    private let execute: ControlExecutor
    private let log: LimitedLog
    /// How long a client may take from connecting, or from its last answer, until its next command is complete and the
    /// answer taken, in nanoseconds.
    private let patience: Int64
    private var registration: EventLoop.Registration?
    /// When to accept again after a failure.
    private var retryAt: Instant?
    private var sessions: [ControlSession] = []

    init(
        loop: EventLoop, logger: Logger, patience: Int64 = 60_000_000_000, execute: @escaping ControlExecutor
    ) {
        self.loop = loop
        self.patience = patience
        self.execute = execute
        log = LimitedLog(logger: logger)
    }

    /// Listens on this socket from now on, instead of the present one. Connected clients stay.
    func listen(on socket: ListeningSocket) {
        close()
        self.socket = socket
        accept(at: socket)
    }

    private func accept(at socket: ListeningSocket) {
        do throws(SystemError) {
            registration = try loop.register(socket.descriptor, for: .readable, handler: self)
        } catch {
            fail(error, at: socket.path)
        }
    }

    func descriptorReady(_ readiness: Readiness) {
        guard let socket else { return }
        do throws(SystemError) {
            for _ in 0..<Self.maximumSessions {
                guard let client = try socket.accept() else { return }
                let user = peerUser(of: client)
                guard let user, user == 0 || user == Account.current else {
                    log.log(
                        .warning, "a user was turned away from the control socket", about: socket.path,
                        ["user": "\(user.map { "\($0)" } ?? "")"])
                    continue
                }
                makeRoom()
                sessions.append(
                    try ControlSession(
                        descriptor: client, loop: loop, patience: patience, execute: execute
                    ) { [unowned self] session in
                        sessions.removeAll { $0 === session }
                    })
            }
        } catch {
            fail(error, at: socket.path)
        }
    }

    /// If there is no room, closes the client that has been silent for longest: idle clients must not lock others out.
    private func makeRoom() {
        guard sessions.count >= Self.maximumSessions else { return }
        let idle = sessions.filter { $0.deadline != nil }
        (idle.isEmpty ? sessions : idle).min { $0.since < $1.since }?.end()
    }

    /// Accepts no client for a while: a client that waits would wake the loop without end.
    private func fail(_ error: SystemError, at path: String) {
        log.log(
            .error, "control connections can't be accepted", about: path,
            ["path": "\(path)", "error": "\(error)"])
        retryAt = loop.now.advanced(byNanoseconds: Self.retryInterval)
        stopListening()
    }

    private func stopListening() {
        if let registration { loop.remove(registration) }
        registration = nil
    }

    /// Accepts no more clients. Connected clients stay.
    func close() {
        retryAt = nil
        stopListening()
        socket = nil
    }

    func endAll() {
        close()
        for session in sessions { session.end() }
        log.tellRepeats(now: .distantFuture)
    }

    // MARK: Time

    /// When `keepTime` is to be called; nil if it has nothing to do.
    var deadline: Instant? {
        (sessions.map(\.deadline) + [retryAt, log.repeatsDueAt]).compactMap { $0 }.min()
    }

    /// Ends the clients whose time is over, and accepts again after a failure. To be called after each turn.
    func keepTime() {
        for session in sessions {
            if let deadline = session.deadline, deadline <= loop.now { session.end() }
        }
        log.tellRepeats(now: loop.now)
        guard let socket, let due = retryAt, due <= loop.now else { return }
        retryAt = nil
        accept(at: socket)
    }
}
