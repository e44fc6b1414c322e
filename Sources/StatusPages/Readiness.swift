// Whether mapmux can answer: what /readyz says.

package import LookupStatistics

package enum Readiness {
    /// The names of the targets that no connection leads to, in the configuration's order.
    package static func targetsWithoutConnection(_ snapshot: StatisticsSnapshot) -> [String] {
        snapshot.targets.filter { !$0.isLive }.map(\.name)
    }
}
