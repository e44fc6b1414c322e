// What comes back on a pool's connections: each result is held against what is next in flight, and becomes outcomes.

internal import EventLoop
internal import LookupPool
internal import LookupTables
internal import LookupValues
internal import PostgreSQL

extension PoolDriver {
    func receive(on connection: ConnectionID) {
        let shell = connections[connection.slot]!
        shell.consumeInput()
        while pool.isCurrent(connection), let result = shell.nextResult() {
            var outcomes = take(result, pool.nextInFlight(on: connection), on: connection)
            perform(&outcomes)
        }
    }

    /// Takes in a result, which must be one of what is next in flight. A server that says anything else is not trusted
    /// with another lookup.
    ///
    /// - Returns: the outcomes that the result means, if any.
    private func take(
        _ result: consuming PipelineResult, _ next: InFlight?, on connection: ConnectionID
    ) -> Outcomes? {
        switch consume result {
        case .succeeded(let rows):
            switch next {
            case .query(let query):
                let outcomes = Outcomes(rows, to: query, plan.tables, pool)
                pool.succeeded(on: connection)
                return outcomes
            case .batch(let table, let queries):
                // Where the rows make no sense, each query is asked again on its own.
                guard let outcomes = Outcomes(rows, to: queries, plan.tables[table], pool) else {
                    pool.failed(on: connection, .other, now: loop.now)
                    return nil
                }
                pool.succeeded(on: connection)
                return outcomes
            case .survey(let table):
                var types: [String] = []
                rows.forEachValue { types.append($0.text) }
                let template = plan.tables[table].template
                let isPossible = connections[connection.slot]!.surveyed(table, template, arrayTypes: types)
                pool.surveyed(on: connection, isPossible: isPossible)
            case .check:
                if let reason = Self.unfitness(rows) {
                    disconnected(connection, reason)
                } else {
                    pool.succeeded(on: connection)
                }
            case .preparation, .batchPreparation, .sync, nil:
                disconnected(connection, Self.outOfStep)
            }
        case .prepared:
            switch next {
            case .preparation, .batchPreparation: pool.succeeded(on: connection)
            case .query, .batch, .survey, .check, .sync, nil: disconnected(connection, Self.outOfStep)
            }
        case .failed(let error):
            switch next {
            case .query, .batch, .preparation, .survey, .batchPreparation:
                noteFailure(on: connection, error)
                pool.failed(on: connection, StatementFailure(sqlState: error.sqlState), now: loop.now)
            case .check:
                disconnected(connection, error)
            case .sync:
                // What the batch's statements have read stands, and is answered. The end of the batch follows.
                log.batchFailed(plan.target.hosts[connections[connection.slot]!.host], error)
            case nil:
                disconnected(connection, Self.outOfStep)
            }
        case .aborted:
            switch next {
            case .query, .batch, .preparation, .survey, .batchPreparation, .check:
                pool.aborted(on: connection)
            case .sync, nil: disconnected(connection, Self.outOfStep)
            }
        case .synced:
            if next == .sync {
                pool.synced(on: connection)
            } else {
                disconnected(connection, Self.outOfStep)
            }
        case .disconnected(let error):
            disconnected(connection, error)
        }
        return nil
    }

    private static let outOfStep = ServerError(sqlState: "", message: "the server's results are out of step")

    private func noteFailure(on connection: ConnectionID, _ error: ServerError) {
        record.noteError(error)
        switch pool.nextInFlight(on: connection) {
        case .preparation(let table):
            tableErrors[table] = error
            log.preparationFailed(plan.tables[table], error)
        case .query(let query):
            queryError = error
            log.queryFailed(plan.tables[pool.question(of: query).table], error)
        case .batch(let table, _), .survey(let table), .batchPreparation(let table):
            log.batchStatementFailed(plan.tables[table], error)
        case .check, .sync, nil:
            break
        }
    }

    /// What a check says against the server.
    private static func unfitness(_ rows: borrowing Rows) -> ServerError? {
        var reason: ServerError?
        rows.forEachValue { reason = ServerError(sqlState: "", message: $0.text) }
        return reason
    }
}
