// The answers that lookups get: given, kept, asked for again on a primary, or taken from what is kept.

package import LookupValues
internal import PoolHealth

extension TargetPool {
    /// Has the answers of these tables kept, and of no others: see `PoolAction.keep`.
    package mutating func keepAnswers(of kept: Set<Int>) {
        for table in tables.indices { tables[table].isKept = kept.contains(table) }
    }

    // MARK: Results

    /// Whether each host is known to be a standby. One that is away stays what it was; one that is only not connected to may
    /// have been promoted.
    package var hasOnlyStandbys: Bool {
        hosts.indices.allSatisfy { hosts[$0].isStandby && (hosts[$0].isDown || isConnected(to: $0)) }
    }

    /// A standby has nothing for a query: it is asked again on a primary if any host is not known to be a standby.
    mutating func confirm(_ query: Int, at place: Int, on slot: Int) {
        guard let confirmer = tables[queries[query].table].confirmer,
            !hasOnlyStandbys
        else { return answer(query, at: place, on: slot) }
        askAgain(query, in: confirmer)
        finish(query)
    }

    mutating func answer(_ query: Int, at place: Int, on slot: Int) {
        let answer = Answer(
            table: queries[query].table, query: QueryID(index: query), place: place,
            host: connections[slot].host, sentAt: queries[query].sentAt)
        if tables[answer.table].isKept && queries[query].wantsKeeping
            && connections[slot].statements[answer.table].isPure
        {
            actions.append(.keep(answer))
        }
        var lookup = queries[query].lookups.first
        while lookup >= 0 {
            let next = lookupLinks.next(after: lookup)
            actions.append(.answer(lookups[lookup].requester, answer))
            deadlineLinks.remove(lookup, from: &byDeadline)
            lookups.remove(lookup)
            lookup = next
        }
        finish(query)
    }

    /// Ends a query that is in flight no more and has no lookup. Its key can be read until the actions are taken that follow,
    /// and the next result or dispatch comes.
    mutating func finish(_ query: Int) {
        queries[query].phase = .ended
        finished.append(query)
    }

    /// Forgets the queries that have ended, unless there are actions for them that have not been taken.
    mutating func removeFinished() {
        if finished.isEmpty || !actions.isEmpty { return }
        for query in finished { removeQuery(query) }
        finished.removeAll(keepingCapacity: true)
    }

    // MARK: What is kept

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
