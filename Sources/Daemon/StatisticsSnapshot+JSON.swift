// Statistics as JSON.

internal import DaemonLog
package import LookupStatistics

extension StatisticsSnapshot {
    /// As JSON: for programs, and for the status page.
    package func json(isPretty: Bool = false) -> [UInt8] { encoded(self, isPretty: isPretty) }

    /// The connections of each target, for programs.
    package var connectionsJSON: [UInt8] { encoded(connections, isPretty: true) }
}
