// What became of the lookups in a map's kept answers.

/// The kept answers of a map, or of a whole daemon.
package struct CacheStatistics: Equatable, Sendable, Codable {
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

    package init() {}

    package var hits: Int { hitsFound &+ hitsNotFound }

    private enum CodingKeys: String, CodingKey {
        case hitsFound = "hits_found"
        case hitsNotFound = "hits_not_found"
        case misses, bypassed, kept
        case tooLarge = "too_large"
        case overtaken, unproven
        case changedKeys = "changed_keys"
        case changedTables = "changed_tables"
        case evicted, stale, entries, bytes
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
        changedKeys &+= other.changedKeys
        changedTables &+= other.changedTables
        evicted &+= other.evicted
        stale &+= other.stale
        entries &+= other.entries
        bytes &+= other.bytes
    }
}
