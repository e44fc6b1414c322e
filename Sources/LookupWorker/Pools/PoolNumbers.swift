// A worker's pools by number, as clients' sessions name them.

internal import ClientSessions
internal import LookupPool

/// Numbers the pools that have lookups of clients: those of the configuration, and those that answer what they were asked before.
final class PoolNumbers {
    private var pools: [PoolDriver?] = []

    /// The number of a pool, which has it until it is forgotten.
    func number(of pool: PoolDriver) -> Int32 {
        if let known = pools.firstIndex(where: { $0 === pool }) { return Int32(known) }
        if let free = pools.firstIndex(where: { $0 == nil }) {
            pools[free] = pool
            return Int32(free)
        }
        pools.append(pool)
        return Int32(pools.count - 1)
    }

    /// Takes a lookup back, which is pending.
    func cancel(_ lookup: LookupToken) {
        pools[Int(lookup.pool)]!.cancel(LookupID(index: Int(lookup.lookup)))
    }

    /// A pool has no lookup any more, and gets none.
    func forget(_ pool: PoolDriver) {
        if let known = pools.firstIndex(where: { $0 === pool }) { pools[known] = nil }
    }

    func forgetAll() { pools = [] }
}
