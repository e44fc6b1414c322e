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
                for form in table.keys(for: key) { table.driver.flush(table.index, form) }
            }
        }
    }

    /// What is kept for a key, folded or not: a line for each table that has something.
    func look(map: String, key: [UInt8]) -> [String] {
        let name = Array(map.utf8)
        var lines: [String] = []
        for route in maps where route.name == name {
            for table in route.tables {
                let found = table.keys(for: key).compactMap { table.driver.look(table.index, $0) }.first
                if let found {
                    lines.append(route.tableCount > 1 ? "\(table.definition.file): \(found)" : found)
                }
            }
        }
        return lines
    }

    /// The figures of a map's kept answers, or of all; nil if none are to be kept.
    ///
    /// - Parameters:
    ///   - map: its number; nil: all maps, each table once.
    ///   - isMeant: whether a table counts, by its number in the cache.
    func cacheStatistics(
        ofMap map: Int?, _ cache: borrowing AnswerCache, now: Instant,
        isMeant: (Int) -> Bool = { _ in true }
    ) -> CacheStatistics? {
        var sum: CacheStatistics?
        var counted: Set<Int> = []
        for route in maps where map == nil || route.number == map {
            for table in route.tables {
                guard let cached = table.driver.cachedTable(table.index), isMeant(cached.number),
                    counted.insert(cached.number).inserted
                else { continue }
                var figures = cache.statistics(of: cached.number)
                if map != nil {
                    figures.basis = cached.options.basis
                    figures.bypass = cache.bypass(of: cached.number, now: now)?.shown
                }
                sum.merge(figures)
            }
        }
        return sum
    }
}

extension LookupRouter.Table {
    /// The forms in which a key may be asked for: each once.
    fileprivate func keys(for key: [UInt8]) -> [[UInt8]] {
        var forms: [[UInt8]] = []
        for extent in [KeyFolding.Extent.none, .onlyASCII, .full] {
            let form: [UInt8]
            switch question(for: key.span, folds: extent) {
            case .asGiven: form = key
            case .folded(let folded): form = folded
            case .notFound: continue
            }
            if !forms.contains(form) { forms.append(form) }
        }
        return forms
    }
}

extension CacheBypass {
    fileprivate var shown: CacheStatistics.Bypass {
        switch self {
        case .unknown: .unknown
        case .triggers: .triggers
        case .untellable: .untellable
        case .unheard: .unheard
        case .late: .late
        }
    }
}

extension CacheOptions {
    fileprivate var basis: CacheStatistics.Basis {
        isNotified ? .notification : bound != nil ? .time : .outage
    }
}
