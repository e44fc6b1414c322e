// Where the figures come from that the status server shows, and how they are written.

package import LookupStatistics

/// Asks for a snapshot, which the closure is given once, on any thread.
package typealias SnapshotSource = @Sendable (@escaping @Sendable (StatisticsSnapshot) -> Void) -> Void

/// Writes a snapshot as JSON.
package typealias SnapshotEncoder = @Sendable (StatisticsSnapshot) -> [UInt8]
