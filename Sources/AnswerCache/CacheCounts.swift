// What is counted of a table while lookups go on.

internal import LookupStatistics

/// Counts that lie in a row, where they are added to in place.
struct CacheCounts: BitwiseCopyable {
    var hitsFound = 0
    var hitsNotFound = 0
    var misses = 0
    var bypassed = 0
    var kept = 0
    var tooLarge = 0
    var overtaken = 0
    var unproven = 0
    var unlikely = 0
    var changedKeys = 0
    var changedTables = 0
    var stale = 0
}

extension CacheStatistics {
    init(_ counts: CacheCounts, _ tally: RoomTally) {
        self.init()
        hitsFound = counts.hitsFound
        hitsNotFound = counts.hitsNotFound
        misses = counts.misses
        bypassed = counts.bypassed
        kept = counts.kept
        tooLarge = counts.tooLarge
        overtaken = counts.overtaken
        unproven = counts.unproven
        unlikely = counts.unlikely
        changedKeys = counts.changedKeys
        changedTables = counts.changedTables
        stale = counts.stale
        evicted = tally.evicted
        entries = tally.entries
        bytes = tally.bytes
    }
}
