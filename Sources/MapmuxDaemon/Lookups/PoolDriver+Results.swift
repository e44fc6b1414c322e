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
            take(result, pool.nextInFlight(on: connection), on: connection)
            perform()
            outcomes.removeAll(keepingCapacity: true)
        }
    }

    /// Takes in a result, which must be one of what is next in flight. A server that says anything else is not trusted
    /// with another lookup.
    private func take(_ result: consuming PipelineResult, _ next: InFlight?, on connection: ConnectionID) {
        switch consume result {
        case .succeeded(let rows):
            switch next {
            case .query(let query):
                answerSentAt = pool.sentAt(of: query)
                outcomes.append(pool.isWanted(query) ? outcome(of: query, rows) : .notFound)
                pool.succeeded(on: connection)
            case .batch(let table, let count):
                take(rows, ofBatchOf: count, table, on: connection)
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
    }

    private static let outOfStep = ServerError(sqlState: "", message: "the server's results are out of step")

    // MARK: Outcomes

    /// Answers the queries of one statement. Each row says whose it is; where that makes no sense, each query is asked again
    /// on its own.
    private func take(
        _ rows: borrowing Rows, ofBatchOf count: Int, _ table: Int, on connection: ConnectionID
    ) {
        guard let places = places(of: rows, ofBatchOf: count) else {
            return pool.failed(on: connection, .other, now: loop.now)
        }
        let question = pool.question(ofBatchOn: connection)
        var builder = ResultBuilder(table: plan.tables[table])
        // Moved out: a property would be looked up for each.
        var answers: [LookupOutcome] = []
        swap(&answers, &outcomes)
        var row = 0
        for (place, key) in question.keys.enumerated() {
            let first = row
            while row < places.count, places[row] == place { row += 1 }
            guard let key else {
                answers.append(.notFound)
                continue
            }
            builder.begin(key: key)
            for row in first..<row { rows.forEachValue(inRow: row, from: 1) { builder.add($0) } }
            answers.append(builder.finish())
        }
        answerSentAt = question.sentAt
        swap(&answers, &outcomes)
        pool.succeeded(on: connection)
    }

    /// Which of so many places, counted from 0, each row names; nil where one names none of them, or one before that of the row above it.
    private func places(of rows: borrowing Rows, ofBatchOf count: Int) -> [Int]? {
        var places: [Int] = []
        places.reserveCapacity(rows.rowCount)
        for row in 0..<rows.rowCount {
            // SQL counts from 1.
            guard let number = rows.number(inRow: row), number > places.last ?? 0, number <= count else {
                return nil
            }
            places.append(number - 1)
        }
        return places
    }

    private func outcome(of query: QueryID, _ rows: borrowing Rows) -> LookupOutcome {
        let (table, key) = pool.question(of: query)
        var builder = ResultBuilder(table: plan.tables[table], key: key)
        rows.forEachValue { builder.add($0) }
        return builder.finish()
    }

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
