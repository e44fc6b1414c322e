// Which query a new lookup shares: one that was never sent, or one in flight whose answer is kept.

internal import LookupValues

extension TargetPool {
    /// The query that this lookup may share, or a new one. If a query may keep something, each lookup has its own.
    ///
    /// - Parameter joinsSentAfter: a query in flight may be shared if it was sent after that.
    mutating func query(table: Int, key: Span<UInt8>, joinsSentAfter: Instant) -> Int {
        guard tables[table].isPure else { return newQuery(table: table, key: key, hash: 0) }
        let hash = keyHash(table: table, key: key)
        if joinIndex.isFull { enterAnew() }
        let place = joinIndex.place(for: hash) {
            isJoinable($0, table: table, key: key, sentAfter: joinsSentAfter)
        }
        if let equal = joinIndex.query(at: place) {
            joined += 1
            return equal
        }
        let query = newQuery(table: table, key: key, hash: hash)
        queries[query].mayBeShared = true
        joinIndex.enter(query, hash, at: place)
        return query
    }

    private mutating func newQuery(table: Int, key: Span<UInt8>, hash: Int) -> Int {
        let query = queries.insert(QueryRecord(table: table, hash: hash))
        keys.set(key, of: query)
        tables[table].add(query, &queryLinks)
        list(table)
        return query
    }

    /// Gives each lookup of a query but the first its own query: they joined when the table counted as pure.
    mutating func splitShared(_ query: Int) {
        while queries[query].lookupCount > 1 {
            let key = keys.withKey(of: query) { [UInt8](copying: $0) }
            let own = newQuery(table: queries[query].table, key: key.span, hash: queries[query].hash)
            move(lookupLinks.next(after: queries[query].lookups.first), from: query, to: own)
        }
    }

    /// Has the lookups of a query that is in flight no more wait for the same key in another table.
    mutating func askAgain(_ query: Int, in table: Int) {
        if queries[query].lookupCount == 0 { return }
        let key = keys.withKey(of: query) { [UInt8](copying: $0) }
        let other = self.query(table: table, key: key.span, joinsSentAfter: .distantFuture)
        while queries[query].lookupCount > 0 {
            move(queries[query].lookups.first, from: query, to: other)
            waiting += 1
        }
    }

    private mutating func move(_ lookup: Int, from query: Int, to other: Int) {
        queries[query].remove(lookup, &lookupLinks)
        lookups[lookup].query = other
        if queries[query].wantsKeeping { queries[other].wantsKeeping = true }
        queries[other].add(lookup, &lookupLinks)
    }

    /// Whether this number is that of a query that an equal lookup may share.
    private func isJoinable(_ query: Int, table: Int, key: Span<UInt8>, sentAfter: Instant) -> Bool {
        queries.contains(query)
            && (queries[query].phase == .waiting
                || queries[query].phase == .inFlight && queries[query].sentAt > sentAfter)
            && queries[query].table == table && queries[query].mayBeShared
            && keys.withKey(of: query) { $0.isEqual(to: key) }
    }

    /// Empties the index, and enters the queries that may be shared.
    private mutating func enterAnew() {
        let inFlight = joinableInFlight
        joinIndex.removeAll(expecting: waitingTables.reduce(inFlight.count) { $0 + tables[$1].waiting })
        for query in inFlight { enter(query) }
        for table in waitingTables where tables[table].isPure {
            var query = tables[table].fresh.first
            while query >= 0 {
                if queries[query].mayBeShared { enter(query) }
                query = queryLinks.next(after: query)
            }
        }
    }

    private mutating func enter(_ query: Int) {
        let hash = queries[query].hash
        joinIndex.enter(query, hash, at: joinIndex.place(for: hash) { _ in false })
    }

    /// The queries in flight that may be shared, as their answers are kept.
    private var joinableInFlight: [Int] {
        guard tables.contains(where: \.isKept) else { return [] }
        return connections.flatMap { $0.pipeline.inFlight.flatMap(\.queries) }.map(\.index).filter {
            tables[queries[$0].table].isKept && queries[$0].mayBeShared
        }
    }
}
