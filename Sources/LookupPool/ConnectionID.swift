// The name of a connection.

/// One life of one of the pool's connections.
package struct ConnectionID: Hashable, BitwiseCopyable, Sendable {
    /// Below `PoolLimits.slots(hosts:)`.
    package let slot: Int
    let generation: UInt32
}
