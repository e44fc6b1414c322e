// What became of the lookups in a map's kept answers.

/// The kept answers of a map, or of a whole daemon. Maps on one table share what is kept, and so have the same figures.
package struct CacheStatistics: Equatable, Sendable, Codable {
    /// How the answers may be given now.
    package enum Basis: String, CaseIterable, BitwiseCopyable, Sendable, Codable {
        /// For so long after their query was sent.
        case time
        /// Until a change is notified.
        case notification
        /// Only while no host can be asked.
        case outage
    }

    /// Why answers that are to be given by notification are not.
    package enum Bypass: String, CaseIterable, BitwiseCopyable, Sendable, Codable {
        case unknown, triggers, untellable, unheard, late
    }

    /// Lookups that were answered by what was kept, while the database could be asked.
    package var hitsFound = 0
    package var hitsNotFound = 0
    /// Lookups for which there was nothing, or nothing that could be given.
    package var misses = 0
    /// Of these, the ones for which there was an answer that is not proved to be fresh.
    package var bypassed = 0
    /// Answers that were kept.
    package var kept = 0
    /// Answers that were not, as they are too large, or the rows changed while the query was under way, or the host that
    /// answered is not known to be current.
    package var tooLarge = 0
    package var overtaken = 0
    package var unproven = 0
    /// Of keys that hardly ever come again.
    package var unlikely = 0
    /// Notifications of changes: of keys, and of all.
    package var changedKeys = 0
    package var changedTables = 0
    /// Entries that had to make room for others.
    package var evicted = 0
    /// Answers that were given while no host could be asked.
    package var stale = 0
    /// What there is now.
    package var entries = 0
    package var bytes = 0
    /// What the configuration wants; nil for a whole daemon.
    package var basis: Basis?
    /// Why the answers are not given by notification, though they should be; nil: they are, or should not.
    package var bypass: Bypass?
    /// Events of the last five minutes; nil if they are not known.
    package var lately: CacheEvents?

    package init() {}

    package var hits: Int { hitsFound &+ hitsNotFound }

    private enum CodingKeys: String, CodingKey {
        case hitsFound = "hits_found"
        case hitsNotFound = "hits_not_found"
        case misses, bypassed, kept
        case tooLarge = "too_large"
        case overtaken, unproven, unlikely
        case changedKeys = "changed_keys"
        case changedTables = "changed_tables"
        case evicted, stale, entries, bytes, basis, bypass, lately
    }

    package mutating func merge(_ other: CacheStatistics) {
        hitsFound &+= other.hitsFound
        hitsNotFound &+= other.hitsNotFound
        misses &+= other.misses
        bypassed &+= other.bypassed
        kept &+= other.kept
        tooLarge &+= other.tooLarge
        overtaken &+= other.overtaken
        unproven &+= other.unproven
        unlikely &+= other.unlikely
        changedKeys &+= other.changedKeys
        changedTables &+= other.changedTables
        evicted &+= other.evicted
        stale &+= other.stale
        entries &+= other.entries
        bytes &+= other.bytes
        basis = basis ?? other.basis
        bypass = bypass ?? other.bypass
    }

    /// The counters only, of a table that is kept no more.
    package var withoutGauges: CacheStatistics {
        var counters = self
        counters.entries = 0
        counters.bytes = 0
        counters.basis = nil
        counters.bypass = nil
        return counters
    }
}

/// What was asked of kept answers in some while.
package struct CacheEvents: Equatable, BitwiseCopyable, Sendable, Codable {
    package var hits = 0
    package var misses = 0
    package var stale = 0

    package init() {}

    init(_ cache: CacheStatistics?) {
        guard let cache else { return }
        hits = cache.hits
        misses = cache.misses
        stale = cache.stale
    }

    mutating func merge(_ other: CacheEvents) {
        hits &+= other.hits
        misses &+= other.misses
        stale &+= other.stale
    }

    /// The events since `earlier`, a former state of this.
    func since(_ earlier: CacheEvents) -> CacheEvents {
        var difference = self
        difference.hits &-= earlier.hits
        difference.misses &-= earlier.misses
        difference.stale &-= earlier.stale
        return difference
    }
}

extension CacheStatistics? {
    /// Nil adds nothing.
    package mutating func merge(_ other: CacheStatistics?) {
        guard let other else { return }
        if self == nil { self = other } else { self!.merge(other) }
    }
}
