// Which tables' answers are given by notification.

package import LookupValues

extension AnswerCache {
    /// Why a table's answers are not given by notification; nil if they are, or need not be.
    package func bypass(of table: Int, now: Instant) -> CacheBypass? {
        let slot = slot(of: table)
        return slot >= 0 && tables[slot].isNotified ? bypass(slot, now: now) : nil
    }

    /// How many nanoseconds ago everything that the host of a target which is listened to had committed was known; nil if
    /// that was never so.
    package func leaseAge(of target: Int, now: Instant) -> Int64? {
        guard let place = place(ofTarget: target), targets[place].listened >= 0
        else { return nil }
        let verifiedAt = hosts[place * hostsOfTarget + targets[place].listened].verifiedAt
        return verifiedAt == TableState.never ? nil : now.nanoseconds - verifiedAt.nanoseconds
    }

    func bypass(_ slot: Int, now: Instant) -> CacheBypass? {
        guard tables[slot].isProven else { return tables[slot].bypass }
        let listened = targets[tables[slot].target].listened
        guard listened >= 0 else { return .unheard }
        let verifiedAt = hosts[tables[slot].firstHost + listened].verifiedAt
        return now <= verifiedAt.advanced(byNanoseconds: staleness) ? nil : .late
    }
}
