// Which waiting query goes out on which connection.

internal import LookupValues
internal import PoolHealth

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

    /// Sends as many waiting queries as the connections have room for, then ends the batches. If quick and
    /// slow tables want the same connection, they take turns.
    mutating func sendWaiting(now: Instant) {
        sendLooks(now: now)
        sendErrands(now: now)
        if slowGoesFirst {
            slowGoesFirst = !sendSlow(now: now)
            _ = sendQuick(now: now)
        } else {
            let isSent = sendQuick(now: now)
            let isSlowSent = sendSlow(now: now)
            slowGoesFirst =
                isSent && !isSlowSent && waitingTables.contains { tables[$0].isSlow && tables[$0].isWaiting }
        }
        for table in waitingTables {
            tryAgain(table, now: now)
            if tables[table].isWaiting && hasNoUse(of: table) && !isWelcomeElsewhere(table, now: now) {
                prepareAgain(table, now: now)
            }
        }
        for slot in connections.indices {
            if isOwn(slot) { prepareArrayStatements(on: slot) }
            endBatch(on: slot)
        }
        waitingTables.removeAll { table in
            tables[table].sentSingly = 0
            tables[table].isListed = tables[table].isWaiting
            return !tables[table].isListed
        }
    }

    /// Sends the queries that go out in array statements, then single queries of the quick tables, one of
    /// each table in turn.
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
        // The table whose turn it would have been goes first the next time.
        if turn > 0 { waitingTables = Array(waitingTables[turn...] + waitingTables[..<turn]) }
        return isSent
    }

    /// Sends the first waiting query of a table; false if there is none, or no room for it.
    private mutating func sendFirst(of table: Int, now: Instant) -> Bool {
        guard tables[table].isWaiting, let slot = connectionForFirst(of: table) else { return false }
        failTooLate(of: table, now: now)
        guard tables[table].isWaiting else { return true }
        let first = tables[table].first
        send(first, on: slot)
        sendRest(ofSearchWith: first, table, on: slot)
        return true
    }

    /// Sends the waiting queries for the same request as the one just sent along with it: they end together, and no other
    /// server is woken for them.
    private mutating func sendRest(ofSearchWith first: Int, _ table: Int, on slot: Int) {
        while tables[table].isWaiting, let requester = requester(of: tables[table].first), requester.part > 0,
            let before = self.requester(of: first), before.client == requester.client,
            before.sequence == requester.sequence, !goesApart(tables[table].first),
            connections[slot].room > 0, isFit(slot, for: table)
        {
            send(tables[table].first, on: slot)
        }
    }

    /// Who asked first; nil if there is no requester, or no lookup is left.
    private func requester(of query: Int) -> Requester? {
        queries[query].lookupCount == 0 ? nil : lookups[queries[query].lookups.first].requester
    }

    /// The host that a query should not go to, as its last connection was lost there: whether the host or the
    /// query is to blame, the next one would be lost, too. Nil if no other host takes the query.
    func hostToAvoid(for query: Int) -> Int? {
        guard let host = queries[query].lostHost else { return nil }
        let table = queries[query].table
        let isChoosy = isWelcomeAnywhere(table, now: dispatchedAt)
        let hasOther = ownSlots.contains {
            connections[$0].host != host && connections[$0].isUnburdened
                && connections[$0].statements[table].own.form != nil
                && (!isChoosy || isWelcome(table, at: connections[$0].host, now: dispatchedAt))
        }
        return hasOther ? host : nil
    }

    /// Fails those lookups that were never sent and whose answer would come too late. One with less time than those that came
    /// before it waits for them, until its deadline at most.
    mutating func failTooLate(of table: Int, now: Instant) {
        while !tables[table].fresh.isEmpty, tables[table].again.isEmpty {
            let lookup = queries[tables[table].fresh.first].lookups.first
            guard lookups[lookup].sendUntil <= now else { return }
            fail(lookup, .deadline)
        }
    }

    /// The connection for a table's first query.
    private mutating func connectionForFirst(of table: Int) -> Int? {
        let query = tables[table].first
        let lostHost = hostToAvoid(for: query)
        let isChoosy = isWelcomeAnywhere(table, now: dispatchedAt)
        func isFit(_ slot: Int) -> Bool {
            self.isFit(slot, for: table) && connections[slot].host != lostHost
                && (!isChoosy || isWelcome(table, at: connections[slot].host, now: dispatchedAt))
        }
        let best =
            if goesApart(query) {
                bestConnection(for: table) { hasRoomApart(on: $0, for: table) && isFit($0) }
            } else {
                bestConnection(for: table, room: 1, isFit)
            }
        return best ?? errandConnection(for: table)
    }

    /// Whether a table's queries can be sent on a connection, however much is in flight there.
    func isFit(_ slot: Int, for table: Int) -> Bool {
        connections[slot].statements[table].own.form != nil && isOpen(slot, to: table)
            && !(connections[slot].isSerial && isOld(table, on: slot))
    }

    /// Whether a connection has room for a query that has a batch of its own. All queries of a table that may
    /// keep something do. No more of them are in flight than keep the server at work for a moment: queries
    /// that are answered too late are then not sent in vain.
    func hasRoomApart(on slot: Int, for table: Int) -> Bool {
        guard connections[slot].hasRoomApart else { return false }
        if connections[slot].statements[table].isPure { return true }
        // Through a pooler, such a batch is sent only when nothing is in flight.
        return connections[slot].isSerial
            ? connections[slot].pipeline.isEmpty
            : connections[slot].pipeline.load < max(limits.batches, connections[slot].worthwhile)
    }

    /// Whether a table's prepared statement was prepared so long ago that its meaning may have changed.
    func isOld(_ table: Int, on slot: Int) -> Bool {
        // There is no closure, as the whole pool would be copied for it: 88 instructions each time.
        guard let freshness = limits.freshness else { return false }
        return isOlder(table, on: slot, than: freshness)
    }

    /// Whether a table's prepared statement was prepared at least `age` nanoseconds ago.
    func isOlder(_ table: Int, on slot: Int, than age: Int64) -> Bool {
        connections[slot].statements[table].isOlder(than: age, now: dispatchedAt)
    }

    /// The best connection for statements that can wait, among those that are fit for them and have room for
    /// `room` statements. Nil also if it is better to wait than to wake another server.
    ///
    /// - Parameter isFit: takes slots, as a `PooledConnection` would be copied.
    func bestConnection(for table: Int, room: Int, _ isFit: (Int) -> Bool) -> Int? {
        let best = bestConnection(for: table) { connections[$0].room >= room && isFit($0) }
        guard let best, connections[best].pipeline.load == 0 else { return best }
        let isAwaited = ownSlots.contains {
            connections[$0].isWorthAwaiting(now: dispatchedAt) && isFit($0)
        }
        return isAwaited ? nil : best
    }

    /// The best one of these connections for the next statement.
    private func bestConnection(for table: Int, _ isFit: (Int) -> Bool) -> Int? {
        var best: Int?
        for slot in ownSlots where isFit(slot) {
            guard let other = best else {
                best = slot
                continue
            }
            if isBetterPlace(slot, than: other, for: table) { best = slot }
        }
        return best
    }

    /// Whether a connection is a better place for a table's next statement than another one that has room,
    /// too. The order is: a session that needs no reset; a server at work that does not have enough to do,
    /// those with most in flight first; the other servers, those with least in flight first. So fewer servers
    /// are woken.
    private func isBetterPlace(_ slot: Int, than other: Int, for table: Int) -> Bool {
        let (state, otherState) = (sessionRank(slot, for: table), sessionRank(other, for: table))
        if state != otherState { return state < otherState }
        let wantsMore = connections[slot].wantsMore(now: dispatchedAt)
        if wantsMore != connections[other].wantsMore(now: dispatchedAt) { return wantsMore }
        let (load, otherLoad) = (connections[slot].pipeline.load, connections[other].pipeline.load)
        return wantsMore ? load > otherLoad : load < otherLoad
    }

    /// Whether a query goes out in a batch of its own: its table has failed of late or may keep something, or
    /// its connection was lost, which may happen again.
    private func goesApart(_ query: Int) -> Bool {
        let table = queries[query].table
        return tables[table].isolated > 0 || !tables[table].isPure || queries[query].lostConnections > 0
    }

    /// Sends a query on a connection that is fit for its table.
    mutating func send(_ query: Int, on slot: Int) {
        let table = queries[query].table
        let isPure = connections[slot].statements[table].isPure
        let isApart = !isPure || goesApart(query)
        if !isPure { splitShared(query) }
        resetSession(on: slot, for: table)
        if isOld(table, on: slot) && !queries[query].isLiteral { prepare(table, on: slot) }
        if isApart && !connections[slot].isSerial { endBatch(on: slot) }
        let form = queries[query].isLiteral ? .literal : connections[slot].statements[table].own.form!
        connections[slot].push(.query(QueryID(index: query)), isApart: isApart)
        unlist(query)
        noteSent(query, as: form)
        queries[query].awaitsEnd = !isPure
        if !isPure { noteTraces(of: table, on: slot) }
        if !queries[query].erred.isEmpty || isWelcomeAnywhere(table, now: dispatchedAt) {
            askedElsewhere += 1
        }
        errors.noteTrial(of: table, at: connections[slot].host, now: dispatchedAt)
        tables[table].noteSingle()
        connections[slot].lastUse = dispatchedAt
        actions.append(.send(identifier(of: slot), QueryID(index: query), form))
        if isApart { endBatch(on: slot) }
        if case .literal(let retryAt) = connections[slot].statements[table].own, retryAt <= dispatchedAt,
            !connections[slot].isSerial
        {
            prepare(table, on: slot)
        }
    }

    /// Notes that a query is sent. It must have been taken out of its list.
    mutating func noteSent(_ query: Int, as form: QueryForm) {
        waiting -= queries[query].lookupCount
        queries[query].noteSent(as: form, at: dispatchedAt)
    }

    mutating func endBatch(on slot: Int) {
        guard connections[slot].pipeline.hasOpenBatch else { return }
        connections[slot].pipeline.closeBatch()
        actions.append(.sync(identifier(of: slot)))
    }

    mutating func failWaiting(of table: Int, _ reason: PoolFailure) {
        while tables[table].isWaiting { failAll(of: tables[table].first, reason) }
    }
}
