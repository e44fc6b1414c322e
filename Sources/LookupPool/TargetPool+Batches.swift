// Many queries of a table in one statement: which, on which connection, and when that has its statement for them.

internal import DequeModule
package import LookupValues

extension TargetPool {
    /// The server has answered a survey: the table's statement for many keys can be prepared, or there is none.
    package mutating func surveyed(on connection: ConnectionID, isPossible: Bool) {
        let slot = slot(of: connection)
        guard case .survey(let table) = popInFlight(on: slot) else {
            preconditionFailure("another statement's result was reported as a survey's")
        }
        // The table's own statement may have been prepared anew since.
        guard connections[slot].batchStatements[table] == .surveying else { return }
        connections[slot].batchStatements[table] = isPossible ? .surveyed : .impossible
    }

    /// What the statement for many asks that is next in flight: the keys in their order, nil where nobody wants the answer any
    /// more, and when it was sent.
    package func question(ofBatchOn connection: ConnectionID) -> (keys: [[UInt8]?], sentAt: Instant) {
        let inFlight = connections[slot(of: connection)].inFlight
        guard case .batch(_, let count) = inFlight.first, case .query(let first) = inFlight[1] else {
            preconditionFailure("no statement for many is next")
        }
        let keys = inFlight[1...count].map { statement in
            guard case .query(let query) = statement else {
                preconditionFailure("a batch has fewer queries than it said")
            }
            return isWanted(query) ? queries[query.index].key : nil
        }
        return (keys, sentAt(of: first))
    }

    /// Sends the queries that go out together, a statement for each table on each connection that has one for it. Where there
    /// is too little room for all that waits, each table has its share.
    ///
    /// - Returns: whether any was sent.
    mutating func sendStatements(now: Instant) -> Bool {
        guard let smallest = limits.smallestBatch else { return false }
        var isSent = false
        let quick = waitingTables.filter { !tables[$0].isSlow }
        let all = quick.reduce(0) { $0 + tables[$1].waiting }
        // One place for each table is kept for those that have few waiting.
        let room = connections.reduce(0) { $0 + $1.room } - quick.count
        for table in waitingTables where takesTogether(smallest, of: table) {
            failTooLate(of: table, now: now)
            var left = tables[table].waiting
            if all > room { left = left * max(0, room) / all }
            // Each server has as much of it as is worth its while, and no more than its part beyond.
            let places = max(1, connections.count { $0.takesTogether(smallest, of: table) })
            let part = (left + places - 1) / places
            while left >= smallest,
                let slot = bestConnection({ $0.takesTogether(smallest, of: table) })
            {
                let size = max(part, connections[slot].worthwhile)
                let several = firstWaiting(of: table, most: min(left, size, connections[slot].room))
                if several.count < smallest { break }
                send(several, of: table, on: slot)
                left -= several.count
                isSent = true
            }
        }
        return isSent
    }

    /// Whether several queries of a table may go out as one statement.
    private func takesTogether(_ smallest: Int, of table: Int) -> Bool {
        let state = tables[table]
        return !state.isSlow && state.waiting >= smallest && state.single == 0 && state.isolated == 0
    }

    /// The first queries that wait for a table, up to one that must go out alone.
    private func firstWaiting(of table: Int, most: Int) -> [Int] {
        var several: [Int] = []
        for list in [tables[table].again, tables[table].fresh] {
            var query = list.first
            while query >= 0 && several.count < most {
                if queries[query].goesAlone { return several }
                several.append(query)
                query = queryLinks.next(after: query)
            }
        }
        return several
    }

    /// Sends queries of a table as one statement.
    mutating func send(_ several: [Int], of table: Int, on slot: Int) {
        connections[slot].push(.batch(table: table, count: several.count), isApart: false)
        for query in several {
            noteSent(query, on: slot, isApart: false)
            queries[query].sentForm = .prepared
        }
        actions.append(
            .sendBatch(identifier(of: slot), table: table, several.map { QueryID(index: $0) }))
    }

    /// Takes out the queries of a statement whose mark is out already.
    mutating func popBatch(of count: Int, on slot: Int) -> [Int] {
        (0..<count).map { _ in
            guard case .query(let query) = connections[slot].pop() else {
                preconditionFailure("a batch has fewer queries than it said")
            }
            return query.index
        }
    }

    /// Goes on with the statements for many keys of those tables of which several queries have just gone out one by one: each
    /// step in a batch of its own.
    mutating func prepareBatchStatements(on slot: Int) {
        guard let smallest = limits.smallestBatch, connections[slot].takesBatch, !connections[slot].isSerial
        else { return }
        for table in waitingTables
        where tables[table].sentSingly > (smallest - 1) * connections.count && !tables[table].isSlow
            && connections[slot].statements[table] == .prepared
        {
            switch connections[slot].batchStatements[table] {
            case .none:
                endBatch(on: slot)
                connections[slot].batchStatements[table] = .surveying
                connections[slot].push(.survey(table: table), isApart: true)
                actions.append(.survey(identifier(of: slot), table: table))
                endBatch(on: slot)
            case .surveyed:
                endBatch(on: slot)
                connections[slot].batchStatements[table] = .preparing
                connections[slot].push(.batchPreparation(table: table), isApart: true)
                actions.append(.prepareBatch(identifier(of: slot), table: table))
                endBatch(on: slot)
            case .surveying, .preparing, .prepared, .impossible:
                continue
            }
        }
    }
}

extension ConnectionState {
    /// Whether several queries of a table may go out as one statement here.
    fileprivate func takesTogether(_ smallest: Int, of table: Int) -> Bool {
        room >= smallest && statements[table] == .prepared && batchStatements[table] == .prepared
    }
}
