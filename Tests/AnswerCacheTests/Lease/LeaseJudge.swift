// Whether what a lease tells is true, by what the simulated servers have done.

import AnswerCache
import LookupValues

/// Takes each news as a worker would, and compares it with the servers' own account.
struct LeaseJudge {
    private var provenAt: Int64?
    private var told: Set<UInt64> = []
    private(set) var verified = 0
    private(set) var verifiedStandby = 0
    private(set) var fences = 0

    /// - Parameters:
    ///   - delivered: the changes whose notifications had been passed to the lease, and when.
    /// - Returns: what is wrong; nil if nothing is.
    mutating func take(
        _ news: CacheNews, at time: Int64, primary: SimulatedPrimary, standby: SimulatedStandby,
        delivered: [UInt64: Int64]
    ) -> String? {
        switch news {
        case .listening, .unproven: provenAt = nil
        case .proven: provenAt = time
        case .changed(_, let keys): told.formUnion(keys ?? Array(delivered.keys))
        case .unverified, .server: break
        case .verified(_, host: 0, let at):
            verified += 1
            return untold(primary.commits.map { ($0, $0.time) }, before: at.nanoseconds / 1_000_000)
        case .verified(_, _, let at):
            verifiedStandby += 1
            let at = at.nanoseconds / 1_000_000
            if let foreign = standby.foreignChanges.last, foreign < at, standby.isForeign {
                return "a standby of another primary is verified as of \(at)"
            }
            return untold(zip(primary.commits, standby.visibleAt).map { ($0, $1) }, before: at)
        case .fence(_, _, let heardBy, let provenAt):
            fences += 1
            let (heardBy, provenAt) = (heardBy.nanoseconds / 1_000_000, provenAt.nanoseconds / 1_000_000)
            for (index, commit) in primary.commits.enumerated() {
                guard let change = commit.change, let heard = delivered[change], heard <= heardBy else {
                    continue
                }
                if index >= standby.visibleAt.count || standby.visibleAt[index] > provenAt {
                    return "the fence of \(heardBy) lets the change \(change) through, heard at \(heard)"
                }
            }
        }
        return nil
    }

    /// A change that was committed while all was proven, was to be seen before this moment, and was not told.
    ///
    /// What was committed before, and comes to a standby later, is kept apart by a fence: see `AnswerCache`.
    private func untold(
        _ commits: some Sequence<(SimulatedPrimary.Commit, visibleAt: Int64)>, before at: Int64
    ) -> String? {
        guard let provenAt else { return nil }
        for (commit, visibleAt) in commits where commit.time > provenAt && visibleAt < at {
            if let change = commit.change, !told.contains(change) {
                return "verified as of \(at), and the change \(change) of \(commit.time) is not told"
            }
        }
        return nil
    }
}
