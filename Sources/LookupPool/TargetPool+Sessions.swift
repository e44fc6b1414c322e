// What lookups may leave behind in a session: kept from other tables' lookups.

internal import LookupValues

extension TargetPool {
    /// Resets the session, unless what may be left in it is this table's own: stock Postfix, where a table
    /// has a connection, leaves that, too. The reset has its own batch: behind an error it would be skipped.
    ///
    /// - Parameter table: nil if something other than a table's query is to be sent.
    mutating func resetSession(on slot: Int, for table: Int?) {
        guard connections[slot].session.needsReset(for: table) else { return }
        let traces = connections[slot].session.traces
        endBatch(on: slot)
        let connection = identifier(of: slot)
        for step in ResetStep.allCases {
            connections[slot].push(.reset(step, table: traces), isApart: true)
            actions.append(.reset(connection, step))
        }
        endBatch(on: slot)
        connections[slot].session.noteReset()
        resets += 1
    }

    /// How well a session suits a table's next statement; lower is better. A table that leaves traces goes
    /// where its own traces are.
    func sessionRank(_ slot: Int, for table: Int) -> Int {
        guard connections[slot].session.hasTraces else { return tables[table].isPure ? 0 : 1 }
        return connections[slot].session.traces == table ? 0 : 2
    }

    /// Notes that a lookup of a table that is not pure is sent. Through a pooler, what it leaves is the pooler's business.
    mutating func noteTraces(of table: Int, on slot: Int) {
        if connections[slot].isSerial { return }
        connections[slot].session.noteTraces(of: table)
        if tables[table].keepsTemporaryTables && connections[slot].session.owner == nil && unowned > 1 {
            connections[slot].session.owner = table
        }
    }

    /// Whether a table's lookups may go to a connection: one that another table has to itself is open only
    /// while each connection without an owner is burdened.
    func isOpen(_ slot: Int, to table: Int) -> Bool {
        guard let owner = connections[slot].session.owner else {
            return !tables[table].keepsTemporaryTables || !hasOwn(table) || !isOwn(slot)
        }
        return owner == table
            || !ownSlots.contains { connections[$0].isUnburdened && connections[$0].session.owner == nil }
    }

    /// Whether a table has a connection to itself.
    private func hasOwn(_ table: Int) -> Bool {
        ownSlots.contains { connections[$0].session.owner == table && connections[$0].phase == .ready }
    }

    /// How many connections no table has to itself.
    private var unowned: Int {
        ownSlots.count { connections[$0].phase == .ready && connections[$0].session.owner == nil }
    }

    /// Notes for each table whether its queries keep nothing at any host that is connected to.
    mutating func notePurity() {
        for table in tables.indices {
            tables[table].isPure = connections.allSatisfy { connection in
                !connection.isEstablished || connection.statements[table].isPure
            }
        }
    }
}
