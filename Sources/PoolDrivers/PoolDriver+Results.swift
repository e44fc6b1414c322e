// What comes back on a pool's connections: each result becomes a small value for the pool, and its rows become outcomes.

internal import Configuration
internal import Databases
internal import EventLoop
internal import LookupPool
internal import LookupTables
internal import LookupValues
internal import PoolHealth
internal import PostgreSQL

extension PoolDriver {
    func receive(on connection: ConnectionID) {
        let shell = connections[connection.slot]!
        shell.consumeInput()
        answeringServer = shell.serverName
        while pool.isCurrent(connection), let result = shell.nextResult() {
            var outcomes = take(result, on: connection)
            perform(&outcomes)
        }
        // The server reports a change of these settings between the results.
        if pool.isCurrent(connection), shell.hasOtherEscaping { disconnected(connection, Self.otherEscaping) }
    }

    /// Takes in a result.
    ///
    /// - Returns: the outcomes of the answers that follow, if any.
    private func take(_ result: consuming PipelineResult, on connection: ConnectionID) -> QueryOutcomes? {
        let shell = connections[connection.slot]!
        var outcomes: QueryOutcomes?
        var error: ServerError?
        let value: ServerResult
        switch consume result {
        case .disconnected(let error):
            disconnected(connection, error)
            return nil
        case .succeeded(let rows):
            guard let read = read(rows, on: connection, &outcomes, &error) else { return nil }
            value = read
        case .failed(let failure):
            error = failure
            value = .failed(StatementFailure(sqlState: failure.sqlState))
        case .prepared: value = .prepared
        case .aborted: value = .aborted
        case .synced:
            value = .synced
            outcomes = shell.uncommitted.take()
        }
        switch pool.take(value, on: connection, now: loop.now) {
        case .taken: break
        case .awaitsEnd: shell.uncommitted = outcomes.take()
        case .refused(let statement): noteFailure(of: statement, error!)
        case .uncommitted(let query):
            shell.uncommitted = nil
            log.batchFailed(plan.target.hosts[shell.host], error!)
            if let query { noteFailure(ofQuery: query, error!) }
        case .unfit: disconnected(connection, error!)
        case .outOfStep: disconnected(connection, Self.outOfStep)
        }
        return outcomes
    }

    /// Reads rows as those of the next statement in flight; nil if they are of something that was sent before it.
    private func read(
        _ rows: consuming Rows, on connection: ConnectionID, _ outcomes: inout QueryOutcomes?,
        _ error: inout ServerError?
    ) -> ServerResult? {
        let shell = connections[connection.slot]!
        switch pool.nextInFlight(on: connection) {
        case .query(let query):
            outcomes = QueryOutcomes(rows, to: query, tables, pool)
            if shell.isStandby && outcomes!.outcome(at: 0) == .notFound { return .unconfirmed([0]) }
        case .array(let table, let queries):
            outcomes = QueryOutcomes(rows, to: queries, tables[table], pool)
            if outcomes == nil { return .senseless }
            if shell.isStandby && plan.confirmed.contains(table) {
                return .unconfirmed(queries.indices.filter { outcomes!.outcome(at: $0) == .notFound })
            }
        case .survey(let table):
            var types: [String] = []
            rows.forEachValue { types.append($0.text) }
            let template = tables[table].template
            return .surveyed(isPossible: shell.surveyed(table, template, arrayTypes: types))
        case .check:
            if shell.isOfOwnLimits() { return nil }
            guard let reason = Self.text(rows) else { break }
            error = ServerError(sqlState: "", message: reason)
            return .unfit
        case .look:
            if shell.isOfOwnLimits() { return nil }
            return .looked(hasChanged: noteLook(Self.text(rows), on: shell))
        case .reset(.question, _):
            if Self.text(rows) != nil { return .temporaryTables }
        case .reset, .release, .preparation, .arrayPreparation, .sync, nil:
            break
        }
        return .executed
    }

    private static let otherEscaping = ServerError(
        sqlState: "", message: "standard_conforming_strings or client_encoding has changed")
    private static let outOfStep = ServerError(sqlState: "", message: "the server's results are out of step")

    /// Notes a statement that the server has refused.
    private func noteFailure(of statement: InFlight, _ error: ServerError) {
        counters.noteError(error)
        switch statement {
        case .preparation(let table):
            tableErrors[table] = error
            log.preparationFailed(tables[table], error)
        case .query(let query):
            noteFailure(ofQuery: query, error)
        case .array(let table, _), .survey(let table), .arrayPreparation(let table):
            log.arrayStatementFailed(tables[table], error)
        case .check, .look, .reset, .release, .sync:
            break
        }
    }

    private func noteFailure(ofQuery query: QueryID, _ error: ServerError) {
        let (table, key) = pool.question(of: query)
        tableErrors[table] = error
        log.queryFailed(tables[table], asked: key, error)
    }

    /// The last value that is not NULL.
    private static func text(_ rows: borrowing Rows) -> String? {
        var text: String?
        rows.forEachValue { text = $0.text }
        return text
    }
}
