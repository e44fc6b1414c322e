// What the results that come back mean for the queries in flight, the statements and the batches.

internal import DequeModule
package import LookupValues
internal import PoolHealth

extension TargetPool {
    /// How many lookups of a table get a batch of their own after one of them has failed.
    private static let isolatedLookups = 32

    /// What the next result on this connection belongs to, by which its rows are read: results come in the order of sending.
    package func nextInFlight(on connection: ConnectionID) -> InFlight? {
        connections[slot(of: connection)].pipeline.next
    }

    /// Takes in a result, which must fit what is next in flight. A server that sends anything else gets no
    /// more lookups.
    package mutating func take(
        _ result: ServerResult, on connection: ConnectionID, now: Instant
    ) -> ResultMeaning {
        let slot = slot(of: connection)
        removeFinished()
        guard let next = connections[slot].pipeline.next else { return .outOfStep }
        switch result {
        case .executed: return takeSuccess(of: next, on: slot)
        case .unconfirmed(let places): return takeSuccess(of: next, on: slot, unconfirmed: places)
        case .synced:
            guard next == .sync else { return .outOfStep }
            isDispatchDue = true
            if let query = connections[slot].endBatch() {
                if queries[query.index].isUnconfirmed {
                    confirm(query.index, at: 0, on: slot)
                } else {
                    answer(query.index, at: 0, on: slot)
                }
            }
        case .prepared: return takePreparation(next, on: slot)
        case .failed(let failure): return take(failure, of: next, on: connection, now: now)
        case .aborted: return takeAbortion(of: next, on: slot)
        case .senseless:
            guard case .array(let table, let several) = next else { trapMisread() }
            popInFlight(next, on: slot)
            takeFailure(ofArray: several, of: table, on: slot)
        case .surveyed(let isPossible):
            guard case .survey(let table) = next else { trapMisread() }
            popInFlight(next, on: slot)
            connections[slot].statements[table].noteSurvey(isPossible: isPossible)
        case .unfit:
            guard next == .check else { trapMisread() }
            return .unfit
        case .looked(let hasChanged):
            guard next == .look else { trapMisread() }
            popInFlight(next, on: slot)
            noteLook(on: slot, hasChanged: hasChanged, now: now)
        case .temporaryTables:
            guard case .reset(.question, let table) = next else { trapMisread() }
            popInFlight(next, on: slot)
            if let table { tables[table].keepsTemporaryTables = true }
        }
        return .taken
    }

    private func trapMisread() -> Never {
        preconditionFailure("rows were read as what is not next in flight")
    }

    // MARK: Success

    /// - Parameter unconfirmed: the places of queries for which a standby has nothing.
    private mutating func takeSuccess(
        of next: InFlight, on slot: Int, unconfirmed: [Int] = []
    ) -> ResultMeaning {
        let wasStalled = connections[slot].progress.stalledAt != nil
        switch next {
        case .query(let query):
            popInFlight(next, on: slot)
            noteSuccess(ofQuery: query.index, on: slot, wasStalled: wasStalled)
            if queries[query.index].awaitsEnd {
                queries[query.index].isUnconfirmed = !unconfirmed.isEmpty
                connections[slot].pipeline.awaitEnd(of: query)
                return .awaitsEnd
            }
            if unconfirmed.isEmpty {
                answer(query.index, at: 0, on: slot)
            } else {
                confirm(query.index, at: 0, on: slot)
            }
        case .array(_, let several):
            popInFlight(next, on: slot)
            for (place, query) in several.enumerated() {
                noteSuccess(ofQuery: query.index, on: slot, wasStalled: wasStalled)
                if unconfirmed.contains(place) {
                    confirm(query.index, at: place, on: slot)
                } else {
                    answer(query.index, at: place, on: slot)
                }
            }
        case .check, .reset, .release:
            popInFlight(next, on: slot)
        case .survey, .look:
            trapMisread()
        case .preparation, .arrayPreparation, .sync:
            return .outOfStep
        }
        return .taken
    }

    private mutating func takePreparation(_ next: InFlight, on slot: Int) -> ResultMeaning {
        switch next {
        case .preparation(let table):
            popInFlight(next, on: slot)
            // A pooler may keep the statement for later, whatever changes: it is parsed anew each time.
            let isKept = connections[slot].isSerial && limits.freshness != nil
            connections[slot].statements[table].notePrepared(isKept: isKept)
            tables[table].isKnown = true
        case .arrayPreparation(let table):
            popInFlight(next, on: slot)
            connections[slot].statements[table].noteArrayPrepared(freshness: limits.freshness)
        case .query, .array, .survey, .check, .look, .reset, .release, .sync:
            return .outOfStep
        }
        return .taken
    }

