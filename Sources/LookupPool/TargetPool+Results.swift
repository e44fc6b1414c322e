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
            // A pooler may keep the statement for later, whatever changes: it is parsed anew each time.
            let isKept = connections[slot].isSerial && limits.freshness != nil
            connections[slot].statements[table] = isKept ? .unnamed : .prepared
            connections[slot].isNamed[table] = true
            tables[table].isKnown = true
        case .arrayPreparation(let table):
            connections[slot].arrayStatements[table] = .prepared
            connections[slot].isArrayNamed[table] = true
            connections[slot].arrayUsableUntil[table] =
                limits.freshness.map { connections[slot].arrayPreparedAt[table].advanced(byNanoseconds: $0) }
                ?? Instant(nanoseconds: .max)
        case .array(_, let queries):
            for (place, query) in queries.enumerated() {
                noteSuccess(ofQuery: query.index, on: slot, wasStalled: wasStalled)
                answer(query.index, at: place)
            }
        case .check, .reset, .release:
            break
        case .survey, .look:
            preconditionFailure("this has a result of its own")
        case .sync:
            preconditionFailure("a batch's end was reported as a statement's success")
        case .query(let query):
            noteSuccess(ofQuery: query.index, on: slot, wasStalled: wasStalled)
            if queries[query.index].awaitsEnd {
                connections[slot].uncommitted = query.index
            } else {
                answer(query.index, at: 0)
            }
        }
    }

    private mutating func noteSuccess(ofQuery query: Int, on slot: Int, wasStalled: Bool) {
        let table = queries[query].table
        errors.forget(table: table, at: connections[slot].host)
        if !wasStalled && tables[table].isSlow { noteQuickness(of: table) }
        tables[table].answeredAt = dispatchedAt
        if let failed = queries[query].failedPreparation { noteStaleStatement(failed, of: table) }
        if tables[table].isolated > 0 { tables[table].isolated -= 1 }
    }

    /// The query on this connection that has its result and is answered only when its batch has come to its end.
    package func uncommitted(on connection: ConnectionID) -> QueryID? {
        connections[slot(of: connection)].uncommitted.map { QueryID(index: $0) }
    }

    /// The batch of a query that has its result can't be committed: the query has failed. The end of the batch follows.
    package mutating func commitFailed(
        on connection: ConnectionID, _ failure: StatementFailure, now: Instant
    ) {
        let slot = slot(of: connection)
        guard let query = connections[slot].uncommitted.take() else { return }
        isDispatchDue = true
        noteError(ofQuery: query, at: connections[slot].host, failure, now: now)
    }

    /// The next in flight has failed at the server. Where the statement with parameters may be to blame, the query is asked
    /// once more with literals (a column has changed its type, say); else it is asked at the other hosts, if there are any.
    /// What the server then skips of the batch comes as `aborted`.
    package mutating func failed(on connection: ConnectionID, _ failure: StatementFailure, now: Instant) {
        let slot = slot(of: connection)
        switch popInFlight(on: slot) {
        case .array(let table, let several):
            tables[table].noteFailedArray()
            // It may have been the statement's fault.
            forgetArrayStatement(of: table, on: slot)
            for query in several {
                queries[query.index].isSingle = true
                requeue(query.index)
            }
        case .survey(let table), .arrayPreparation(let table):
            forgetArrayStatement(of: table, on: slot)
            connections[slot].arrayStatements[table] = .impossible
        case .preparation(let table):
            forgetArrayStatement(of: table, on: slot)
            if failure.state != SQLState("57014") { tables[table].isKnown = true }
            switch failure.kind {
            case .parametersImpossible:
                connections[slot].statements[table] = .literal(retryAt: Instant(nanoseconds: .max))
            case .statementMissing:
                connections[slot].statements[table] = .unnamed
            case .other:
                let retryAt = now.advanced(byNanoseconds: PoolLimits.statementRetryInterval)
                connections[slot].statements[table] = .failed(retryAt: retryAt)
                _ = errors.note(table: table, at: connections[slot].host, failure.state, now: now)
            }
        case .query(let query):
            let table = queries[query.index].table
            tables[table].isolated = PoolLimits.isolatedLookups
            switch (failure.kind, queries[query.index].sentForm) {
            case (.statementMissing, .prepared):
                // Else it was sent behind a preparation that has failed.
                if connections[slot].statements[table].form == .prepared {
                    connections[slot].statements[table] = .unnamed
                }
                requeue(query.index)
            case (.statementMissing, .unnamed), (.parametersImpossible, .prepared),
                (.parametersImpossible, .unnamed),
                (.other, .prepared) where failure.isInternal:
                queries[query.index].isLiteral = true
                if connections[slot].statements[table].form == .prepared {
                    let number = connections[slot].stalePreparations[table]
                    queries[query.index].failedPreparation = Preparation(
                        connection: connection, number: number)
                }
                requeue(query.index)
            case (_, .literal), (.other, _):
                noteError(ofQuery: query.index, at: connections[slot].host, failure, now: now)
            }
        case .sync:
            preconditionFailure("a batch's end was reported as a failed statement")
        case .check, .look, .reset, .release:
            preconditionFailure("a connection that fails this is lost, or it does not matter")
        }
    }

    /// The next in flight was skipped because of another's failure: it is sent again.
    package mutating func aborted(on connection: ConnectionID) {
        let slot = slot(of: connection)
        switch popInFlight(on: slot) {
        case .preparation(let table): noteUnprepared(table, on: slot)
        case .query(let query): requeue(query.index)
        case .array(_, let queries): for query in queries { requeue(query.index) }
        case .survey(let table), .arrayPreparation(let table): forgetArrayStatement(of: table, on: slot)
        case .check, .look, .reset, .release: preconditionFailure("this has a batch of its own")
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
        if let query = connections[slot].uncommitted.take() { answer(query, at: 0) }
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
            connections[slot].sample.add(table: queries[query.index].table, isArray: false, keys: 1)
        case .array(let table, let queries):
            connections[slot].sample.add(table: table, isArray: true, keys: queries.count)
        case .preparation, .survey, .arrayPreparation, .check, .look, .reset, .release, .sync:
            connections[slot].sample.add(table: nil, isArray: false, keys: 0)
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
    private mutating func noteStaleStatement(_ failed: Preparation, of table: Int) {
        let slot = failed.connection.slot
        guard isCurrent(failed.connection), connections[slot].statements[table] == .prepared,
            connections[slot].stalePreparations[table] == failed.number
        else { return }
        connections[slot].stalePreparations[table] += 1
        if connections[slot].stalePreparations[table] > PoolLimits.stalePreparations {
            connections[slot].stalePreparations[table] = 0
            let retryAt = dispatchedAt.advanced(byNanoseconds: PoolLimits.literalRetryInterval)
            connections[slot].statements[table] = .literal(retryAt: retryAt)
        } else {
            noteUnprepared(table, on: slot)
        }
    }

    mutating func noteUnprepared(_ table: Int, on slot: Int) {
        connections[slot].statements[table] = .unprepared
        forgetArrayStatement(of: table, on: slot)
        connections[slot].needsPreparation = true
    }

    private mutating func forgetArrayStatement(of table: Int, on slot: Int) {
        connections[slot].arrayStatements[table] = .none
        connections[slot].arrayUsableUntil[table] = Instant(nanoseconds: .min)
    }
}
