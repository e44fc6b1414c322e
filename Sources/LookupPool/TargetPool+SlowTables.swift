// Tables whose queries take long: their queries go out alone, and occupy only a part of the connections.

internal import LookupValues
internal import PoolHealth

extension TargetPool {
    /// Sends slow tables' queries, those of each table in turn, as far as there are connections for them.
    /// Tables that are not proven to be slow come first: if they are quick, they soon no longer count as
    /// slow, and otherwise they would wait for those that are slow.
    ///
    /// - Returns: whether any was sent.
    mutating func sendSlow(now: Instant) -> Bool {
        var isSent = false
        var left = waitingTables.filter { tables[$0].isSlow }
        while let table = left.min(by: {
            tables[$0].slowness.turn(at: now) < tables[$1].slowness.turn(at: now)
        }) {
            failTooLate(of: table, now: now)
            if tables[table].isWaiting, let slot = connectionForSlow(table, now: now) {
                sendSome(of: table, aloneOn: slot)
                slowTurn += 1
                tables[table].slowness.noteTurn(slowTurn)
                isSent = true
            } else {
                left.removeAll { $0 == table }
            }
        }
        return isSent
    }

    /// The connection for a slow table's next query. If there are several connections, one stays without any
    /// slow table, except to try one that may be quick. If none has the table's statement, one begins to
    /// prepare it, which may take as long as a query. A table that none of the pool's own connections takes has one to another
    /// host.
    mutating func connectionForSlow(_ table: Int, now: Instant) -> Int? {
        let isTrial = !isOnlyOne(now: now) && ownSlots.count { connections[$0].isUnburdened } == 1
        if isTrial && !mayBeTried(table, now: now) { return errandConnection(for: table) }
        let free = ownSlots.filter { slot in
            // Through a pooler, such a batch is sent only when nothing is in flight.
            connections[slot].takesBatch && connections[slot].pipeline.load < limits.pipelineDepth
                && (!connections[slot].isSerial || connections[slot].pipeline.isEmpty)
        }
        func isLess(_ one: Int, _ other: Int) -> Bool {
            connections[one].pipeline.load < connections[other].pipeline.load
        }
        let fit = free.filter { isFit($0, for: table) }
        if let slot = fit.min(by: isLess) {
            connections[slot].pipeline.noteTrial(isTrial)
            return slot
        }
        let unfit = free.filter { connections[$0].statements[table].own == .unprepared }
        if let slot = unfit.min(by: isLess), !isBeingPrepared(table) {
            prepare(table, on: slot)
            connections[slot].pipeline.noteSlow()
            connections[slot].pipeline.noteTrial(isTrial)
        }
        return errandConnection(for: table)
    }

    /// Whether a slow table may have the last connection that is free, to see whether it is slow. So tables
    /// that are not to blame never all wait for one that is.
    func mayBeTried(_ table: Int, now: Instant) -> Bool {
        tables[table].slowness.isUnproven(at: now)
            && !connections.contains { connection in
                connection.pipeline.holdsSlow
                    && connection.pipeline.inFlight.contains { self.table(of: $0) == table }
            }
    }

    /// When a slow table that waits may be tried again.
    func nextTrial(after now: Instant) -> Instant? {
        var next: Instant?
        for table in waitingTables
        where tables[table].isSlow && tables[table].isWaiting && tables[table].slowness.unprovenFrom > now {
            next = min(next ?? tables[table].slowness.unprovenFrom, tables[table].slowness.unprovenFrom)
        }
        return next
    }

    /// Whether there is only one connection for all tables, and no other one will soon be made.
    private func isOnlyOne(now: Instant) -> Bool {
        ownSlots.count { connections[$0].phase == .ready && !connections[$0].isShunned } == 1
            && !ownSlots.contains {
                connections[$0].phase == .connecting && patienceDeadline(of: $0) > now
            }
    }

    /// The table that something in flight belongs to.
    func table(of statement: InFlight) -> Int? {
        switch statement {
        case .query(let query): queries[query.index].table
        case .array(let table, _), .preparation(let table), .arrayPreparation(let table), .survey(let table):
            table
        case .check, .look, .reset, .release, .sync: nil
        }
    }

    /// Sends a slow table's queries in a batch of their own; nothing is sent after it until it has its results.
    private mutating func sendSome(of table: Int, aloneOn slot: Int) {
        endBatch(on: slot)
        var left = min(tables[table].slowness.slowBatch, connections[slot].progress.depth)
        repeat {
            let query = tables[table].first
            send(query, on: slot)
            left -= 1
        } while left > 0 && tables[table].isWaiting && connections[slot].pipeline.hasOpenBatch
            && connections[slot].pipeline.load < connections[slot].progress.depth
            && hostToAvoid(for: tables[table].first) == nil
        connections[slot].pipeline.noteSlow()
        endBatch(on: slot)
    }

    /// Whether a connection is preparing a table's statement. A connection that has stalled at something else
    /// does not count.
    func isBeingPrepared(_ table: Int) -> Bool {
        connections.contains {
            $0.phase == .ready && $0.statements[table].own == .preparing
                && ($0.progress.stalledAt == nil || $0.pipeline.next == .preparation(table: table))
        }
    }

    /// A slow table proves itself by quick queries. Each is alone on its connection, and one that takes long
    /// makes the connection stall.
    mutating func noteQuickness(of table: Int) {
        tables[table].slowness.noteQuickness()
        if tables[table].isSlow { return }
        for slot in connections.indices where connections[slot].statements[table].own == .unprepared {
            connections[slot].needsPreparation = true
        }
    }
}
