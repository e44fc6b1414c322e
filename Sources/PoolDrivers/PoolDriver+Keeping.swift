// What a pool's driver keeps of the answers, and gives of what is kept.

package import AnswerCache
package import Configuration
internal import EventLoop
internal import LookupPool
internal import LookupTables
internal import LookupValues

extension PoolDriver {
    /// Has the answers of tables kept, and of no others.
    ///
    /// - Parameters:
    ///   - tables: by the table's index; nil: its answers are not kept.
    ///   - outagePlan: what is said of them while no host can be asked.
    package func keepAnswers(_ tables: [CachedTable?], _ outagePlan: OutagePlan) {
        outages.plan = outagePlan
        cachedTables = tables
        // Under its second number, too, a table is the same in the cache.
        let all = tables + plan.confirmed.sorted().map { tables[$0] }
        cached = all.map { $0?.number ?? -1 }
        staleTables = all.indices.filter { all[$0]?.options.staleBound != nil }
        pool.keepAnswers(of: Set(all.indices.filter { all[$0] != nil }))
    }

    /// What is kept for a key, or how it is asked.
    ///
    /// - Parameters:
    ///   - number: the table's in the cache.
    ///   - key: in the form that the table's query takes.
    package func findKept(_ number: Int, _ key: Span<UInt8>) -> CacheReply {
        keeper.cache.find(number, key, now: loop.now)
    }

    /// What is kept for a key if no host can be asked.
    package func findWhileDown(_ table: Int, _ key: Span<UInt8>) -> StaleAnswer? {
        guard isDown, let number = cacheNumber(of: table) else { return nil }
        return keeper.cache.findWhileDown(number, key, now: loop.now)
    }

    /// What is kept for a key in the form that the table's query takes, in words; nil: nothing. A look counts for nothing.
    package func look(_ table: Int, _ key: [UInt8]) -> String? {
        guard let number = cacheNumber(of: table),
            let kept = keeper.cache.look(number, key.span, now: loop.now)
        else { return nil }
        let tenths = (loop.now.nanoseconds - kept.verifiedAt.nanoseconds) / 100_000_000
        return
            "kept, last verified \(tenths / 10).\(tenths % 10) s ago (\(kept.isFound ? "found" : "not found"))"
            + (kept.isGiven ? "" : ", and given in an outage only")
    }

    /// Forgets what is kept of a table, or for one key in the form that the table's query takes.
    package func flush(_ table: Int, _ key: [UInt8]?) {
        guard let number = cacheNumber(of: table) else { return }
        if let key {
            keeper.cache.flush(number, key.span, now: loop.now)
        } else {
            keeper.cache.flush(number, nil, now: loop.now)
        }
    }

    /// The table's number in the cache; nil if its answers are not kept.
    package func cacheNumber(of table: Int) -> Int? { cached[table] < 0 ? nil : cached[table] }

    /// How the table's answers are kept; nil if they are not.
    package func cachedTable(_ table: Int) -> CachedTable? {
        table < cachedTables.count ? cachedTables[table] : nil
    }

    /// Keeps the answer to a query.
    func keep(_ answer: Answer, _ outcome: LookupOutcome) {
        let number = cached[answer.table]
        if number < 0 { return }
        pool.withKey(of: answer.query) { key in
            let hash = keeper.cache.notifiedKey(of: number).map {
                tables[answer.table].template.hash(of: $0, key)
            }
            keeper.cache.keep(
                outcome, number, key, hash: hash, sentAt: answer.sentAt,
                host: answeringServer == nil ? -1 : answer.host, server: answeringServer ?? 0)
        }
    }

    /// Answers the lookups that wait for a connection by what is kept, if no host can be asked. To be called when that begins,
    /// and when queries were put back since: nothing is kept meanwhile, and new lookups are looked for before they wait.
    func answerWhileDown() {
        guard isDown, !staleTables.isEmpty, pool.waiting > 0 else { return }
        // All are taken out before any is answered: an answer may withdraw others.
        var answers: [(requester: Requester, outcome: LookupOutcome)] = []
        for table in staleTables {
            for query in pool.waitingQueries(of: table) {
                let stale = pool.withKey(of: query) {
                    keeper.cache.findWhileDown(cached[table], $0, now: loop.now)
                }
                guard let stale, stale.isFinal else { continue }
                answers += pool.takeLookups(of: query).map { ($0, stale.outcome) }
            }
        }
        for answer in answers { deliver(answer.requester, answer.outcome, nil) }
    }
}

extension QueryTemplate {
    /// The hash by which a notification names a key.
    fileprivate func hash(of notified: NotifiedKey, _ key: Span<UInt8>) -> UInt64 {
        var text: [UInt8] = []
        for (place, parameter) in notified.parameters.enumerated() {
            if place > 0 { text.append(0) }
            appendParameter(parameter, key: key, into: &text)
        }
        return KeyDigest.hash(of: text.span)
    }
}
