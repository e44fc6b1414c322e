// A worker's pools by number, as clients' sessions use them.

internal import LookupPool
internal import LookupValues
internal import PoolDrivers

/// Numbers the pools that have lookups from clients: those of the configuration, and those that answer what they were asked
/// before.
final class PoolNumbers {
    private var pools: [PoolDriver?] = []

    /// The number of a pool. The pool keeps it until it is forgotten.
    func number(of pool: PoolDriver) -> Int32 {
        if let known = pools.firstIndex(where: { $0 === pool }) { return Int32(known) }
        if let free = pools.firstIndex(where: { $0 == nil }) {
            pools[free] = pool
            return Int32(free)
        }
        pools.append(pool)
        return Int32(pools.count - 1)
    }

    /// Withdraws a lookup, unless it is answered already.
    func cancel(_ lookup: LookupToken, of requester: Requester) {
        pools[Int(lookup.pool)]?.cancel(LookupID(index: Int(lookup.lookup)), of: requester)
    }

    /// Frees the number of a pool that has no lookup any more, and gets none.
    func forget(_ pool: PoolDriver) {
        if let known = pools.firstIndex(where: { $0 === pool }) { pools[known] = nil }
    }

    func forgetAll() { pools = [] }
}
