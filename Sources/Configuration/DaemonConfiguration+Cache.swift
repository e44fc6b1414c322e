// What is kept of each table's answers.

package import AnswerCache
package import LookupSearch

extension DaemonConfiguration {
    /// What is kept of a table's answers. The maps on one table agree.
    ///
    /// - Parameter file: the table's.
    package func cacheOptions(ofFile file: String) -> CacheOptions {
        var options = CacheOptions()
        let names = maps.filter { $0.file == file }.map(\.name)
        guard let name = names.first else { return options }
        if let cache = settings.cache[name] {
            options.bound = cache.bound.map { Int64($0) * 1_000_000 }
            options.isNotified = cache.isNotified
        }
        if let stale = settings.staleWhileDown[name] {
            options.staleBound = stale.bound.map { Int64($0) * 1_000_000 }
            // A proxymap client names a table: what one of its maps is for counts for all.
            options.givesStaleNotFound = names.allSatisfy { name in
                let use = settings.use(ofMap: name)
                // Most clients and addresses are in no table of access.
                return use.isHarmlessWithoutKey || use.decidesAccess && !use.isRevocable && !use.rejects
            }
        }
        return options
    }

    /// The names of the maps whose answers are kept.
    package var keptMaps: [String] {
        var names: [String] = []
        for map in maps where !names.contains(map.name) && cacheOptions(ofFile: map.file).isKept {
            names.append(map.name)
        }
        return names
    }
}

extension DaemonSettings {
    /// What Postfix does with a map's answers.
    package func use(ofMap name: String) -> MapUse {
        MapUse(mapParameters[name] ?? [], hasVirtualAliasDomains: hasVirtualAliasDomains)
    }
}
