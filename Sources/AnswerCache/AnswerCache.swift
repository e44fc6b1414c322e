// The answers that one worker keeps, and whether they may be given.

package import LookupStatistics
package import LookupValues

/// Keeps answers by table and key, within a number of bytes, and gives each only as long as it is proved to be what the
/// database answered at some moment of the last while: see `CacheOptions`.
///
/// An answer is given by time while its query was sent no longer ago than the table's bound. It is given by notification if
/// its query was sent after the last news of a change for its key, and the host that it came from is verified as of a moment
/// no longer ago than `staleness`.
package struct AnswerCache: ~Copyable {
    private struct Entry {
        let outcome: LookupOutcome
        let sentAt: Instant
    }

    private var tables: [Int: CachedTable] = [:]
    private var entries: [Int: [[UInt8]: Entry]] = [:]
    /// The answers to queries that were sent until then are not kept.
    private var keepsAfter: [Int: Instant] = [:]
    private var figures: [Int: CacheStatistics] = [:]
    private var staleness: Int64 = 2_000_000_000

    /// - Parameter seed: of the hash of keys. Clients must not know it.
    package init(seed: UInt64) {}

    // MARK: Tables

    /// Takes over what a configuration says. The entries of tables that stay are kept; those of others are dropped. Answers
    /// to queries that were sent before are not kept.
    ///
    /// - Parameters:
    ///   - bytes: the room.
    ///   - staleness: cache_max_staleness, in nanoseconds.
    package mutating func adopt(_ adopted: [CachedTable], bytes: Int, staleness: Int64, now: Instant) {
        self.staleness = staleness
        tables = Dictionary(uniqueKeysWithValues: adopted.map { ($0.number, $0) })
        entries = entries.filter { tables[$0.key] != nil }
        for table in adopted { keepsAfter[table.number] = now }
    }

    // MARK: Lookups

    /// What a lookup is answered with; nil if it must be asked: found or not found.
    package mutating func find(_ table: Int, _ key: Span<UInt8>, now: Instant) -> LookupOutcome? {
        let key = [UInt8](copying: key)
        guard let entry = entries[table]?[key], let bound = tables[table]?.options.bound,
            now <= entry.sentAt.advanced(byNanoseconds: bound)
        else {
            figures[table, default: CacheStatistics()].misses += 1
            return nil
        }
        if case .found = entry.outcome {
            figures[table, default: CacheStatistics()].hitsFound += 1
        } else {
            figures[table, default: CacheStatistics()].hitsNotFound += 1
        }
        return entry.outcome
    }

    /// What a lookup is answered with while no host can be asked.
    package mutating func findWhileDown(_ table: Int, _ key: Span<UInt8>, now: Instant) -> StaleAnswer? {
        let key = [UInt8](copying: key)
        guard let entry = entries[table]?[key], let options = tables[table]?.options,
            let bound = options.staleBound, now <= entry.sentAt.advanced(byNanoseconds: bound)
        else { return nil }
        let isFinal = options.givesStaleNotFound || entry.outcome != .notFound
        figures[table, default: CacheStatistics()].stale += 1
        return StaleAnswer(outcome: entry.outcome, verifiedAt: entry.sentAt, isFinal: isFinal)
    }

    /// A lookup may share a query for the same key that was sent after this instant, and is not answered yet.
    package func joinsSentAfter(_ table: Int, now: Instant) -> Instant {
        guard let bound = tables[table]?.options.bound else { return .distantFuture }
        let oldest = Instant(nanoseconds: now.nanoseconds - bound)
        return max(oldest, keepsAfter[table] ?? now)
    }

    // MARK: Answers

    /// What of a key a notification of a change names; nil if there are none for single keys.
    package func notifiedKey(of table: Int) -> NotifiedKey? { nil }

    /// Keeps an answer, unless something has changed since its query was sent, or it is too large.
    ///
    /// - Parameters:
    ///   - hash: that of the key as a notification would have it, if there are any for single keys.
    ///   - host: the one that has answered, by its number in the target.
    package mutating func keep(
        _ outcome: LookupOutcome, _ table: Int, _ key: Span<UInt8>, hash: UInt64?, sentAt: Instant, host: Int
    ) {
        switch outcome {
        case .found, .notFound: break
        case .temporaryFailure, .permanentFailure: return
        }
        guard let after = keepsAfter[table], sentAt > after else {
            figures[table, default: CacheStatistics()].overtaken += 1
            return
        }
        let key = [UInt8](copying: key)
        if let entry = entries[table]?[key], entry.sentAt >= sentAt { return }
        entries[table, default: [:]][key] = Entry(outcome: outcome, sentAt: sentAt)
        figures[table, default: CacheStatistics()].kept += 1
    }

    /// Takes in news.
    ///
    /// - Parameter now: from then on, queries are sent that see what the news tell.
    package mutating func take(_ news: CacheNews, now: Instant) {}

    /// Drops what is kept of a table, or for one key of it.
    package mutating func flush(_ table: Int, _ key: Span<UInt8>?, now: Instant) {
        keepsAfter[table] = now
        if let key {
            entries[table]?[[UInt8](copying: key)] = nil
        } else {
            entries[table] = nil
        }
    }

    // MARK: Figures

    package func statistics(of table: Int) -> CacheStatistics { figures[table] ?? CacheStatistics() }
}
