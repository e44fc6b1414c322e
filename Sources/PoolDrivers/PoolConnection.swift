// One of a pool's connections: a libpq connection, its place in the loop, and the statements prepared on it.

internal import AnswerCache
internal import Configuration
internal import Databases
internal import EventLoop
internal import LookupPool
internal import LookupTables
internal import PostgreSQL

/// A connection from the attempt to make it until it is closed. It acts; the pool decides.
final class PoolConnection: EventHandler {
    /// What happens to a connection.
    enum Event {
        case connected(ConnectionSetup)
        case failed(ConnectFailure)
        /// Results may have come.
        case readable
        case broken(ServerError)
    }

    let host: Int
    private let loop: EventLoop
    private let connector: Connector
    private let parameters: ConnectionParameters
    private let terms: ConnectionTerms
    private let question: DependencyQuestion
    private var attempt: Connector.Attempt?
    private var connection: Connection?
    private var registration: EventLoop.Registration?
    /// What the connection's answers depend on, as found when it was made; nil if that was not possible.
    private(set) var dependencies: Dependencies?
    /// The identity of the server that it led to then.
    private(set) var server = ""
    /// The same as a cache takes it; nil if it is not known.
    private(set) var serverName: UInt64?
    /// Whether the server follows another one; false also if the terms don't ask.
    private(set) var isStandby = false
    /// The pool's number for these dependencies.
    var dependencyNumber = 0
    /// The outcome of a query whose batch has not ended.
    var uncommitted: QueryOutcomes?
    private var settings = ""
    /// What is sent before a look or a check, so that the role's limits are for its lookups only; empty if the server does
    /// not let it be set.
    private var ownLimits: [UInt8] = []
    /// Whether the result of that has come, and the one of what follows has not.
    private var hasOwnLimits = false
    private var isPooled = false
    private var escaping = Escaping()
    private var isBlocked = false
    private var notify: (Event) -> Void = { _ in }
    /// The names of the tables' statements. A statement prepared anew gets a new name.
    private var statementNames: [String]
    /// The names of the tables' array statements, and the text of those that are known.
    private var arrayNames: [String]
    /// The names of the statements that the server is to drop.
    private var replacedNames: [String]
    private var replacedArrayNames: [String]
    private var arraySQL: [String?]
    private var names = StatementNames()

    /// - Parameters:
    ///   - host: the index of the host, for the owner of the connection.
    ///   - terms: what the connection must keep to.
    ///   - question: asks what its answers depend on, for all of the pool's tables.
    init(
        host: Int, loop: EventLoop, connector: Connector, parameters: ConnectionParameters,
        terms: ConnectionTerms, question: DependencyQuestion
    ) {
        let tableCount = question.templates.count
        self.host = host
        self.loop = loop
        self.connector = connector
        self.parameters = parameters
        self.terms = terms
        self.question = question
        statementNames = Array(repeating: "", count: tableCount)
        arrayNames = statementNames
        replacedNames = statementNames
        replacedArrayNames = statementNames
        arraySQL = Array(repeating: nil, count: tableCount)
    }

    /// Begins to connect. `notify` gets all events until `close`.
    func open(_ notify: @escaping (Event) -> Void) {
        self.notify = notify
        attempt = connector.connect(parameters, terms, question) { [unowned self] result in
            attempt = nil
            finishConnecting(result)
        }
    }

    /// Closes the connection or gives up the attempt. No event follows.
    func close() {
        notify = { _ in }
        if let attempt { connector.cancel(attempt) }
        if let registration { loop.remove(registration) }
        if let connection { connector.close(connection) }
        attempt = nil
        registration = nil
        connection = nil
    }

    /// Why this connection must not be used for this table's query; nil if it may.
    func refusal(of template: QueryTemplate) -> ServerError? {
        connection?.refusal(of: template)
    }

    /// 0 until it is connected.
    var backendProcess: Int { connection?.serverProcess ?? 0 }

    /// The latest error that libpq has reported for the connection.
    var error: ServerError {
        connection?.error ?? ServerError(sqlState: "", message: "the connection is closed")
    }

    private func finishConnecting(_ result: Result<Connector.Established, ConnectFailure>) {
        do {
            let established = try result.get()
            let connection = established.connection
            registration = try loop.register(connection.descriptor, for: .readable, handler: self)
            self.connection = connection
            dependencies = established.setup.found?.dependencies
            server = established.setup.found?.identity ?? ""
            serverName = server.isEmpty ? nil : KeyDigest.hash(of: Array(server.utf8).span)
            settings = established.setup.settings
            isPooled = established.setup.isPooled
            if established.setup.limitsOwn {
                let limits = OwnLimits(terms.queryTimeout, serverVersion: connection.serverVersion)
                ownLimits = Array(limits.sql.utf8)
            }
            isStandby = established.setup.isStandby
            escaping = connection.escaping
            notify(.connected(established.setup))
        } catch let failure as ConnectFailure {
            notify(.failed(failure))
        } catch {
            let error = ServerError(sqlState: "", message: "\(error)")
            notify(.failed(ConnectFailure(error: error, hasConnected: true)))
        }
    }

