// The name of a connection.

/// One connection in one of the pool's slots. The next connection in that slot has another generation.
package struct ConnectionID: Hashable, BitwiseCopyable, Sendable {
    /// Below `PoolLimits.slots(hosts:)`.
    package let slot: Int
    let generation: UInt32
}
