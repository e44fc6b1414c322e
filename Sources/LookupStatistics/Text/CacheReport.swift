// Kept answers in `mapmux stats`, if there are any, and in words.

extension StatisticsSnapshot {
    /// A table of the maps that are kept, with an empty line before it, and lines on what does not go as it should.
    var cacheLines: [String] {
        let kept = maps.filter { $0.cache != nil }
        if kept.isEmpty { return [] }
        var table = TextTable(heading: [
            "KEPT", "HITS", "FOUND", "NOT FOUND", "MISSES", "5 MIN", "STALE", "ENTERED", "REFUSED", "CHANGED",
            "ALL CHANGED", "EVICTED", "ENTRIES", "BYTES",
        ])
        for map in kept {
            guard let cache = map.cache else { continue }
            table.add(
                [map.name]
                    + [cache.hits, cache.hitsFound, cache.hitsNotFound, cache.misses].map(Figure.count)
                    + [cache.lately?.share ?? "-"]
                    + [
                        cache.stale, cache.kept, cache.refused, cache.changedKeys, cache.changedTables,
                        cache.evicted, cache.entries, cache.bytes,
                    ].map(Figure.count))
        }
        let refusals = kept.compactMap { map in
            map.cache?.refusalText.map { "  \(map.name) was not kept: \($0)" }
        }
        return [""] + table.lines + bypassTexts.map { "  \($0)" } + refusals
            + [cache.map { "  \($0.roomText(of: process.cacheSize))" }].compactMap(\.self)
    }

    /// A line for each map whose answers are not given by notification, though they should be.
    package var bypassTexts: [String] { maps.compactMap(\.bypassText) }

    /// A line for each target of which no host can be asked, if the last answers of some map are given meanwhile.
    package var outageTexts: [String] {
        targets.compactMap { target in
            target.outage.flatMap { $0.givenMaps > 0 ? "\(target.name) \($0.text)" : nil }
        }
    }
}

extension MapStatistics {
    var bypassText: String? {
        cache?.bypass.map { "\(name) is not answered by notification: \($0.text)" }
    }
}

extension CacheStatistics {
    /// Answers that were not kept.
    package var refused: Int { tooLarge &+ overtaken &+ unproven &+ unlikely }

    fileprivate var refusalText: String? {
        let reasons = [
            (overtaken, "with a change, a flush or a reload meanwhile"), (tooLarge, "too large"),
            (unproven, "not known to be current"), (unlikely, "of keys that hardly come again"),
        ].filter { $0.0 > 0 }.map { "\(Figure.count($0.0)) \($0.1)" }
        return reasons.isEmpty ? nil : reasons.joined(separator: ", ")
    }

    fileprivate func roomText(of size: Int?) -> String {
        "all: \(Figure.count(entries)) entries, \(Figure.count(bytes))"
            + (size.map { " of \(Figure.count($0))" } ?? "") + " bytes"
    }
}

extension CacheStatistics.Bypass {
    /// In words.
    package var text: String {
        switch self {
        case .unknown: "it is not known yet what the query depends on"
        case .triggers: "the triggers are missing, or differ from what they should be"
        case .untellable: "triggers can't tell of all that the query depends on"
        case .unheard: "no primary can be listened to"
        case .late: "no sign of life has come for cache_max_staleness"
        }
    }
}

extension CacheEvents {
    /// Of the lookups, those that were answered by what was kept.
    var share: String { Figure.percentage(hits &+ stale, of: hits &+ misses) }
}

extension OutageStatistics {
    /// For a line that begins with the target's name.
    package var text: String {
        let answers =
            givenMaps == maps
            ? maps == 1 ? "of its map" : "of its \(maps) maps" : "of \(givenMaps) of its \(maps) maps"
        return "can't be asked, for \(Figure.age(seconds)): "
            + (givenMaps == 0
                ? "no map of it is in stale_while_down"
                : "the last answers \(answers) are given, up to an age of \(Figure.age(boundSeconds))")
    }
}

extension TargetStatistics {
    /// For a line that begins with the name of a target without a connection.
    package var lackText: String {
        guard let outage, outage.givenMaps > 0 else { return "has no live connection" }
        return outage.text
    }
}
