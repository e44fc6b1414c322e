// Tables whose queries take long: their queries go out alone, and keep a part of the connections at most.

internal import LookupValues

extension TargetPool {
    /// Sends slow tables' queries, one of each table in turn, as far as there are connections for them. Those that are only
    /// suspect come first: where they are quick they soon are not slow any more, and else would wait for those that are.
    ///
    /// - Returns: whether any was sent.
    mutating func sendSlow(now: Instant) -> Bool {
        var isSent = false
        var left = waitingTables.filter { tables[$0].isSlow }
        while let table = left.min(by: { tables[$0].turn < tables[$1].turn }) {
            failTooLate(of: table, now: now)
            if tables[table].isWaiting, let slot = connectionForSlow(table) {
                send(tables[table].first, aloneOn: slot)
                slowTurn += 1
                tables[table].servedLast = slowTurn
                isSent = true
            } else {
                left.removeAll { $0 == table }
            }
        }
        return isSent
    }

    /// The connection for a slow table's next query: one connection stays without any slow table, where there are several.
    /// If none has the table's statement, one begins to prepare it, which may take as long.
    mutating func connectionForSlow(_ table: Int) -> Int? {
        let isOnlyOne =
            ownSlots.count(where: { connections[$0].phase == .ready && !connections[$0].isSuspect }) == 1
        guard isOnlyOne || ownSlots.count(where: { connections[$0].isUnburdened }) > 1 else { return nil }
        let free = ownSlots.filter { slot in
            // Through a pooler a batch of its own is one that nothing is before.
            connections[slot].takesBatch && connections[slot].load < limits.pipelineDepth
                && (!connections[slot].isSerial || connections[slot].inFlight.isEmpty)
        }
        func isLess(_ one: Int, _ other: Int) -> Bool { connections[one].load < connections[other].load }
        let fit = free.filter { isFit($0, for: table) }
        if let slot = fit.min(by: isLess) { return slot }
        let unfit = free.filter { connections[$0].statements[table] == .unprepared }
        if let slot = unfit.min(by: isLess), !isBeingPrepared(table) {
            prepare(table, on: slot)
            connections[slot].holdsSlow = true
        }
        return nil
    }

    /// Sends a slow table's query in a batch of its own; nothing is sent after it until it has its result.
    mutating func send(_ query: Int, aloneOn slot: Int) {
        endBatch(on: slot)
        send(query, on: slot)
        connections[slot].holdsSlow = true
        endBatch(on: slot)
    }

    func isBeingPrepared(_ table: Int) -> Bool {
        connections.contains { $0.phase == .ready && $0.statements[table] == .preparing }
    }

    /// A table that was slow proves itself by queries that are not: each is alone on its connection, and any that takes
    /// long has the connection stall.
    mutating func noteQuickness(of table: Int) {
        tables[table].noteQuickness()
        if tables[table].isSlow { return }
        for slot in connections.indices where connections[slot].statements[table] == .unprepared {
            connections[slot].needsPreparation = true
        }
    }
}
