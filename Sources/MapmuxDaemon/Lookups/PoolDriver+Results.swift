// What comes back on a pool's connections: each result is held against what is next in flight, and becomes outcomes.

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
        while pool.isCurrent(connection), let result = shell.nextResult() {
            var outcomes = take(result, pool.nextInFlight(on: connection), on: connection)
            perform(&outcomes)
        }
        // What the server has told of that came between the results.
        if pool.isCurrent(connection), shell.hasOtherEscaping { disconnected(connection, Self.otherEscaping) }
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
                if pool.uncommitted(on: connection) == nil { return outcomes }
                connections[connection.slot]!.uncommitted = consume outcomes
            case .array(let table, let queries):
                // Where the rows make no sense, each query is asked again on its own.
                guard let outcomes = Outcomes(rows, to: queries, plan.tables[table], pool) else {
                    pool.failed(on: connection, StatementFailure(sqlState: ""), now: loop.now)
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
                if let reason = Self.text(rows) {
                    disconnected(connection, ServerError(sqlState: "", message: reason))
                } else {
                    pool.succeeded(on: connection)
                }
            case .look:
                let hasChanged = noteLook(Self.text(rows), on: connections[connection.slot]!)
                pool.looked(on: connection, hasChanged: hasChanged, now: loop.now)
            case .reset(let step, _):
                if step == .question && Self.text(rows) != nil { pool.noteTemporaryTables(on: connection) }
                pool.succeeded(on: connection)
            case .release:
                pool.succeeded(on: connection)
            case .preparation, .arrayPreparation, .sync, nil:
                disconnected(connection, Self.outOfStep)
            }
        case .prepared:
            switch next {
            case .preparation, .arrayPreparation: pool.succeeded(on: connection)
            case .query, .array, .survey, .check, .look, .reset, .release, .sync, nil:
                disconnected(connection, Self.outOfStep)
            }
        case .failed(let error):
            switch next {
            case .query, .array, .preparation, .survey, .arrayPreparation:
                noteFailure(on: connection, error)
                pool.failed(on: connection, StatementFailure(sqlState: error.sqlState), now: loop.now)
            case .check, .look, .reset:
                disconnected(connection, error)
            // The server did not have it.
            case .release:
                pool.succeeded(on: connection)
            case .sync:
                // What statements that only read have read stands, and is answered. The end of the batch follows.
                log.batchFailed(plan.target.hosts[connections[connection.slot]!.host], error)
                if let query = pool.uncommitted(on: connection) {
                    connections[connection.slot]!.uncommitted = nil
                    noteFailure(ofQuery: query, error)
                    pool.commitFailed(
                        on: connection, StatementFailure(sqlState: error.sqlState), now: loop.now)
                }
            case nil:
                disconnected(connection, Self.outOfStep)
            }
        case .aborted:
            switch next {
            case .query, .array, .preparation, .survey, .arrayPreparation:
                pool.aborted(on: connection)
            case .check, .look, .reset, .release, .sync, nil: disconnected(connection, Self.outOfStep)
            }
        case .synced:
            if next == .sync {
                pool.synced(on: connection)
                return connections[connection.slot]!.uncommitted.take()
            } else {
                disconnected(connection, Self.outOfStep)
            }
        case .disconnected(let error):
            disconnected(connection, error)
        }
        return nil
    }

    private static let otherEscaping = ServerError(
        sqlState: "", message: "standard_conforming_strings or client_encoding has changed")
    private static let outOfStep = ServerError(sqlState: "", message: "the server's results are out of step")

    private func noteFailure(on connection: ConnectionID, _ error: ServerError) {
        record.noteError(error)
        switch pool.nextInFlight(on: connection) {
        case .preparation(let table):
            tableErrors[table] = error
            log.preparationFailed(plan.tables[table], error)
        case .query(let query):
            noteFailure(ofQuery: query, error)
        case .array(let table, _), .survey(let table), .arrayPreparation(let table):
            log.batchStatementFailed(plan.tables[table], error)
        case .check, .look, .reset, .release, .sync, nil:
            break
        }
    }

    private func noteFailure(ofQuery query: QueryID, _ error: ServerError) {
        let (table, key) = pool.question(of: query)
        tableErrors[table] = error
        log.queryFailed(plan.tables[table], asked: key, error)
    }

    /// The last value that is not NULL.
    private static func text(_ rows: borrowing Rows) -> String? {
        var text: String?
        rows.forEachValue { text = $0.text }
        return text
    }
}
