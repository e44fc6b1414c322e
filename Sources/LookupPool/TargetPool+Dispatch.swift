// Which waiting query goes out on which connection.

internal import LookupValues

extension TargetPool {
    /// What a query asks: for the shell, which puts it into bytes.
    package func question(of query: QueryID) -> (table: Int, key: [UInt8]) {
        (queries[query.index].table, keys.withKey(of: query.index) { [UInt8](copying: $0) })
    }

    /// Hands over the keys of several queries, in their order.
    package func forEachKey(of several: [QueryID], _ body: (Span<UInt8>) -> Void) {
        for query in several {
            precondition(queries.contains(query.index), "a query was used that is removed")
            keys.withKey(of: query.index, body)
        }
    }

    /// Sends as many waiting queries as the connections have room for, then ends the batches. Where quick and slow tables
    /// want the same connection, they have it by turns.
    mutating func sendWaiting(now: Instant) {
        if slowGoesFirst {
            slowGoesFirst = !sendSlow(now: now)
            _ = sendQuick(now: now)
        } else {
            let isSent = sendQuick(now: now)
            let isSlowSent = sendSlow(now: now)
            slowGoesFirst =
                isSent && !isSlowSent && waitingTables.contains { tables[$0].isSlow && tables[$0].isWaiting }
        }
        for table in waitingTables where tables[table].isWaiting && hasNoUse(of: table) {
            prepareAgain(table, now: now)
        }
        for slot in connections.indices {
            prepareBatchStatements(on: slot)
            endBatch(on: slot)
        }
        waitingTables.removeAll { table in
            tables[table].sentSingly = 0
            tables[table].isListed = tables[table].isWaiting
            return !tables[table].isListed
        }
    }

    /// Sends one query of each table in turn that is not slow, after those that go out together.
    ///
    /// - Returns: whether any was sent.
    private mutating func sendQuick(now: Instant) -> Bool {
        var isSent = sendStatements(now: now)
        var turn = 0
        var passed = 0
        while passed < waitingTables.count {
            let table = waitingTables[turn]
            turn = turn + 1 == waitingTables.count ? 0 : turn + 1
            if !tables[table].isSlow && sendFirst(of: table, now: now) {
                isSent = true
                passed = 0
            } else {
                passed += 1
            }
        }
        // Whose turn it would have been goes first the next time.
        if turn > 0 { waitingTables = Array(waitingTables[turn...] + waitingTables[..<turn]) }
        return isSent
    }

    /// Sends the query of a table whose turn it is; false where there is none, or no room for it.
    private mutating func sendFirst(of table: Int, now: Instant) -> Bool {
        guard tables[table].isWaiting, let slot = connectionForFirst(of: table) else { return false }
        failTooLate(of: table, now: now)
        if tables[table].isWaiting { send(tables[table].first, on: slot) }
        return true
    }

    /// The host that a query should not go to, as the last connection under it was lost there: where it is the host's fault,
    /// or the query's, it would be lost again. Nil where no other host takes it.
    func hostToAvoid(for query: Int) -> Int? {
        guard let host = queries[query].lostHost else { return nil }
        let table = queries[query].table
        let hasOther = connections.contains {
            $0.host != host && $0.isUnburdened && $0.statements[table].form != nil
        }
        return hasOther ? host : nil
    }

    /// Fails those lookups that were never sent and whose answer would come too late.
    mutating func failTooLate(of table: Int, now: Instant) {
        let reserve = limits.lookupTimeout / PoolLimits.lastSending
        let last = now.advanced(byNanoseconds: reserve)
        while !tables[table].fresh.isEmpty, tables[table].again.isEmpty {
            let lookup = queries[tables[table].fresh.first].lookups.first
            guard lookups[lookup].deadline <= last else { return }
            fail(lookup, .deadline)
        }
    }

    /// The connection for a table's first query.
    private func connectionForFirst(of table: Int) -> Int? {
        let query = tables[table].first
        let goesAlone = isIsolated(query)
        let lostHost = hostToAvoid(for: query)
        func isFit(_ slot: Int) -> Bool {
            connections[slot].statements[table].form != nil && connections[slot].host != lostHost
        }
        if goesAlone { return bestConnection { connections[$0].hasRoomApart && isFit($0) } }
        return bestConnection(room: 1, isFit)
    }

