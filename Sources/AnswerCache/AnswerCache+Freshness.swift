// Whether an answer that is kept may be given.

internal import LookupValues

extension AnswerCache {
    /// The last change that an answer to a query sent then may not have seen.
    ///
    /// - Parameter stripe: that of its key, if `notifiedKey` said so since the table was proven.
    @inline(__always) func changedAt(_ slot: Int, _ sentAt: Instant, stripe: Int) -> Instant {
        if stripe == RecordFacts.noStripe || tables[slot].firstStripe < 0 || sentAt <= tables[slot].provenAt {
            return tables[slot].changedAt
        }
        return max(tables[slot].countsAfter, changes[tables[slot].firstStripe + stripe])
    }

    /// Whether no change of an answer has been told since its query was sent.
    @inline(__always) func counts(_ slot: Int, _ sentAt: Instant, _ facts: RecordFacts) -> Bool {
        // Mostly, nothing has changed at all.
        tables[slot].changedAt < sentAt
            || tables[slot].countsAfter < sentAt && changedAt(slot, sentAt, stripe: facts.stripe) < sentAt
    }

    /// Whether an answer may be given by time.
    @inline(__always) func isWithinBound(_ slot: Int, _ sentAt: Instant, _ now: Instant) -> Bool {
        let bound = tables[slot].bound
        return bound >= 0 && now <= sentAt.advanced(byNanoseconds: bound)
    }

    /// Whether an answer that counts may be given by notification.
    @inline(__always) func isVerified(_ slot: Int, _ sentAt: Instant, _ facts: RecordFacts, _ now: Instant)
        -> Bool
    {
        guard facts.isProvable, tables[slot].isNotified, tables[slot].isProven,
            tables[slot].provenAt < sentAt
        else { return false }
        let place = tables[slot].firstHost + facts.host
        return hosts[place].countsAfter < sentAt
            && now <= hosts[place].verifiedAt.advanced(byNanoseconds: staleness)
    }

    /// Whether a kept answer is one that may be given by notification, as soon as its host is verified.
    func isProved(_ slot: Int, _ sentAt: Instant, _ facts: RecordFacts) -> Bool {
        facts.isProvable && tables[slot].isNotified && tables[slot].isProven && tables[slot].provenAt < sentAt
            && hosts[tables[slot].firstHost + facts.host].countsAfter < sentAt && counts(slot, sentAt, facts)
    }

    /// Whether an answer that has just come may be given by notification, now or later: its host is listened to, or is a
    /// standby that had every change of what the answer depends on when the query was sent.
    @inline(__always) func isProvable(
        _ slot: Int, _ sentAt: Instant, host: Int, server: UInt64, changedAt: Instant
    ) -> Bool {
        guard tables[slot].isProven, tables[slot].provenAt < sentAt, host >= 0, host < hostsOfTarget
        else { return false }
        let place = tables[slot].firstHost + host
        let countsAfter = hosts[place].countsAfter
        guard countsAfter < sentAt, hosts[place].server == server else { return false }
        let listened = targets[tables[slot].target].listened
        if listened < 0 { return false }
        if host == listened { return true }
        // What happened before it was listened to, or proven, was not told: the standby must have that, too.
        let last = max(
            max(changedAt, tables[slot].countsAfter), max(tables[slot].provenAt, countsAfter))
        return hosts[place].isFenced(sentAt, after: last)
    }

    /// The last moment at which an answer that counts was known to be what the database would answer.
    func verifiedAt(_ slot: Int, _ sentAt: Instant, _ facts: RecordFacts) -> Instant {
        guard facts.isProvable, tables[slot].isNotified else { return sentAt }
        if sentAt <= tables[slot].provenAt {
            // It had all changes when its query was sent, and those until then were told.
            return sentAt > tables[slot].formerProvenAt ? max(sentAt, tables[slot].formerProvenUntil) : sentAt
        }
        let host = hosts[tables[slot].firstHost + facts.host]
        var verifiedAt = TableState.never
        if sentAt > host.countsAfter {
            verifiedAt = host.verifiedAt
        } else if sentAt > host.formerCountsAfter {
            verifiedAt = host.formerVerifiedAt
        }
        return max(sentAt, tables[slot].isProven ? verifiedAt : min(verifiedAt, tables[slot].provenUntil))
    }
}
