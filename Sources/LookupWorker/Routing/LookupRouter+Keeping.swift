// What is kept of the maps' answers, by map.

internal import AnswerCache
internal import LookupStatistics
internal import LookupTables
internal import LookupValues
internal import PoolDrivers

extension LookupRouter {
    /// Forgets what is kept of a map, or of all maps.
    ///
    /// - Parameter key: forgets what is kept for this key only, folded or not.
    func flush(map: String?, key: [UInt8]?) {
        let name = map.map { Array($0.utf8) }
        for route in maps where name == nil || route.name == name {
            for table in route.tables {
                guard let key else {
                    table.driver.flush(table.index, nil)
                    continue
                }
                for extent in [KeyFolding.Extent.none, .onlyASCII, .full] {
                    switch table.question(for: key.span, folds: extent) {
                    case .asGiven: table.driver.flush(table.index, key)
                    case .folded(let folded): table.driver.flush(table.index, folded)
                    case .notFound: break
                    }
                }
            }
        }
    }

    /// The figures of a map's kept answers, or of all; nil if none are to be kept.
    ///
    /// - Parameters:
    ///   - map: its number; nil: all maps, each table once.
    ///   - isMeant: whether a table counts, by its number in the cache.
    func cacheStatistics(
        ofMap map: Int?, _ cache: borrowing AnswerCache, isMeant: (Int) -> Bool = { _ in true }
    ) -> CacheStatistics? {
        var sum: CacheStatistics?
        var counted: Set<Int> = []
        for route in maps where map == nil || route.number == map {
            for table in route.tables {
                guard let cached = table.driver.cachedTable(table.index), isMeant(cached.number),
                    counted.insert(cached.number).inserted
                else { continue }
                var figures = cache.statistics(of: cached.number)
                if map != nil { figures.basis = cached.options.basis }
                sum.merge(figures)
            }
        }
        return sum
    }
}

extension CacheOptions {
    fileprivate var basis: CacheStatistics.Basis {
        isNotified ? .notification : bound != nil ? .time : .outage
    }
}
