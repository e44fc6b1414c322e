// When tables' statements are prepared, and prepared anew.

internal import LookupValues
internal import PoolHealth

extension TargetPool {
    /// Prepares a table's statement in a batch of its own, so that a failure aborts nothing else. A statement
    /// in use stays in use if queries can be sent behind the preparation.
    mutating func prepare(_ table: Int, on slot: Int) {
        resetSession(on: slot, for: table)
        endBatch(on: slot)
        let isNamed = connections[slot].statements[table].beginPreparation(
            staysInUse: !connections[slot].isSerial, now: dispatchedAt)
        connections[slot].lastUse = dispatchedAt
        if !tables[table].isKnown { connections[slot].pipeline.noteLearning() }
        connections[slot].push(.preparation(table: table), isApart: true)
        actions.append(.prepare(identifier(of: slot), table: table))
        endBatch(on: slot)
        if isNamed { release(table, isArray: false, on: slot) }
    }

    /// Has the server forget the statement that is replaced by the preparation just sent.
    mutating func release(_ table: Int, isArray: Bool, on slot: Int) {
        if connections[slot].isSerial { return }
        connections[slot].push(.release(table: table, isArray: isArray), isApart: true)
        actions.append(.release(identifier(of: slot), table: table, isArray: isArray))
        endBatch(on: slot)
    }

    /// Prepares the statements that are not prepared, except those of slow tables, which wait for a lookup. A
    /// statement that no server has prepared or refused yet is prepared on one connection first: it may wait
    /// for a lock.
    mutating func prepareUnprepared(on slot: Int) {
        guard connections[slot].needsPreparation, connections[slot].progress.stalledAt == nil,
            !connections[slot].pipeline.holdsSlow
        else { return }
        var isLeft = false
        for table in tables.indices
        where connections[slot].statements[table].own == .unprepared && !tables[table].isSlow {
            if !tables[table].isKnown && isBeingPrepared(table) {
                isLeft = true
                continue
            }
            // Each preparation is a batch.
            if connections[slot].isSerial && !connections[slot].pipeline.isEmpty { return }
            prepare(table, on: slot)
        }
        connections[slot].needsPreparation = isLeft
    }

    /// Whether every connection has refused this table's statement, so that none can serve it.
    func hasNoUse(of table: Int) -> Bool {
        var isRefused = false
        for slot in ownSlots {
            switch connections[slot].phase {
            case .idle, .retiring: continue
            case .connecting: return false
            case .ready:
                guard case .failed = connections[slot].statements[table].own else { return false }
                isRefused = true
            }
        }
        return isRefused
    }

    /// Prepares a refused table's statement once more if that is due; otherwise fails the lookups that wait
    /// for it.
    mutating func prepareAgain(_ table: Int, now: Instant) {
        let due = ownSlots.filter { slot in
            guard connections[slot].phase == .ready,
                case .failed(let retryAt) = connections[slot].statements[table].own
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

    /// Prepares a table's statement anew, for which lookups wait: through a pooler, if it is old; with
    /// several hosts, on one connection at a time, if it was refused and may be accepted by now.
    mutating func tryAgain(_ table: Int, now: Instant) {
        for slot in ownSlots where connections[slot].phase == .ready {
            if connections[slot].isSerial && connections[slot].pipeline.isEmpty && isOld(table, on: slot) {
                prepare(table, on: slot)
            }
            guard hosts.count > 1, case .failed(let retryAt) = connections[slot].statements[table].own,
                retryAt <= now, connections[slot].isUnburdened, !isBeingPrepared(table)
            else { continue }
            noteUnprepared(table, on: slot)
            if !tables[table].isSlow { prepareUnprepared(on: slot) }
        }
    }
}
