// A request and its lookups: begun, settled, answered.

internal import LookupProtocols
package import LookupValues

extension ClientSession {
    /// The answer to a lookup if the client asks on and on without reading.
    private static let unread = LookupOutcome.temporaryFailure("earlier answers have not been read")

    /// Makes a request wait for a lookup.
    ///
    /// - Parameters:
    ///   - part: which of the request's lookups it is: 0 for the only one, or from 1 on.
    ///   - map: the number of its map.
    package mutating func begin(
        _ token: LookupToken, of request: ClientRequest, part: UInt16 = 0, map: Int, sharing share: FairShare,
        now: Instant
    ) {
        // A request counts once, however many lookups it has.
        let isFirst = part == 0 || !isPending(request.sequence)
        pending.append(
            PendingLookup(
                sequence: request.sequence, part: part, token: token, form: request.form, map: map,
                begunAt: now))
        guard isFirst else { return }
        waitingRequests += 1
        share.noteLookup(waiting: waitingRequests)
    }

    private func isPending(_ sequence: UInt32) -> Bool { pending.contains { $0.sequence == sequence } }

    /// Names another lookup whose outcome answers a request, in place of the only one that it waits for.
    package mutating func replace(lookupOf sequence: UInt32, by token: LookupToken) {
        guard let index = pending.firstIndex(where: { $0.sequence == sequence }) else { return }
        pending[index].token = token
    }

    /// When the pending request with this number has come; nil if there is none.
    package func begunAt(_ sequence: UInt32) -> Instant? {
        pending.first { $0.sequence == sequence }?.begunAt
    }

    /// Gives the outcome of a request's only lookup, which answers it. One that is not pending is our own mistake and traps.
    package mutating func settle(
        _ sequence: UInt32, _ outcome: LookupOutcome, sharing share: FairShare
    ) -> SettledLookup {
        let lookup = takePending(sequence, part: 0, sharing: share)
        let given = give(outcome, sequence, lookup.form)
        return SettledLookup(map: lookup.map, begunAt: lookup.begunAt, outcome: given)
    }

    /// Answers a request with an outcome, or with a failure if the client is owed too much.
    private mutating func give(_ outcome: LookupOutcome, _ sequence: UInt32, _ form: ReplyForm)
        -> LookupOutcome
    {
        let outcome = owed.isOverfull ? Self.unread : outcome
        answer(outcome, sequence, form)
        return outcome
    }

    /// Takes in that one of a request's several lookups has its outcome, which does not answer the request by itself.
    package mutating func settle(
        part: UInt16, of request: ClientRequest, _ outcome: LookupOutcome, sharing share: FairShare
    ) -> SettledLookup {
        let lookup = takePending(request.sequence, part: part, sharing: share)
        return SettledLookup(map: lookup.map, begunAt: lookup.begunAt, outcome: outcome)
    }

    /// Answers a request that may have several lookups, whichever of them are pending.
    ///
    /// - Returns: the outcome that the client is answered with, and the lookups that were pending.
    package mutating func answer(
        _ request: ClientRequest, _ outcome: LookupOutcome, withdrawingFrom share: FairShare
    ) -> (outcome: LookupOutcome, withdrawn: [WithdrawnLookup]) {
        let withdrawn = pending.filter { $0.sequence == request.sequence }
        for lookup in withdrawn { _ = takePending(lookup.sequence, part: lookup.part, sharing: share) }
        let given = give(outcome, request.sequence, request.form)
        return (given, withdrawn.map(WithdrawnLookup.init))
    }

    private mutating func takePending(
        _ sequence: UInt32, part: UInt16, sharing share: FairShare
    ) -> PendingLookup {
        // One waits as a rule, and never more than a session's bound.
        let index = pending.firstIndex { $0.sequence == sequence && $0.part == part }!
        pending.swapAt(index, pending.count - 1)
        let lookup = pending.removeLast()
        if part == 0 || !isPending(sequence) {
            waitingRequests -= 1
            share.noteAnswer(waiting: waitingRequests)
        }
        return lookup
    }

    /// Answers a request at once.
    package mutating func answer(_ request: ClientRequest, _ outcome: LookupOutcome) {
        answer(outcome, request.sequence, request.form)
    }

    mutating func answer(_ outcome: LookupOutcome, _ sequence: UInt32, _ form: ReplyForm) {
        let longestReply = longestReply
        owed.settle(sequence) { output in
            switch form {
            case .socketmap: SocketmapReply.append(outcome, longestReply: longestReply, to: &output)
            case .proxymap(let reply): reply.append(outcome, to: &output)
            }
        }
    }
}