    // MARK: Sending; false when the connection is broken

    func prepare(_ table: Int, _ template: QueryTemplate) -> Bool {
        replacedNames[table] = statementNames[table]
        statementNames[table] = names.next()
        return connection!.sendPrepare(name: statementNames[table], sql: template.sql)
    }

    /// Has the server drop the statement that the latest preparation has replaced.
    func release(_ table: Int, isArray: Bool) -> Bool {
        let name = isArray ? replacedArrayNames[table] : replacedNames[table]
        return connection!.sendStatement { $0 += "DEALLOCATE \(name)".utf8 }
    }

    /// Asks for the types that the table's array statement must name.
    func survey(_ table: Int) -> Bool {
        connection!.sendStatement {
            $0 += QueryTemplate.arrayTypesSQL(ofStatement: statementNames[table]).utf8
        }
    }

    /// The most bytes that the types of a query may have: a longer text is no list of names.
    private static let longestTypes = 65_536

    /// Takes in these types; false if the table can't have an array statement on this connection.
    func surveyed(_ table: Int, _ template: QueryTemplate, arrayTypes: [String]) -> Bool {
        guard arrayTypes.reduce(0, { $0 + $1.utf8.count }) <= Self.longestTypes else { return false }
        arraySQL[table] = connection!.arraySQL(of: template, arrayTypes: arrayTypes)
        return arraySQL[table] != nil
    }

    /// Prepares the array statement of a table that has been surveyed.
    func prepareArray(_ table: Int) -> Bool {
        replacedArrayNames[table] = arrayNames[table]
        arrayNames[table] = names.next()
        return connection!.sendPrepare(name: arrayNames[table], sql: arraySQL[table]!)
    }

    /// Sends the array statement.
    ///
    /// - Parameter forEachKey: passes each key, as often as it is called.
    func send(
        table: Int, _ template: QueryTemplate, forEachKey: ((Span<UInt8>) -> Void) -> Void
    ) -> Bool {
        connection!.sendPrepared(name: arrayNames[table], parameterCount: template.parameterCount) {
            index, bytes in
            template.appendArray(index, into: &bytes, forEachKey: forEachKey)
        }
    }

    /// Asks whether the server is still fit for use; a reason comes back if it isn't.
    func check() -> Bool {
        sendOwnLimits() && connection!.sendStatement { $0 += Array((terms.fitnessQuery ?? "SELECT").utf8) }
    }

    /// Asks for the current value of what the connection depends on; a text comes back.
    func look() -> Bool {
        guard sendOwnLimits() else { return false }
        return isPooled
            ? connection!.sendStatement { $0 += dependencies!.look.utf8 }
            : connection!.sendPrepared(name: Dependencies.lookName, parameterCount: 0) { _, _ in }
    }

    private func sendOwnLimits() -> Bool {
        ownLimits.isEmpty || connection!.sendStatement { $0 += ownLimits }
    }

    /// Whether the result of a look or a check is that of the statement before it. To be asked once for each result.
    func isOfOwnLimits() -> Bool {
        if ownLimits.isEmpty { return false }
        hasOwnLimits.toggle()
        return hasOwnLimits
    }

    /// Makes the session like a new one. This is one of several statements for it.
    func reset(_ step: ResetStep) -> Bool {
        connection!.sendStatement { $0 += step.sql(settings: settings).utf8 }
    }

    func send(_ key: [UInt8], table: Int, _ template: QueryTemplate, _ form: QueryForm) -> Bool {
        let connection = connection!
        switch form {
        case .prepared:
            return connection.sendPrepared(
                name: statementNames[table], parameterCount: template.parameterCount
            ) { index, bytes in
                template.appendParameter(index, key: key.span, into: &bytes)
            }
        case .unnamed:
            return connection.sendUnnamed(sql: template.sql, parameterCount: template.parameterCount) {
                index, bytes in
                template.appendParameter(index, key: key.span, into: &bytes)
            }
        case .literal:
            return connection.sendStatement { sql in
                template.appendLiteralStatement(key: key.span, into: &sql) { part, sql in
                    connection.appendEscaped(part, to: &sql)
                }
            }
        }
    }

    func endBatch() -> Bool {
        connection!.sendSync() && flush()
    }

    /// Sends what the socket takes, and has the loop report when it takes more.
    private func flush() -> Bool {
        let outcome = connection!.flush()
        let isBlocked = outcome == .blocked
        if isBlocked != self.isBlocked, let registration {
            self.isBlocked = isBlocked
            loop.change(registration, to: isBlocked ? [.readable, .writable] : .readable)
        }
        return outcome != .disconnected
    }

    // MARK: Receiving

    func descriptorReady(_ readiness: Readiness) {
        if isBlocked && !flush() {
            notify(.broken(error))
        } else {
            notify(.readable)
        }
    }

    func consumeInput() { connection!.consumeInput() }

    /// Whether the settings that escapes depend on have changed since the connection was made: they decided what may be
    /// asked on it.
    var hasOtherEscaping: Bool { connection!.escaping != escaping }

    func nextResult() -> PipelineResult? { connection!.nextResult() }
}
