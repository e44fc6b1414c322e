// What has been asked for ahead of a client's requests is of no use any more.

package import LookupValues

extension ReadAhead {
    /// Drops all if nothing of it can be used any more.
    package mutating func expire(now: Instant, _ account: inout ReadAheadAccount) {
        let bound = account.bound
        if !searches.isEmpty, searches.allSatisfy({ $0.begunAt.advanced(byNanoseconds: bound) < now }) {
            dropAll(now: now, &account)
        }
    }

    /// The client has gone. The lookups that its requests wait for are among the withdrawn ones.
    package mutating func end(now: Instant, _ account: inout ReadAheadAccount) {
        if isEmpty { return }
        dropAll(now: now, &account)
        for waiting in adopted {
            free(waiting.step.size, &account)
            account.noteThrownAway(inMap: waiting.table.map, now: now)
            withdrawn.append(waiting.lookup)
        }
        adopted = []
    }

    mutating func dropAll(now: Instant, _ account: inout ReadAheadAccount) {
        for search in searches.indices { end(search, now: now, &account) }
        free(firstKey.count, &account)
        firstKey = []
        searches = []
    }

    /// Drops the searches if none has a step left.
    mutating func forgetFinished(now: Instant, _ account: inout ReadAheadAccount) {
        if searches.allSatisfy(\.steps.isEmpty) { dropAll(now: now, &account) }
    }

    /// Drops the steps of a search that are left.
    mutating func end(_ search: Int, now: Instant, _ account: inout ReadAheadAccount) {
        while !searches[search].steps.isEmpty {
            let lookup = searches[search].lookup(of: searches[search].steps.count - 1)
            let step = searches[search].steps.removeLast()
            throwAway(step, lookup, in: searches[search].table, now: now, &account)
            free(step.size, &account)
        }
    }

    mutating func throwAway(
        _ step: SearchAhead.Step, _ lookup: LookupAhead, in table: AskedTable, now: Instant,
        _ account: inout ReadAheadAccount
    ) {
        switch step.phase {
        case .unknown:
            return
        case .pending:
            withdrawn.append(lookup)
        case .answered:
            break
        }
        account.noteThrownAway(inMap: table.map, now: now)
    }

    mutating func free(_ size: Int, _ account: inout ReadAheadAccount) {
        bytes -= size
        account.free(size)
    }
}
