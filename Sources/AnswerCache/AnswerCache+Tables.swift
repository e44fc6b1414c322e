// Which tables are cached, and how what is kept of one is dropped.

package import LookupValues

extension AnswerCache {
    /// Records name tables by 16 bits.
    private static let mostTables = 65_535
    /// Numbers up to this name tables.
    private static let greatestNumber = 1 << 24

    /// Takes over what a configuration says. The entries of tables that stay are kept; those of others are dropped. Answers
    /// to queries that were sent before are not kept.
    ///
    /// - Parameters:
    ///   - adopted: 65,535 tables at most, with numbers from 0 to 16,777,216; others are not cached.
    ///   - bytes: the room. If it is another than before, what was kept is moved, as far as there is room.
    ///   - staleness: cache_max_staleness, in nanoseconds.
    package mutating func adopt(_ adopted: [CachedTable], bytes: Int, staleness: Int64, now: Instant) {
        let adopted = adopted.filter {
            $0.options.isKept && (0...Self.greatestNumber).contains($0.number) && $0.target >= 0
        }
        .prefix(Self.mostTables)
        self.staleness = staleness
        guard !adopted.isEmpty else {
            leaveAll()
            return
        }
        let staying = Set(adopted)
        for slot in 0..<tables.count {
            if let table = cached[slot], !staying.contains(table) { leave(slot) }
        }
        adoptTargets(Set(adopted.map(\.target)), now: now)
        for table in adopted {
            let slot = slot(of: table.number)
            if slot < 0 { enter(table, now: now) } else { tables[slot].keepsAfter = now }
        }
        resize(bytes)
    }

    /// Drops what is kept of a table, or for one key of it. No answer to a query of the table's that was sent before is kept.
    package mutating func flush(_ table: Int, _ key: Span<UInt8>?, now: Instant) {
        let slot = slot(of: table)
        guard slot >= 0 else { return }
        tables[slot].keepsAfter = max(tables[slot].keepsAfter, now)
        if let key {
            guard key.count <= RoomSize.longestAnswer else { return }
            let position = room.position(slot, key, hash(slot, key))
            if position >= 0 { room.remove(position) }
        } else {
            drop(slot, now: now)
        }
    }

    private mutating func drop(_ slot: Int, now: Instant) {
        tables[slot].countsAfter = max(tables[slot].countsAfter, now)
        tables[slot].changedAt = max(tables[slot].changedAt, now)
        room.tallies[slot].since = max(room.tallies[slot].since, now)
        room.tallies[slot].entries = 0
        room.tallies[slot].bytes = 0
    }

    // MARK: Slots

    private mutating func leaveAll() {
        slots = Row()
        tables = Row()
        cached = []
        notifiedKeys = []
        figures = Row()
        targets = Row()
        hosts = Row()
        changes = Row()
        bytes = 0
        room = Room(bytes: 0)
    }

    private mutating func leave(_ slot: Int) {
        slots[tables[slot].number] = -1
        // Its stripes are there for the next one that has the slot.
        let stripes = tables[slot].firstStripe
        tables[slot] = TableState()
        tables[slot].firstStripe = stripes
        cached[slot] = nil
        notifiedKeys[slot] = nil
    }

    private mutating func enter(_ table: CachedTable, now: Instant) {
        let target = place(ofTarget: table.target)!
        let slot = cached.indices.first { cached[$0] == nil } ?? tables.count
        if slot == tables.count {
            tables.append(TableState())
            cached.append(nil)
            notifiedKeys.append(nil)
            figures.append(CacheCounts())
            room.tallies.append(RoomTally())
        }
        let stripes = tables[slot].firstStripe
        tables[slot] = TableState(table, target: target, now: now)
        tables[slot].firstStripe = stripes
        tables[slot].firstHost = target * hostsOfTarget
        cached[slot] = table
        figures[slot] = CacheCounts()
        // What is there of a table that had the slot before was sent before.
        room.tallies[slot] = RoomTally()
        drop(slot, now: now)
        while slots.count <= table.number { slots.append(-1) }
        slots[table.number] = Int32(slot)
    }

    /// What is known of targets that stay is kept.
    private mutating func adoptTargets(_ adopted: Set<Int>, now: Instant) {
        for place in 0..<targets.count where !adopted.contains(targets[place].number) {
            targets[place].number = -1
        }
        for number in adopted.sorted() where place(ofTarget: number) == nil {
            let target = TargetState(number: number, listenedAt: now)
            var host = HostState()
            host.begin(at: now)
            if let place = vacantTarget {
                targets[place] = target
                for place in place * hostsOfTarget..<(place + 1) * hostsOfTarget { hosts[place] = host }
            } else {
                targets.append(target)
                hosts.append(host, times: hostsOfTarget)
            }
        }
    }

    private var vacantTarget: Int? {
        for place in 0..<targets.count where targets[place].number < 0 { return place }
        return nil
    }

    private mutating func resize(_ bytes: Int) {
        // With a table there is a room, as small as it may be.
        let bytes = max(bytes, 1)
        guard bytes != self.bytes else { return }
        self.bytes = bytes
        var room = Room(bytes: bytes)
        room.reserved = changes.count * MemoryLayout<Instant>.size
        self.room.pour(into: &room)
        self.room = room
    }
}
