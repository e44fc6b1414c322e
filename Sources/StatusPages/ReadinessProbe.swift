// Whether mapmux can answer: the text of /readyz.

package import LookupStatistics
internal import LookupValues

package enum ReadinessProbe {
    /// The targets without a connection, in the configuration's order.
    static func targetsWithoutConnection(_ snapshot: StatisticsSnapshot) -> [TargetStatistics] {
        snapshot.targets.filter(\.isDown)
    }

    /// The lines of the text. A map whose file can't be used does not affect the others, so mapmux is ready with it.
    ///
    /// It is ready, too, while the last answers are given of each map of a target that can't be asked: mail for known
    /// recipients goes on, and nothing is rejected. Most often no other relay could ask that database either, and if all were
    /// taken out of use there would be no mail at all. After the shortest bound in `stale_while_down` this is over.
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
            : lacking.map { "\($0.name) \($0.lackText)" }
        let paused = snapshot.targets.filter { $0.pausedSeconds > 0 }.map { "\($0.name) is \($0.pauseText)" }
        let dormant = snapshot.targets.filter(\.isDormant).map {
            "\($0.name) is \(TargetStatistics.dormantText)"
        }
        let isReady = lacking.allSatisfy { $0.outage?.isBridged ?? false }
        return (isReady, (targets + paused + dormant + snapshot.troubles).map { $0.shown() })
    }
}
