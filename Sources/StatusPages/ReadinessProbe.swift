// Whether mapmux can answer: the text of /readyz.

package import LookupStatistics
internal import LookupValues

package enum ReadinessProbe {
    /// The names of the targets without a connection, in the configuration's order.
    static func targetsWithoutConnection(_ snapshot: StatisticsSnapshot) -> [String] {
        snapshot.targets.filter(\.isDown).map(\.name)
    }

    /// The lines of the text. A map whose file can't be used does not affect the others, so mapmux is ready with it.
    package static func lines(_ snapshot: StatisticsSnapshot) -> (isReady: Bool, lines: [String]) {
        if let trouble = snapshot.process.configurationTrouble {
            return (
                false,
                ["the configuration can't be used, and each lookup fails temporarily: \(trouble)".shown()]
            )
        }
        let lacking = targetsWithoutConnection(snapshot)
        let isAwake = !snapshot.targets.contains(where: \.isDormant)
        let targets =
            lacking.isEmpty
            ? ["each target \(isAwake ? "" : "that is asked ")has a live connection"]
            : lacking.map { "\($0) has no live connection" }
        let paused = snapshot.targets.filter { $0.pausedSeconds > 0 }.map { "\($0.name) is \($0.pauseText)" }
        let dormant = snapshot.targets.filter(\.isDormant).map {
            "\($0.name) is \(TargetStatistics.dormantText)"
        }
        return (lacking.isEmpty, (targets + paused + dormant + snapshot.troubles).map { $0.shown() })
    }
}
