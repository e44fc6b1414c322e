// The answers that are kept, and the lookups that they answer while no host can be asked.

package import LookupValues

extension TargetPool {
    /// Has the answers of these tables kept, and of no others: see `PoolAction.keep`.
    package mutating func keepAnswers(of kept: Set<Int>) {
        for table in tables.indices { tables[table].isKept = kept.contains(table) }
    }

    /// Hands over the key of a query.
    package func withKey<Result>(of query: QueryID, _ body: (Span<UInt8>) -> Result) -> Result {
        keys.withKey(of: query.index, body)
    }

    /// The queries of a table that wait for a connection.
    package func waitingQueries(of table: Int) -> [QueryID] {
        var waiting = errands.filter { queries[$0].table == table }
        for list in [tables[table].again, tables[table].fresh] {
            var query = list.first
            while query >= 0 {
                waiting.append(query)
                query = queryLinks.next(after: query)
            }
        }
        return waiting.map { QueryID(index: $0) }
    }

    /// Takes the lookups of a waiting query out of the pool, as the shell answers them. The query is gone with them.
    ///
    /// - Returns: their requesters.
    package mutating func takeLookups(of query: QueryID) -> [Requester] {
        var requesters: [Requester] = []
        for _ in 0..<queries[query.index].lookupCount {
            let lookup = queries[query.index].lookups.first
            if let requester = lookups[lookup].requester { requesters.append(requester) }
            cancel(LookupID(index: lookup), of: lookups[lookup].requester)
        }
        return requesters
    }
}
