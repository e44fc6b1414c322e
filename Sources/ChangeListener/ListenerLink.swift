// One of a lease's connections.

internal import Databases
internal import EventLoop
internal import LookupTables
internal import LookupValues
internal import PostgreSQL

/// A connection from the attempt to make it until it is closed, with one batch under way at most.
final class ListenerLink: EventHandler {
    enum Event {
        /// - Parameter server: the identity of the server that the host has led to; empty if it can't be told.
        case connected(isPooled: Bool, server: String)
        /// The attempt has failed, or the connection is lost.
        case lost(ServerError)
        /// The rows of each statement of the batch, without values that are NULL; or the first error.
        case answered(Result<[[[String]]], ServerError>)
        case notified([Notification])
    }

    /// How many bytes of rows may come for a batch.
    private static let longestAnswer = 1_048_576

    private let services: ListenerServices
    /// How long a statement may take, in nanoseconds.
    private var patience: Int64 = 0
    private var attempt: Connector.Attempt?
    private var connection: Connection?
    private var registration: EventLoop.Registration?
    private var notify: (Event) -> Void = { _ in }
    private var isBlocked = false
    /// Whether an analysis has the connection.
    private var isLending = false
    /// The first one is that of the limits, which is empty; the next one that of forgetting, if there is any.
    private var answers: [[[String]]] = []
    private var bytes = 0
    private var failure: ServerError?
    private static let lookName = "\(Dependencies.lookName)_beat"
    /// The look that is prepared, and the one that is being prepared.
    private var preparedLook: String?
    private var nextLook: String?
    /// Whether the batch begins with forgetting the one before.
    private var forgetsLook = false

    init(services: ListenerServices) {
        self.services = services
    }

    /// Begins to connect. `notify` gets all events until `close`.
    func open(
        _ parameters: ConnectionParameters, _ terms: ConnectionTerms, _ notify: @escaping (Event) -> Void
    ) {
        self.notify = notify
        patience = terms.queryTimeout
        let question = DependencyQuestion(templates: [], trusted: [], comparesPlans: false, known: [])
        attempt = services.connector.connect(parameters, terms, question) { [unowned self] result in
            attempt = nil
            do throws(ServerError) {
                let established = try result.mapError(\.error).get()
                established.connection.keepNotifications()
                try register(established.connection)
                self.notify(
                    .connected(
                        isPooled: established.setup.isPooled,
                        server: established.setup.found?.identity ?? ""))
            } catch {
                self.notify(.lost(error))
            }
        }
    }

    private func register(_ connection: Connection) throws(ServerError) {
        do throws(SystemError) {
            registration = try services.loop.register(connection.descriptor, for: .readable, handler: self)
        } catch {
            throw ServerError(sqlState: "", message: "\(error)")
        }
        self.connection = connection
        isBlocked = false
    }

    /// Closes the connection or gives up the attempt. No event follows.
    func close() {
        notify = { _ in }
        if let attempt { services.connector.cancel(attempt) }
        if let registration { services.loop.remove(registration) }
        if let connection { services.connector.close(connection) }
        attempt = nil
        registration = nil
        connection = nil
        isLending = false
    }

    /// Sends statements as a batch. `answered` follows, unless the connection is lost.
    ///
    /// - Parameter look: SQL that is executed first. It stays prepared, as it may be long, and is sent again and again.
    func send(_ statements: [String], look: String? = nil) {
        guard let connection else { return }
        answers = []
        bytes = 0
        failure = nil
        forgetsLook = false
        let limits = OwnLimits(patience, serverVersion: connection.serverVersion)
        let isSent =
            connection.sendStatement { $0 += limits.sql.utf8 }
            && look.map { send(look: $0, on: connection) } ?? true
            && statements.allSatisfy { sql in connection.sendStatement { $0 += sql.utf8 } }
        if !isSent || !connection.sendSync() || !flush() { notify(.lost(connection.error)) }
    }

    private func send(look: String, on connection: Connection) -> Bool {
        if look != preparedLook {
            forgetsLook = preparedLook != nil
            if forgetsLook
                && !connection.sendStatement(appendSQL: { $0 += "DEALLOCATE \(Self.lookName)".utf8 })
            {
                return false
            }
            nextLook = look
            if !connection.sendPrepare(name: Self.lookName, sql: look) { return false }
        }
        return connection.sendPrepared(name: Self.lookName, parameterCount: 0) { _, _ in }
    }

    /// Lends the connection to an analysis.
    func analyse(
        _ templates: [QueryTemplate], completion: @escaping (Result<Findings, ServerError>) -> Void
    ) {
        guard let connection, let registration else { return }
        services.loop.remove(registration)
        self.registration = nil
        self.connection = nil
        services.errands.analyse(templates, on: connection, services.analyse) {
            [weak self, services] connection, result in
            // It may have been closed meanwhile.
            guard let self, isLending else {
                services.connector.close(connection)
                return
            }
            isLending = false
            do throws(ServerError) {
                if connection.isBroken { throw connection.error }
                try register(connection)
                completion(result)
            } catch {
                notify(.lost(error))
            }
        }
        isLending = true
    }

    private func flush() -> Bool {
        guard let connection else { return false }
        let outcome = connection.flush()
        let isBlocked = outcome == .blocked
        if isBlocked != self.isBlocked, let registration {
            self.isBlocked = isBlocked
            services.loop.change(registration, to: isBlocked ? [.readable, .writable] : .readable)
        }
        return outcome != .disconnected
    }

    // MARK: Receiving

    func descriptorReady(_ readiness: Readiness) {
        guard let connection else { return }
        if isBlocked && !flush() {
            notify(.lost(connection.error))
            return
        }
        connection.consumeInput()
        tellNotifications(of: connection)
        while self.connection === connection, let result = connection.nextResult() {
            switch consume result {
            case .succeeded(let rows): take(rows)
            case .failed(let error):
                failure = failure ?? error
                // It is not there, then.
                if forgetsLook && answers.count == 1 { preparedLook = nil }
            case .prepared: preparedLook = nextLook
            case .aborted: continue
            case .synced:
                let all = Array(answers.dropFirst(forgetsLook ? 2 : 1))
                notify(.answered(failure.map { .failure($0) } ?? .success(all)))
            case .disconnected(let error): notify(.lost(error))
            }
        }
        // PQgetResult parses those that have come behind a result.
        if self.connection === connection { tellNotifications(of: connection) }
    }

    private func tellNotifications(of connection: Connection) {
        let notifications = connection.takeNotifications()
        if !notifications.isEmpty { notify(.notified(notifications)) }
    }

    private func take(_ rows: borrowing Rows) {
        var answer: [[String]] = []
        for row in 0..<rows.rowCount {
            var values: [String] = []
            rows.forEachValue(inRow: row) { value in
                bytes += value.count
                if bytes <= Self.longestAnswer { values.append(value.text) }
            }
            answer.append(values)
        }
        answers.append(answer)
        if forgetsLook && answers.count == 2 { preparedLook = nil }
    }
}
