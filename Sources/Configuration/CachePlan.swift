// The numbers that caches know tables and targets by.

package import AnswerCache
internal import LookupTables

/// What is kept of the answers of a configuration's tables.
package struct CachePlan: Equatable, Sendable {
    /// By the index of a pool and that of a table; nil: its answers are not kept.
    package fileprivate(set) var tables: [[CachedTable?]] = []
    /// The numbers of the targets, by the index of their pool.
    package fileprivate(set) var targets: [Int] = []
    /// What is answered in outages, by the index of a pool.
    package fileprivate(set) var outages: [OutagePlan] = []
    /// In bytes: cache_size.
    package fileprivate(set) var size = 0
    /// In nanoseconds: cache_max_staleness.
    package fileprivate(set) var staleness: Int64 = 0

    package init() {}

    /// All tables whose answers are kept.
    package var kept: [CachedTable] { tables.flatMap { $0.compactMap(\.self) } }
}

/// Gives the tables of each configuration their numbers: a table keeps its number as long as nothing changes for it.
package struct CacheNumbers {
    private struct Named {
        let definition: TableDefinition
        let table: CachedTable
    }

    private var tables: [Named] = []
    private var targets: [(target: Target, number: Int)] = []
    private var next = 0

    package init() {}

    /// - Returns: the numbers of a configuration that is to be served from now on.
    package mutating func adopt(_ configuration: DaemonConfiguration) -> CachePlan {
        var plan = CachePlan()
        plan.size = configuration.settings.cacheSize
        plan.staleness = Int64(configuration.settings.cacheMaxStaleness) * 1_000_000
        var adopted: [Named] = []
        var adoptedTargets: [(target: Target, number: Int)] = []
        for pool in configuration.pools {
            // Hosts are numbered by their order, which equal targets need not have in common.
            let target =
                targets.first { $0.target == pool.target && $0.target.hosts == pool.target.hosts }?.number
                ?? number()
            adoptedTargets.append((pool.target, target))
            plan.targets.append(target)
            plan.outages.append(configuration.outagePlan(ofPool: plan.outages.count))
            plan.tables.append(
                pool.tables.map { definition in
                    let options = configuration.cacheOptions(ofFile: definition.file)
                    guard options.isKept else { return nil }
                    let known = tables.first {
                        $0.table.target == target && $0.definition == definition
                            && $0.table.options == options
                    }
                    let table =
                        known?.table ?? CachedTable(number: number(), target: target, options: options)
                    adopted.append(Named(definition: definition, table: table))
                    return table
                })
        }
        tables = adopted
        targets = adoptedTargets
        return plan
    }

    private mutating func number() -> Int {
        next += 1
        return next
    }
}
