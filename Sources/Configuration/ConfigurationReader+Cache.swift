// Reports what does not fit together in the parameters about answers that are kept.

internal import LookupSearch

extension ConfigurationReader {
    mutating func checkCache(_ effective: [String: Setting], _ whole: Place) {
        let settings = configuration.settings
        checkCache(settings.cache, "cache", effective["cache"]?.place ?? whole) { $0.isRevocable }
        checkCache(settings.staleWhileDown, "stale_while_down", effective["stale_while_down"]?.place ?? whole)
        {
            $0.decidesAccess
        }
        let most = Self.largestShare * settings.workers
        if settings.cacheSize > most {
            report(
                effective["cache_size"]?.place ?? whole,
                "found a cache_size of more than 16G for each worker, expected \(most >> 30)G at most with workers = "
                    + "\(settings.workers)")
        }
    }

    /// Of one worker, in bytes: what `RoomSize` has room for.
    private static let largestShare = 16 << 30

    /// - Parameter needsDeliberation: whether a map needs a `!`.
    private mutating func checkCache(
        _ entries: [String: CacheSetting], _ parameter: String, _ place: Place,
        needsDeliberation: (MapUse) -> Bool
    ) {
        for (name, setting) in entries.sorted(by: { $0.key < $1.key }) {
            let paths = maps.filter { $0.name == name }.map(\.path)
            if paths.isEmpty {
                report(place, "found \(Self.shown(name)) in \(parameter), expected names that are in maps")
                continue
            }
            if needsDeliberation(configuration.settings.use(ofMap: name)), !setting.isDeliberate {
                report(
                    place,
                    "found `\(name)` in \(parameter), which decides who may send, expected `\(name)!` if an answer may count "
                        + "that has been taken back meanwhile")
            }
            // A proxymap client names the table, not the map.
            let other = maps.first { map in
                paths.contains(map.path) && !setting.isSame(as: entries[map.name])
            }
            if let other, entries[other.name] == nil || other.name > name {
                report(
                    place,
                    "found `\(name)` and `\(other.name)` with different values in \(parameter), expected the same for both, as "
                        + "they have the table \(other.path) in common")
            }
        }
    }
}

extension CacheSetting {
    fileprivate func isSame(as other: CacheSetting?) -> Bool {
        other.map { bound == $0.bound && isNotified == $0.isNotified } ?? false
    }
}
