// What the results that come back mean for the queries in flight, the statements and the batches.

internal import DequeModule
package import LookupValues
package import PoolHealth

extension TargetPool {
    /// How many lookups of a table get a batch of their own after one of them has failed.
    private static let isolatedLookups = 32

    /// What the next result on this connection belongs to: results come in the order of sending. The shell reports a
    /// result only as what this says; a server that has anything else to say is out of step, and of no use any more.
    package func nextInFlight(on connection: ConnectionID) -> InFlight? {
        connections[slot(of: connection)].pipeline.next
    }

    /// The next in flight has succeeded. An `answer` follows for each lookup of its query, or of its queries, whether the
    /// outcome is a value or not.
    package mutating func succeeded(on connection: ConnectionID) {
        let slot = slot(of: connection)
        let wasStalled = connections[slot].progress.stalledAt != nil
        switch popInFlight(on: slot) {
        case .preparation(let table):
            // A pooler may keep the statement for later, whatever changes: it is parsed anew each time.
            let isKept = connections[slot].isSerial && limits.freshness != nil
            connections[slot].statements[table].notePrepared(isKept: isKept)
            tables[table].isKnown = true
        case .arrayPreparation(let table):
            connections[slot].statements[table].noteArrayPrepared(freshness: limits.freshness)
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
                connections[slot].pipeline.awaitEnd(of: query)
            } else {
                answer(query.index, at: 0)
            }
        }
    }

    private mutating func noteSuccess(ofQuery query: Int, on slot: Int, wasStalled: Bool) {
        let table = queries[query].table
        errors.forget(table: table, at: connections[slot].host)
        if !wasStalled && tables[table].isSlow { noteQuickness(of: table) }
        tables[table].slowness.noteAnswer(now: dispatchedAt)
        if let failed = queries[query].failedPreparation { noteStaleStatement(failed, of: table) }
        if tables[table].isolated > 0 { tables[table].isolated -= 1 }
    }

    /// The query on this connection that has its result and is answered only when its batch has come to its end.
    package func uncommitted(on connection: ConnectionID) -> QueryID? {
        connections[slot(of: connection)].pipeline.uncommitted
    }

    /// The batch of a query that has its result can't be committed: the query has failed. The end of the batch follows.
    package mutating func commitFailed(
        on connection: ConnectionID, _ failure: StatementFailure, now: Instant
    ) {
        let slot = slot(of: connection)
        guard let query = connections[slot].pipeline.takeUncommitted() else { return }
        isDispatchDue = true
        noteError(ofQuery: query.index, at: connections[slot].host, failure, now: now)
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
            connections[slot].statements[table].forgetArray()
            for query in several {
                queries[query.index].isSingle = true
                requeue(query.index)
            }
        case .survey(let table), .arrayPreparation(let table):
            connections[slot].statements[table].noteArrayImpossible()
        case .preparation(let table):
            if failure.state != SQLState("57014") { tables[table].isKnown = true }
            connections[slot].statements[table].noteRefusal(failure.kind, now: now)
            if failure.kind == .other {
                _ = errors.note(table: table, at: connections[slot].host, failure.state, now: now)
            }
        case .query(let query):
            let table = queries[query.index].table
            tables[table].isolated = Self.isolatedLookups
            switch (failure.kind, queries[query.index].sentForm) {
            case (.statementMissing, .prepared):
                connections[slot].statements[table].noteLost()
                requeue(query.index)
            case (.statementMissing, .unnamed), (.parametersImpossible, .prepared),
                (.parametersImpossible, .unnamed),
                (.other, .prepared) where failure.isInternal:
                queries[query.index].isLiteral = true
                if connections[slot].statements[table].own.form == .prepared {
                    let number = connections[slot].statements[table].timesStale
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
        case .survey(let table), .arrayPreparation(let table):
            connections[slot].statements[table].forgetArray()
        case .check, .look, .reset, .release: preconditionFailure("this has a batch of its own")
        case .sync: preconditionFailure("a batch's end was reported as a skipped statement")
        }
    }

    /// The end of a batch has come, which must be the next in flight.
    package mutating func synced(on connection: ConnectionID) {
        let slot = slot(of: connection)
        isDispatchDue = true
        if let query = connections[slot].endBatch() { answer(query.index, at: 0) }
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
            connections[slot].progress.addToSample(
                table: queries[query.index].table, isArray: false, keys: 1)
        case .array(let table, let queries):
            connections[slot].progress.addToSample(table: table, isArray: true, keys: queries.count)
        case .preparation, .survey, .arrayPreparation, .check, .look, .reset, .release, .sync:
            connections[slot].progress.addToSample(table: nil, isArray: false, keys: 0)
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
        guard isCurrent(failed.connection), connections[slot].statements[table].own == .prepared,
            connections[slot].statements[table].timesStale == failed.number
        else { return }
        if connections[slot].statements[table].noteStale(now: dispatchedAt) {
            connections[slot].needsPreparation = true
        }
    }

    mutating func noteUnprepared(_ table: Int, on slot: Int) {
        connections[slot].statements[table].noteUnprepared()
        connections[slot].needsPreparation = true
    }
}
