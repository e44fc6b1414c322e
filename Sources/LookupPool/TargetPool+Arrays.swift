// Array statements: which queries go out in one, on which connection, and when it is prepared there.

internal import LookupValues
internal import PoolHealth

extension TargetPool {
    /// Sends the queries that go out in array statements: one for each table on each connection that has it
    /// prepared. If there is too little room for all waiting queries, each table has its share.
    ///
    /// - Returns: whether any was sent.
    mutating func sendStatements(now: Instant) -> Bool {
        guard let smallest = limits.smallestArray else { return false }
        var isSent = false
        let quick = waitingTables.filter { !tables[$0].isSlow }
        let all = quick.reduce(0) { $0 + tables[$1].waiting }
        // Room for one query is kept for each table, for those that have few waiting.
        let room = ownSlots.reduce(0) { $0 + connections[$1].room } - quick.count
        for table in waitingTables
        where takesTogether(smallest, of: table)
            && (smallest == 1 || !tables[table].worth.takesSingleTurn())
        {
            failTooLate(of: table, now: now)
            var left = tables[table].waiting
            let isChoosy = isWelcomeAnywhere(table, now: now)
            func isFit(_ slot: Int) -> Bool {
                hasArrayStatement(of: table, on: slot)
                    && (!isChoosy || isWelcome(table, at: connections[slot].host, now: now))
            }
            if all > room { left = left * max(0, room) / all }
            // Each server has its equal part, or as many queries as are worth waking it if those are more.
            let places = max(
                1,
                ownSlots.count { connections[$0].room >= smallest && isFit($0) })
            let part = (left + places - 1) / places
            while left >= smallest,
                let slot = bestConnection(for: table, room: smallest, isFit)
            {
                let size = max(part, connections[slot].worthwhile)
                let most = min(left, size, connections[slot].room)
                let several = takeWaiting(of: table, atLeast: smallest, most: most)
                if several.isEmpty { break }
                send(several, of: table, on: slot)
                left -= several.count
                isSent = true
            }
        }
        return isSent
    }

    /// Whether several queries of a table may go out as one array statement.
    private func takesTogether(_ smallest: Int, of table: Int) -> Bool {
        let state = tables[table]
        return !state.isSlow && state.waiting >= smallest && state.single == 0 && state.isolated == 0
            && (smallest == 1 || state.worth.allowsArrays(at: dispatchedAt))
    }

    /// Takes out a table's first waiting queries, up to one that must go alone; none if there are too few.
    private mutating func takeWaiting(of table: Int, atLeast least: Int, most: Int) -> [QueryID] {
        var several: [QueryID] = []
        several.reserveCapacity(min(most, tables[table].waiting))
        let lastAgain = collect(&several, from: tables[table].again, most: most)
        // Queries that were never sent come after all the others.
        let isTurnOfFresh = tables[table].again.isEmpty || lastAgain == tables[table].again.last
        let lastFresh = isTurnOfFresh ? collect(&several, from: tables[table].fresh, most: most) : nil
        if several.count < least { return [] }
        tables[table].removeFirst(
            several.count, lastAgain: lastAgain, lastFresh: lastFresh, &queryLinks)
        return several
    }

    /// Adds the first queries of a list, up to one that must go out alone, and returns the last one of them.
    private func collect(_ several: inout [QueryID], from list: LinkedList, most: Int) -> Int? {
        var last: Int?
        var query = list.first
        while query >= 0 && several.count < most && !queries[query].goesAlone {
            several.append(QueryID(index: query))
            last = query
            query = queryLinks.next(after: query)
        }
        return last
    }

    /// Sends queries of a table as one array statement.
    private mutating func send(_ several: [QueryID], of table: Int, on slot: Int) {
        resetSession(on: slot, for: table)
        connections[slot].push(.array(table: table, several), isApart: false)
        connections[slot].lastUse = dispatchedAt
        for query in several { noteSent(query.index, as: .prepared) }
        actions.append(.sendArray(identifier(of: slot), table: table, several))
    }

    /// Takes the next step towards the array statement of each table of which several queries have just gone
    /// out one by one, or whose array statement grows old. Each step has a batch of its own.
    mutating func prepareArrayStatements(on slot: Int) {
        guard let smallest = limits.smallestArray, connections[slot].takesBatch, !connections[slot].isSerial
        else { return }
        let freshness = limits.freshness ?? .max
        for table in waitingTables
        where (tables[table].sentSingly >= smallest || growsOld(table, on: slot)) && !tables[table].isSlow
            && tables[table].worth.allowsArrays(at: dispatchedAt)
            && connections[slot].statements[table].own == .prepared
            && connections[slot].statements[table].isPure
            && connections[slot].statements[table].takesArrays
        {
            switch connections[slot].statements[table].array {
            case .prepared where !growsOld(table, on: slot), .impossible where !growsOld(table, on: slot):
                continue
            case .none, .prepared, .impossible:
                resetSession(on: slot, for: table)
                // The survey asks about the table's own statement.
                if isOlder(table, on: slot, than: freshness / 4) { prepare(table, on: slot) }
                endBatch(on: slot)
                connections[slot].statements[table].beginSurvey()
                connections[slot].push(.survey(table: table), isApart: true)
                actions.append(.survey(identifier(of: slot), table: table))
                endBatch(on: slot)
            case .surveyed:
                resetSession(on: slot, for: table)
                endBatch(on: slot)
                let isNamed = connections[slot].statements[table].beginArrayPreparation()
                connections[slot].push(.arrayPreparation(table: table), isApart: true)
                actions.append(.prepareArray(identifier(of: slot), table: table))
                endBatch(on: slot)
                if isNamed { release(table, isArray: true, on: slot) }
            case .surveying, .preparing:
                continue
            }
        }
    }

    /// Whether a table's array statement, or the finding that there is none, is old enough for a new survey.
    private func growsOld(_ table: Int, on slot: Int) -> Bool {
        guard let freshness = limits.freshness else { return false }
        return connections[slot].statements[table].arrayGrowsOld(freshness: freshness, now: dispatchedAt)
    }

    /// Whether a table's array statement can be used on a connection.
    private func hasArrayStatement(of table: Int, on slot: Int) -> Bool {
        connections[slot].statements[table].isPure && connections[slot].statements[table].takesArrays
            && connections[slot].statements[table].own.form == .prepared && isOpen(slot, to: table)
            && dispatchedAt < connections[slot].statements[table].arrayUsableUntil
    }
}
