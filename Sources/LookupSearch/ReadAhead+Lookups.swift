// The lookups that are begun ahead of a client's requests, and their outcomes.

package import LookupValues

extension ReadAhead {
    /// Begins a search with a request that `ask` has called a beginning.
    ///
    /// - Parameter keys: all keys of the search in their order, that of the request first, as the client would send them.
    /// - Returns: the places of the keys to be asked for; none if there is no room for them. Each lookup that begins is to be
    ///   reported to `noteBegun`; a key that is answered without one is left out.
    package mutating func begin(
        _ keys: [[UInt8]], in table: AskedTable, by request: UInt32, now: Instant,
        _ account: inout ReadAheadAccount
    ) -> Range<Int> {
        guard keys.count > 1, keys.count <= Int(UInt16.max) else { return 0..<0 }
        let isFirst = searches.isEmpty
        precondition(isFirst || keys[0] == firstKey, "searches with different first keys")
        let search = SearchAhead(keys.dropFirst(), in: table, by: request, now: now)
        let size = search.size + (isFirst ? keys[0].count : 0)
        guard account.reserve(size, besides: bytes) else { return 0..<0 }
        bytes += size
        if isFirst { firstKey = keys[0] }
        searches.append(search)
        return 1..<keys.count
    }

    /// A lookup has begun for a key.
    ///
    /// - Parameter place: one of those that `begin` has returned, for the same request.
    package mutating func noteBegun(
        _ token: LookupToken, at place: Int, by request: UInt32, _ account: inout ReadAheadAccount
    ) {
        let search = searches.lastIndex { $0.request == request }!
        let index = searches[search].index(ofPlace: UInt16(place))!
        searches[search].steps[index].phase = .pending
        searches[search].steps[index].token = token
        account.noteAsked(inMap: searches[search].table.map)
    }

    /// Takes in the outcome of a lookup that was begun ahead of its request.
    ///
    /// - Parameters:
    ///   - place: that of its key.
    ///   - request: the one with which its search began.
    package mutating func settle(
        _ outcome: LookupOutcome, at place: Int, of request: UInt32, now: Instant,
        _ account: inout ReadAheadAccount
    ) -> Settlement {
        if let waiting = adopted.firstIndex(where: {
            $0.lookup.request == request && $0.lookup.place == place
        }) {
            return settle(adopted.remove(at: waiting), outcome, now: now, &account)
        }
        guard let search = searches.firstIndex(where: { $0.request == request }),
            let index = searches[search].index(ofPlace: UInt16(place)),
            searches[search].steps[index].phase == .pending
        else { return .taken }
        keep(outcome, of: search, at: index, now: now, &account)
        return .taken
    }

    private mutating func settle(
        _ waiting: Adopted, _ outcome: LookupOutcome, now: Instant, _ account: inout ReadAheadAccount
    ) -> Settlement {
        free(waiting.step.size, &account)
        switch outcome {
        case .found, .notFound:
            account.noteUsed(inMap: waiting.table.map, now: now)
            noteAnswer(to: waiting.request, outcome, now: now, &account)
            return .answers(waiting.request)
        case .temporaryFailure, .permanentFailure:
            account.noteThrownAway(inMap: waiting.table.map, now: now)
            return .asksAnew(waiting.request, waiting.table, key: waiting.step.key)
        }
    }

    private mutating func keep(
        _ outcome: LookupOutcome, of search: Int, at index: Int, now: Instant,
        _ account: inout ReadAheadAccount
    ) {
        let isFresh = now <= searches[search].begunAt.advanced(byNanoseconds: account.bound)
        searches[search].steps[index].phase = .answered
        switch outcome {
        case .notFound where isFresh:
            return
        case .found(let value) where isFresh && account.reserve(value.count, besides: bytes):
            bytes += value.count
            searches[search].steps[index].value = value
            return
        case .found, .notFound, .temporaryFailure, .permanentFailure:
            searches[search].steps[index].phase = .unknown
            account.noteThrownAway(inMap: searches[search].table.map, now: now)
        }
    }
}
