// Listens on a socket for one worker: accepts clients as long as there is room for them.

internal import ClientSessions
internal import Configuration
internal import DaemonLog
internal import EventLoop
internal import Logging
internal import LookupValues

/// Accepts from one listening socket, which several workers may share.
final class Listener: EventHandler {
    /// Clients accepted before others get their turn. If many others are ready, half as many as those: otherwise new
    /// clients would wait for seconds while thousands are served.
    private static let fewestAcceptsInTurn = 16
    private var acceptsInTurn: Int { max(Self.fewestAcceptsInTurn, loop.readyCount / 2) }
    /// How long no client is accepted after a lack of descriptors or memory, in nanoseconds.
    private static let retryInterval: Int64 = 1_000_000_000

    private let socket: ListeningSocket
    private var clientProtocol: ClientProtocol
    private let terms: ClientTerms
    private let loop: EventLoop
    private let sessions: SessionTable
    private var limit: Int
    private let log: LimitedLog
    /// Nil while no client is accepted; new clients then wait in the socket's backlog.
    private var registration: EventLoop.Registration?
    /// When to try again after a failure.
    private(set) var retryAt: Instant?

    /// - Parameter limit: how many clients the worker may have, over all endpoints.
    init(
        _ served: ServedSocket, loop: EventLoop, sessions: SessionTable, limit: Int, log: LimitedLog
    ) throws(SystemError) {
        socket = served.socket
        clientProtocol = served.endpoint.clientProtocol
        terms = ClientTerms(path: served.socket.path, served.endpoint.terms)
        self.loop = loop
        self.sessions = sessions
        self.limit = limit
        self.log = log
        try resume()
    }

    var path: String { socket.path }

    /// Whether its clients do not behave as `proxymap_greeting` says.
    var isGreetingWrong: Bool { clientProtocol.hasGreeting && terms.habit.isContradicted }

    func isListening(on socket: ListeningSocket) -> Bool {
        self.socket === socket
    }

    /// Takes over the endpoint and the limit of a new configuration.
    func adopt(_ endpoint: Endpoint, limit: Int) {
        clientProtocol = endpoint.clientProtocol
        terms.adopt(endpoint.terms)
        self.limit = limit
        // Another worker may have room for the client that this one would be woken for.
        if sessions.count >= limit { close() }
    }

    func descriptorReady(_ readiness: Readiness) {
        do throws(SystemError) {
            for _ in 0..<acceptsInTurn {
                guard sessions.count < limit else {
                    log.log(
                        .warning, "max_clients reached", about: socket.path,
                        ["path": "\(socket.path)", "clients": "\(limit)"])
                    return close()
                }
                guard let client = try socket.accept() else { return }
                try admit(client)
            }
        } catch {
            log.log(
                .error, "clients can't be accepted", about: socket.path,
                ["path": "\(socket.path)", "error": "\(error)"])
            retryAt = loop.now.advanced(byNanoseconds: Self.retryInterval)
            close()
        }
    }

    private func admit(_ client: consuming Descriptor) throws(SystemError) {
        let user = peerUser(of: client)
        switch sessions.admission(of: user, room: limit) {
        case .admitted: try sessions.add(client, clientProtocol: clientProtocol, terms, of: user)
        case .notAllowed: refuse(user, "a client was turned away, whom allowed_users does not name")
        case .shareUsed:
            refuse(user, "a client was turned away: the rest of max_clients is kept for other users")
        }
    }

    private func refuse(_ user: UInt32?, _ message: String) {
        sessions.counters.noteRefused(by: clientProtocol)
        log.log(
            .warning, message, about: socket.path,
            ["path": "\(socket.path)", "user": "\(user.map { "\($0)" } ?? "")"])
    }

    /// Accepts again if it has stopped and may go on. To be called after each turn.
    func resumeIfPossible() {
        if let retryAt, retryAt > loop.now { return }
        // Also if there is no room: a time that has passed would keep the worker from sleeping.
        retryAt = nil
        guard registration == nil, sessions.count < limit else { return }
        do throws(SystemError) {
            try resume()
        } catch {
            retryAt = loop.now.advanced(byNanoseconds: Self.retryInterval)
        }
    }

    /// Accepts the clients that wait already, as far as there is room, and no others. At a socket that stays open the rest
    /// wait for a successor.
    func drain() {
        while !socket.isInherited, sessions.count < limit, let client = try? socket.accept() {
            try? admit(client)
        }
        close()
    }

    /// Accepts no more clients.
    func close() {
        if let registration { loop.remove(registration) }
        registration = nil
    }

    private func resume() throws(SystemError) {
        registration = try loop.register(socket.descriptor, for: [.readable, .exclusive], handler: self)
    }
}
