// What the results that come back mean for the queries in flight, the statements and the batches.

internal import DequeModule
package import LookupValues

extension TargetPool {
    /// What the next result on this connection belongs to: results come in the order of sending. The shell reports a
    /// result only as what this says; a server that has anything else to say is out of step, and of no use any more.
    package func nextInFlight(on connection: ConnectionID) -> InFlight? {
        connections[slot(of: connection)].inFlight.first
    }

    /// The next in flight has succeeded. An `answer` follows for each lookup of its query, or of its queries, whether the
    /// outcome is a value or not.
    package mutating func succeeded(on connection: ConnectionID) {
        let slot = slot(of: connection)
        let wasStalled = connections[slot].stalledAt != nil
        switch popInFlight(on: slot) {
        case .preparation(let table):
            connections[slot].statements[table] = .prepared
            tables[table].isKnown = true
        case .batchPreparation(let table):
            connections[slot].batchStatements[table] = .prepared
        case .batch(_, let queries):
            for (place, query) in queries.enumerated() {
                noteSuccess(ofQuery: query.index, at: place, wasStalled: wasStalled)
            }
        case .check:
            break
        case .survey:
            preconditionFailure("a survey has a result of its own")
        case .sync:
            preconditionFailure("a batch's end was reported as a statement's success")
        case .query(let query):
            noteSuccess(ofQuery: query.index, at: 0, wasStalled: wasStalled)
        }
    }

    private mutating func noteSuccess(ofQuery query: Int, at place: Int, wasStalled: Bool) {
        let table = queries[query].table
        if !wasStalled && tables[table].isSlow { noteQuickness(of: table) }
        tables[table].answeredAt = dispatchedAt
        if let suspect = queries[query].suspect { noteStaleStatement(suspect, of: table) }
        if tables[table].isolated > 0 { tables[table].isolated -= 1 }
        answer(query, at: place)
    }

    /// The next in flight has failed at the server. A query with parameters is asked once more with literals, since
    /// only the statement may be to blame (a column has changed its type, say); if that fails too, so do its lookups.
    /// What the server then skips of the batch comes as `aborted`.
    package mutating func failed(on connection: ConnectionID, _ failure: StatementFailure, now: Instant) {
        let slot = slot(of: connection)
        switch popInFlight(on: slot) {
        case .batch(let table, let several):
            tables[table].noteFailedBatch()
            // It may have been the statement's fault.
            connections[slot].batchStatements[table] = .none
            for query in several {
                queries[query.index].isSingle = true
                requeue(query.index)
            }
        case .survey(let table), .batchPreparation(let table):
            connections[slot].batchStatements[table] = .impossible
        case .preparation(let table):
            if failure != .cancelled { tables[table].isKnown = true }
            connections[slot].statements[table] =
                switch failure {
                case .parametersImpossible: .literal
                case .statementMissing: .unnamed
                case .cancelled, .other:
                    .failed(retryAt: now.advanced(byNanoseconds: PoolLimits.statementRetryInterval))
                }
        case .query(let query):
            let table = queries[query.index].table
            tables[table].isolated = PoolLimits.isolatedLookups
            switch (failure, queries[query.index].sentForm) {
            case (.statementMissing, .prepared):
                connections[slot].statements[table] = .unnamed
                requeue(query.index)
            case (.statementMissing, .unnamed), (.parametersImpossible, .prepared),
                (.parametersImpossible, .unnamed), (.other, .prepared), (.other, .unnamed):
                queries[query.index].isLiteral = true
                if connections[slot].statements[table] == .prepared {
                    let number = connections[slot].stalePreparations[table]
                    queries[query.index].suspect = Preparation(connection: connection, number: number)
                }
                requeue(query.index)
            case (_, .literal), (.cancelled, _):
                failAll(of: query.index, .queryFailed)
                removeQuery(query.index)
            }
        case .sync:
            preconditionFailure("a batch's end was reported as a failed statement")
        case .check:
            break
        }
    }

    /// The next in flight was skipped because of another's failure: it is sent again.
    package mutating func aborted(on connection: ConnectionID) {
        let slot = slot(of: connection)
        switch popInFlight(on: slot) {
        case .preparation(let table): noteUnprepared(table, on: slot)
        case .query(let query): requeue(query.index)
        case .batch(_, let queries): for query in queries { requeue(query.index) }
        case .survey(let table), .batchPreparation(let table):
            connections[slot].batchStatements[table] = .none
        case .check: break
        case .sync: preconditionFailure("a batch's end was reported as a skipped statement")
        }
    }

    /// The end of a batch has come, which must be the next in flight.
    package mutating func synced(on connection: ConnectionID) {
        let slot = slot(of: connection)
        let next = connections[slot].inFlight.popFirst()
        precondition(next == .sync, "a statement's result was reported as a batch's end")
        connections[slot].endBatch()
        isDispatchDue = true
    }

    mutating func popInFlight(on slot: Int) -> InFlight {
        isDispatchDue = true
        hosts[connections[slot].host].noteAnswer()
        if !connections[slot].isProven {
            connections[slot].isProven = true
            noteSuccess(of: connections[slot].host)
        }
        let statement = connections[slot].pop()
        noteSample(of: statement, on: slot)
        return statement
    }

    private mutating func noteSample(of statement: InFlight, on slot: Int) {
        switch statement {
        case .query(let query):
            connections[slot].sample.add(table: queries[query.index].table, isMany: false, keys: 1)
        case .batch(let table, let queries):
            connections[slot].sample.add(table: table, isMany: true, keys: queries.count)
        case .preparation, .survey, .batchPreparation, .check, .sync:
            connections[slot].sample.add(table: nil, isMany: false, keys: 0)
        }
    }

    private mutating func answer(_ query: Int, at place: Int) {
        var lookup = queries[query].lookups.first
        while lookup >= 0 {
            let next = lookupLinks.next(after: lookup)
            actions.append(.answer(lookups[lookup].requester, place: place))
            deadlineLinks.remove(lookup, from: &byDeadline)
            lookups.remove(lookup)
            lookup = next
        }
        removeQuery(query)
    }

    /// The literal form has worked where the prepared one had failed. Of the many queries that this may have happened
    /// to, the first has the statement prepared anew.
    private mutating func noteStaleStatement(_ suspect: Preparation, of table: Int) {
        let slot = suspect.connection.slot
        guard isCurrent(suspect.connection), connections[slot].statements[table] == .prepared,
            connections[slot].stalePreparations[table] == suspect.number
        else { return }
        connections[slot].stalePreparations[table] += 1
        if connections[slot].stalePreparations[table] > PoolLimits.stalePreparations {
            connections[slot].statements[table] = .literal
        } else {
            noteUnprepared(table, on: slot)
        }
    }

    mutating func noteUnprepared(_ table: Int, on slot: Int) {
        connections[slot].statements[table] = .unprepared
        connections[slot].batchStatements[table] = .none
        connections[slot].needsPreparation = true
    }
}