    /// The best place for statements that can wait, among the connections that are fit for them and have room for so many; nil
    /// also where waiting is better than to wake another server.
    ///
    /// - Parameter isFit: is given slots: a `ConnectionState` would be copied.
    func bestConnection(room: Int, _ isFit: (Int) -> Bool) -> Int? {
        let best = bestConnection { connections[$0].room >= room && isFit($0) }
        guard let best, connections[best].load == 0 else { return best }
        let isAwaited = connections.indices.contains {
            connections[$0].isWorthAwaiting(now: dispatchedAt) && isFit($0)
        }
        return isAwaited ? nil : best
    }

    /// The best place for the next statement among these connections.
    private func bestConnection(_ isFit: (Int) -> Bool) -> Int? {
        var best: Int?
        for slot in connections.indices where isFit(slot) {
            guard let other = best else {
                best = slot
                continue
            }
            if isBetterPlace(slot, than: other) { best = slot }
        }
        return best
    }

    /// Whether a connection is a better place for the next statement than another one that has room, too: of those at
    /// work without enough to do the one with most, or else the one with least. Fewer servers are woken then.
    private func isBetterPlace(_ slot: Int, than other: Int) -> Bool {
        let wantsMore = connections[slot].wantsMore(now: dispatchedAt)
        if wantsMore != connections[other].wantsMore(now: dispatchedAt) { return wantsMore }
        let (load, otherLoad) = (connections[slot].load, connections[other].load)
        return wantsMore ? load > otherLoad : load < otherLoad
    }

    /// Whether a query goes out in a batch of its own: its table has failed of late, or a connection was lost under it, which
    /// may happen again.
    private func isIsolated(_ query: Int) -> Bool {
        tables[queries[query].table].isolated > 0 || queries[query].lostConnections > 0
    }

    mutating func send(_ query: Int, on slot: Int) {
        let table = queries[query].table
        let isIsolated = isIsolated(query)
        if isIsolated && !connections[slot].isSerial { endBatch(on: slot) }
        let form = queries[query].isLiteral ? .literal : connections[slot].statements[table].form!
        connections[slot].push(.query(QueryID(index: query)), isApart: isIsolated)
        unlist(query)
        noteSent(query, as: form)
        tables[table].noteSingle()
        actions.append(.send(identifier(of: slot), QueryID(index: query), form))
        if isIsolated { endBatch(on: slot) }
    }

    /// Notes that a query is sent that is in no list any more.
    mutating func noteSent(_ query: Int, as form: QueryForm) {
        waiting -= queries[query].lookupCount
        queries[query].noteSent(as: form, at: dispatchedAt)
    }

    mutating func endBatch(on slot: Int) {
        guard connections[slot].hasOpenBatch else { return }
        connections[slot].closeBatch()
        actions.append(.sync(identifier(of: slot)))
    }

    /// Prepares a table's statement in a batch of its own, so that a failure aborts nothing else.
    mutating func prepare(_ table: Int, on slot: Int) {
        endBatch(on: slot)
        connections[slot].statements[table] = .preparing
        if !tables[table].isKnown { connections[slot].isLearning = true }
        connections[slot].push(.preparation(table: table), isApart: true)
        actions.append(.prepare(identifier(of: slot), table: table))
        endBatch(on: slot)
    }

    /// Prepares what is not prepared, slow tables apart: those wait for a lookup. What no server has taken yet is prepared on
    /// one connection first: it may wait for a lock.
    mutating func prepareUnprepared(on slot: Int) {
        guard connections[slot].needsPreparation, connections[slot].stalledAt == nil,
            !connections[slot].holdsSlow
        else { return }
        var isLeft = false
        for table in tables.indices
        where connections[slot].statements[table] == .unprepared && !tables[table].isSlow {
            if !tables[table].isKnown && isBeingPrepared(table) {
                isLeft = true
                continue
            }
            // Each is a batch.
            if connections[slot].isSerial && !connections[slot].inFlight.isEmpty { return }
            prepare(table, on: slot)
        }
        connections[slot].needsPreparation = isLeft
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
            for slot in due { noteUnprepared(table, on: slot) }
            for slot in due { prepareUnprepared(on: slot) }
            if tables[table].isSlow { _ = connectionForSlow(table, now: now) }
        }
    }

    mutating func failWaiting(of table: Int, _ reason: PoolFailure) {
        while tables[table].isWaiting { failAll(of: tables[table].first, reason) }
    }
}
