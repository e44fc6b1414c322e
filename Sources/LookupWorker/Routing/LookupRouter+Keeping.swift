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

    /// The figures of a map's kept answers; nil if none are to be kept.
    ///
    /// - Parameter number: the map's.
    func cacheStatistics(ofMap number: Int, _ cache: borrowing AnswerCache) -> CacheStatistics? {
        var sum: CacheStatistics?
        for route in maps where route.number == number {
            for table in route.tables {
                guard let number = table.driver.cacheNumber(of: table.index) else { continue }
                let figures = cache.statistics(of: number)
                sum =
                    sum.map { former in
                        var merged = former
                        merged.merge(figures)
                        return merged
                    } ?? figures
            }
        }
        return sum
    }
}
