// What is known of the tables' queries and triggers, and what workers are told of it.

package import LookupValues

extension Lease {
    /// How soon all is found out anew if something was in the way, at first; each time in a row doubles it. In nanoseconds.
    private static let retryInterval: Int64 = 2_000_000_000
    /// How soon if tables are not proven though nothing was in the way: the look shows nearly all that could help.
    private static let renewalInterval: Int64 = 300_000_000_000

    /// When what was found out last may be proven: an answer to a query that is sent after that comes from a session that is
    /// no older than what was found.
    ///
    /// A pool's connection may be older than a change of settings, or have statements prepared from before a name came to mean
    /// another relation. It gives answers that are kept only as long as a look at it, which was begun no longer ago than
    /// `freshness` when the query was sent, has shown nothing of that (`TargetPool.markStale`): once one has, no query counts
    /// as pure there. What was found out has not changed since it was found.
    var provableAt: Instant { analysedAt.advanced(byNanoseconds: terms.freshness) }

    mutating func analyse(now: Instant) {
        analyses += 1
        isAnalysing = true
        isBeatLinkUsed = true
        analysisDueAt = nil
        beats.askedAt = now
        actions.append(.analyse(number: analyses))
    }

    /// All has been found out that could be. What was found holds if the look returns the same later.
    package mutating func analysed(_ found: TargetProof, number: Int, now: Instant) {
        guard isAnalysing, number == analyses else { return }
        isAnalysing = false
        analysedAt = now
        beats.askedAt = nil
        isRefused = false
        let isComplete = Set(found.tables.keys) == Set(tables)
        guard isComplete else {
            // Other tables have been adopted meanwhile.
            analysisDueAt = now
            return
        }
        if found.isSettled {
            failedAnalyses = 0
            analysisDueAt =
                found.isEachProven ? nil : now.advanced(byNanoseconds: Self.renewalInterval)
        } else {
            delayAnalysis(now: now)
        }
        candidate = found
        awaited = found.writers
        beatDueAt = now
        // What was proven holds until a beat has shown that it still does: then the session's settings are still those that
        // a new one would have.
        guard proof == nil else { return }
        if !awaited.isEmpty { actions.append(.log(.awaitsWriters)) }
        // This session may be older than a change of settings (ALTER ROLE, ALTER DATABASE), which are given to new ones only.
        // The look has the settings that are given, and the path that the session has: if it is the same in a session that
        // is begun now, no other settings were given to it, and it has the same path as this one.
        reopenBeats()
    }

    /// The server has refused to tell.
    package mutating func analysisFailed(now: Instant) {
        isAnalysing = false
        beats.askedAt = nil
        delayAnalysis(now: now)
        if !isRefused { actions.append(.log(.refused)) }
        isRefused = true
    }

    private mutating func delayAnalysis(now: Instant) {
        let delay = Self.retryInterval << Int64(min(failedAnalyses, 5))
        failedAnalyses += 1
        analysisDueAt = now.advanced(byNanoseconds: delay)
    }

    /// From now on the candidate is what is known. Beats that were sent before prove nothing of it.
    mutating func promote(now: Instant) {
        guard let candidate else { return }
        let old = proof?.tables ?? [:]
        for (table, found) in candidate.tables.sorted(by: { $0.key < $1.key }) where old[table] != found {
            if let bypass = found.bypass {
                tell(.unproven(table: table, bypass), now: now)
            } else {
                if old[table]?.bypass == nil && old[table] != nil {
                    tell(.unproven(table: table, .unknown), now: now)
                }
                tell(.proven(table: table, key: found.key), now: now)
            }
        }
        for (table, found) in candidate.tables.sorted(by: { $0.key < $1.key })
        where said[table] != .some(found.bypass) {
            said[table] = .some(found.bypass)
            actions.append(.log(found.bypass.map { .unproven(table: table, $0) } ?? .proven(table: table)))
        }
        proof = candidate
        self.candidate = nil
        awaited = []
        ledger.dismissAll()
        beatDueAt = min(beatDueAt, now)
    }

    /// Nothing is known any more. If there is a connection, all is found out anew.
    mutating func dropProof(_ bypass: CacheBypass, now: Instant) {
        proof = nil
        candidate = nil
        awaited = []
        for table in tables { tell(.unproven(table: table, bypass), now: now) }
        // Not one after the other, whatever changes all the time.
        if isListening {
            analysisDueAt = max(now, analysedAt.advanced(byNanoseconds: terms.beatInterval))
        }
    }
}
