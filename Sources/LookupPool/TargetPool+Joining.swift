// Which query a new lookup shares, as nobody has sent it yet.

internal import LookupValues

extension TargetPool {
    /// The waiting query that this lookup may share, or a new one.
    mutating func query(table: Int, key: Span<UInt8>) -> Int {
        let hash = keyHash(table: table, key: key)
        if joinIndex.isFull { enterAnew() }
        let place = joinIndex.place(for: hash) { isJoinable($0, table: table, key: key) }
        if let equal = joinIndex.query(at: place) {
            joined += 1
            return equal
        }
        let query = queries.insert(QueryRecord(table: table, hash: hash))
        keys.set(key, of: query)
        joinIndex.enter(query, hash, at: place)
        tables[table].add(query, &queryLinks)
        list(table)
        return query
    }

    /// Whether this number is that of a query that an equal lookup may share.
    private func isJoinable(_ query: Int, table: Int, key: Span<UInt8>) -> Bool {
        queries.contains(query) && queries[query].phase == .waiting && queries[query].table == table
            && keys.withKey(of: query) { $0.isEqual(to: key) }
    }

    /// Has the index know what waits, and nothing else.
    private mutating func enterAnew() {
        joinIndex.removeAll(expecting: waitingTables.reduce(0) { $0 + tables[$1].waiting })
        for table in waitingTables {
            var query = tables[table].fresh.first
            while query >= 0 {
                let hash = queries[query].hash
                joinIndex.enter(query, hash, at: joinIndex.place(for: hash) { _ in false })
                query = queryLinks.next(after: query)
            }
        }
    }
}
