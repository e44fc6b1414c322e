// Which waiting query goes out on which connection.

internal import LookupValues

extension TargetPool {
    /// What a query asks: for the shell, which puts it into bytes.
    package func question(of query: QueryID) -> (table: Int, key: [UInt8]) {
        let record = queries[query.index]
        return (record.table, record.key)
    }

    /// Sends as many waiting queries as the connections have room for, one of each table in turn, then ends the
    /// batches.
    mutating func sendWaiting(now: Instant) {
        var turn = 0
        var passed = 0
        while passed < waitingTables.count {
            let table = waitingTables[turn]
            turn = turn + 1 == waitingTables.count ? 0 : turn + 1
            if tables[table].isWaiting, let slot = roomiestConnection(for: table) {
                send(tables[table].first, on: slot)
                passed = 0
            } else {
                passed += 1
            }
        }
        forgetSentJoinable()
        for table in waitingTables where tables[table].isWaiting && hasNoUse(of: table) {
            prepareAgain(table, now: now)
        }
        for slot in connections.indices { endBatch(on: slot) }
        // Whose turn it would have been goes first the next time.
        if turn > 0 { waitingTables = Array(waitingTables[turn...] + waitingTables[..<turn]) }
        waitingTables.removeAll { table in
            tables[table].isListed = tables[table].isWaiting
            return !tables[table].isListed
        }
    }

    /// Lets nobody join what has been sent. As a rule that is all there was: emptying costs far less than removing one by
    /// one.
    private mutating func forgetSentJoinable() {
        if sentJoinable.count == joinable.count {
            joinable.removeAll(keepingCapacity: joinable.capacity <= 8_192)
        } else {
            for query in sentJoinable { joinable[joinKey(of: query)] = nil }
        }
        sentJoinable.removeAll(keepingCapacity: true)
    }

    /// The connection with the fewest statements in flight of those that can take a query of this table.
    private func roomiestConnection(for table: Int) -> Int? {
        var best: Int?
        var fewest = limits.pipelineDepth
        for slot in connections.indices
        where connections[slot].phase == .ready && connections[slot].load < fewest
            && connections[slot].statements[table].form != nil
        {
            best = slot
            fewest = connections[slot].load
        }
        return best
    }

    private mutating func send(_ query: Int, on slot: Int) {
        let table = queries[query].table
        let isIsolated = tables[table].isolated > 0
        if isIsolated { endBatch(on: slot) }
        if queries[query].phase == .waiting { sentJoinable.append(query) }
        takeOutOfList(query)
        waiting -= queries[query].lookupCount
        queries[query].phase = .inFlight(slot: slot)
        connections[slot].push(.query(QueryID(index: query)))
        let form = queries[query].isLiteral ? .literal : connections[slot].statements[table].form!
        queries[query].sentForm = form
        actions.append(.send(identifier(of: slot), QueryID(index: query), form))
        if isIsolated { endBatch(on: slot) }
    }

    private mutating func endBatch(on slot: Int) {
        guard connections[slot].hasOpenBatch else { return }
        connections[slot].hasOpenBatch = false
        connections[slot].inFlight.append(.sync)
        actions.append(.sync(identifier(of: slot)))
    }

    /// Prepares a table's statement in a batch of its own, so that a failure aborts nothing else.
    mutating func prepare(_ table: Int, on slot: Int) {
        endBatch(on: slot)
        connections[slot].statements[table] = .preparing
        connections[slot].push(.preparation(table: table))
        actions.append(.prepare(identifier(of: slot), table: table))
        endBatch(on: slot)
    }

    /// Prepares anew what has turned out stale.
    mutating func prepareUnprepared(on slot: Int) {
        guard connections[slot].needsPreparation else { return }
        connections[slot].needsPreparation = false
        for table in tables.indices where connections[slot].statements[table] == .unprepared {
            prepare(table, on: slot)
        }
    }

    /// Whether every connection there is has had its say on this table, and none can serve it.
    private func hasNoUse(of table: Int) -> Bool {
        var isRefused = false
        for connection in connections {
            switch connection.phase {
            case .idle, .retiring: continue
            case .connecting: return false
            case .ready:
                guard case .failed = connection.statements[table] else { return false }
                isRefused = true
            }
        }
        return isRefused
    }

    /// Tries to prepare a refused table once more where that is due; otherwise fails what waits for it.
    private mutating func prepareAgain(_ table: Int, now: Instant) {
        let due = connections.indices.filter { slot in
            guard connections[slot].phase == .ready,
                case .failed(let retryAt) = connections[slot].statements[table]
            else { return false }
            return retryAt <= now
        }
        if due.isEmpty {
            failWaiting(of: table, .tableUnusable(table: table))
        } else {
            for slot in due { prepare(table, on: slot) }
        }
    }

    mutating func failWaiting(of table: Int, _ reason: PoolFailure) {
        while tables[table].isWaiting { failAll(of: tables[table].first, reason) }
    }
}