    private mutating func noteSuccess(ofQuery query: Int, on slot: Int, wasStalled: Bool) {
        let table = queries[query].table
        errors.forget(table: table, at: connections[slot].host)
        if !wasStalled && tables[table].isSlow { noteQuickness(of: table) }
        tables[table].slowness.noteAnswer(now: dispatchedAt)
        if let failed = queries[query].failedPreparation { noteStaleStatement(failed, of: table) }
        if tables[table].isolated > 0 { tables[table].isolated -= 1 }
    }

    // MARK: Failure

    /// If the statement with parameters may be to blame, the query is sent once more with literals (a column
    /// has changed its type, say). Otherwise, it is sent to the other hosts, if there are any.
    private mutating func take(
        _ failure: StatementFailure, of next: InFlight, on connection: ConnectionID, now: Instant
    ) -> ResultMeaning {
        let slot = connection.slot
        switch next {
        case .array(let table, let several):
            popInFlight(next, on: slot)
            takeFailure(ofArray: several, of: table, on: slot)
        case .survey(let table), .arrayPreparation(let table):
            popInFlight(next, on: slot)
            connections[slot].statements[table].noteArrayImpossible()
        case .preparation(let table):
            popInFlight(next, on: slot)
            if !failure.isLate { tables[table].isKnown = true }
            connections[slot].statements[table].noteRefusal(failure.kind, now: now)
            if failure.kind == .other {
                _ = errors.note(table: table, at: connections[slot].host, failure.state, now: now)
            }
        case .query(let query):
            popInFlight(next, on: slot)
            takeFailure(ofQuery: query.index, failure, on: connection, now: now)
        case .check, .look, .reset:
            return .unfit
        case .release:
            // The server did not have the statement.
            popInFlight(next, on: slot)
            return .taken
        case .sync:
            // What statements that only read have returned is valid. The end of the batch follows.
            isDispatchDue = true
            let query = connections[slot].pipeline.takeUncommitted()
            if let query {
                noteError(ofQuery: query.index, at: connections[slot].host, failure, now: now)
            }
            return .uncommitted(query)
        }
        return .refused(next)
    }

    /// Has each query of an array statement sent on its own: the array statement may be to blame.
    private mutating func takeFailure(ofArray several: [QueryID], of table: Int, on slot: Int) {
        tables[table].noteFailedArray()
        connections[slot].statements[table].forgetArray()
        for query in several {
            queries[query.index].isSingle = true
            requeue(query.index)
        }
    }

    private mutating func takeFailure(
        ofQuery query: Int, _ failure: StatementFailure, on connection: ConnectionID, now: Instant
    ) {
        let slot = connection.slot
        let table = queries[query].table
        tables[table].isolated = Self.isolatedLookups
        switch (failure.kind, queries[query].sentForm) {
        case (.statementMissing, .prepared):
            connections[slot].statements[table].noteLost()
            requeue(query)
        case (.statementMissing, .unnamed), (.parametersImpossible, .prepared),
            (.parametersImpossible, .unnamed),
            (.other, .prepared) where failure.isInternal:
            queries[query].isLiteral = true
            if connections[slot].statements[table].own.form == .prepared {
                let number = connections[slot].statements[table].timesStale
                queries[query].failedPreparation = Preparation(connection: connection, number: number)
            }
            requeue(query)
        case (_, .literal), (.other, _):
            noteError(ofQuery: query, at: connections[slot].host, failure, now: now)
        }
    }

    /// What was skipped because another statement has failed is sent again.
    private mutating func takeAbortion(of next: InFlight, on slot: Int) -> ResultMeaning {
        switch next {
        case .preparation(let table):
            popInFlight(next, on: slot)
            noteUnprepared(table, on: slot)
        case .query(let query):
            popInFlight(next, on: slot)
            requeue(query.index)
        case .array(_, let several):
            popInFlight(next, on: slot)
            for query in several { requeue(query.index) }
        case .survey(let table), .arrayPreparation(let table):
            popInFlight(next, on: slot)
            connections[slot].statements[table].forgetArray()
        case .check, .look, .reset, .release, .sync:
            // Each of these has a batch of its own.
            return .outOfStep
        }
        return .taken
    }

    // MARK: Bookkeeping

    /// Takes out what is next in flight, as it has its result.
    private mutating func popInFlight(_ next: InFlight, on slot: Int) {
        isDispatchDue = true
        hosts[connections[slot].host].noteAnswer()
        if !connections[slot].isProven {
            connections[slot].isProven = true
            noteSuccess(of: connections[slot].host)
        }
        connections[slot].pop()
        noteSample(of: next, on: slot)
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

    /// The literal form has worked though the prepared one had failed. That may happen to many queries; the
    /// first of them has the statement prepared anew.
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
