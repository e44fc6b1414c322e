// The source of the figures that the status server shows, and their form as JSON.

package import LookupStatistics

/// Asks for a snapshot, which the closure is given once, on any thread.
package typealias SnapshotSource = @Sendable (@escaping @Sendable (StatisticsSnapshot) -> Void) -> Void

/// Writes a snapshot as JSON.
package typealias SnapshotEncoder = @Sendable (StatisticsSnapshot) -> [UInt8]
