// What has been asked for ahead of a client's requests: the next keys of the searches that it is in.

package import LookupValues

/// The searches of one client that asks key by key, as Postfix does by way of proxymap(8). When it begins one, the other keys
/// of the search are asked for, too; each answer is given to the client if it asks for that key next, and soon.
///
/// All searches kept have one first key: Postfix takes several tables through the keys of one question. A request for the next
/// key of a search drops nothing, nor does one for the same first key in another table; any other one drops all. An answer is
/// used once, and by the request for its key and table alone; and never if the request comes more than the account's `bound`
/// after the lookup was begun. Failures are not kept.
///
///     switch readAhead.ask(key, in: table, by: request, now: now, &account) {
///     case .answered: answer the request with that
///     case .waits: the request waits for that lookup, whose outcome goes to `settle`
///     case .unknown(let isBeginning): begin a lookup for the request; if it is a beginning and the map is searched, `begin`,
///         and begin a lookup for each key that it returns
///
/// After each call, the lookups that `takeWithdrawn` returns are to be withdrawn. A lookup's outcome that comes nevertheless
/// does no harm.
package struct ReadAhead: Sendable {
    /// What is known about a request.
    package enum Reply: Equatable, Sendable {
        /// It is answered: found or not found.
        case answered(LookupOutcome)
        /// Its lookup is under way.
        case waits(LookupToken)
        /// Nothing is known of it.
        ///
        /// - Parameter isBeginning: whether it may be the first request of a search.
        case unknown(isBeginning: Bool)
    }

    /// What becomes of the outcome of a lookup that was begun ahead of its request.
    package enum Settlement: Equatable, Sendable {
        /// It is kept, or of no use.
        case taken
        /// It answers this request, which has waited for it.
        case answers(UInt32)
        /// It has failed, which is no answer to the request that has waited for it: another lookup must be begun.
        case asksAnew(UInt32, AskedTable, key: [UInt8])
    }

    /// A lookup that a request waits for. It is its request's: it is no longer withdrawn here.
    struct Adopted {
        let table: AskedTable
        let step: SearchAhead.Step
        let lookup: LookupAhead
        /// The number of the request that waits.
        let request: UInt32
    }

    /// The first key of all searches.
    var firstKey: [UInt8] = []
    var searches: [SearchAhead] = []
    var adopted: [Adopted] = []
    var withdrawn: [LookupAhead] = []
    /// The bytes that are kept for the client.
    package internal(set) var bytes = 0

    package init() {}

    /// Whether nothing is kept.
    package var isEmpty: Bool { searches.isEmpty && adopted.isEmpty }

    /// Takes the lookups that are of no use any more.
    package mutating func takeWithdrawn() -> [LookupAhead] {
        if withdrawn.isEmpty { return [] }
        defer { withdrawn = [] }
        return withdrawn
    }

    // MARK: Requests

    /// Takes in a request, and says what is known of it.
    ///
    /// - Parameters:
    ///   - key: as the client has sent it, not folded.
    ///   - request: its number.
    package mutating func ask(
        _ key: Span<UInt8>, in table: AskedTable, by request: UInt32, now: Instant,
        _ account: inout ReadAheadAccount
    ) -> Reply {
        if searches.isEmpty { return .unknown(isBeginning: true) }
        guard let search = searches.firstIndex(where: { $0.table == table }) else {
            if !key.isEqual(to: firstKey.span) { dropAll(now: now, &account) }
            return .unknown(isBeginning: true)
        }
        guard let step = searches[search].steps.last, step.key.span.isEqual(to: key) else {
            dropAll(now: now, &account)
            return .unknown(isBeginning: true)
        }
        return takeStep(of: search, by: request, now: now, &account)
    }

    private mutating func takeStep(
        of search: Int, by request: UInt32, now: Instant, _ account: inout ReadAheadAccount
    ) -> Reply {
        let (table, begunAt) = (searches[search].table, searches[search].begunAt)
        let lookup = searches[search].lookup(of: searches[search].steps.count - 1)
        let step = searches[search].steps.removeLast()
        searches[search].latestRequest = request
        let isFresh = now <= begunAt.advanced(byNanoseconds: account.bound)
        var reply = Reply.unknown(isBeginning: false)
        switch step.phase {
        case .unknown:
            break
        case .pending where isFresh:
            adopted.append(Adopted(table: table, step: step, lookup: lookup, request: request))
            reply = .waits(step.token)
        case .answered where isFresh:
            account.noteUsed(inMap: table.map, now: now)
            reply = .answered(step.value.map(LookupOutcome.found) ?? .notFound)
            if step.value != nil { end(search, now: now, &account) }
        case .pending, .answered:
            throwAway(step, lookup, in: table, now: now, &account)
        }
        if case .waits = reply {} else { free(step.size, &account) }
        forgetFinished(now: now, &account)
        return reply
    }

    /// A request that is no lookup here drops all.
    package mutating func noteOtherRequest(now: Instant, _ account: inout ReadAheadAccount) {
        if !searches.isEmpty { dropAll(now: now, &account) }
    }

    /// The client's request has this outcome by a lookup of its own. If something was found, its search is over.
    package mutating func noteAnswer(
        to request: UInt32, _ outcome: LookupOutcome, now: Instant, _ account: inout ReadAheadAccount
    ) {
        guard case .found = outcome, let search = searches.firstIndex(where: { $0.latestRequest == request })
        else { return }
        end(search, now: now, &account)
        forgetFinished(now: now, &account)
    }
}
