// What the service manager is told of databases that no connection leads to.

internal import EventLoop
internal import LookupStatistics
internal import LookupValues

extension Daemon {
    /// How often that is looked at, in nanoseconds.
    private static let targetsLookInterval: Int64 = 2_000_000_000

    /// From now on, and only where somebody is to be told.
    func watchTargets() {
        if manager != nil { targetsLookAt = loop.now.advanced(byNanoseconds: Self.targetsLookInterval) }
    }

    /// Tells where something has changed. To be called after each turn.
    func lookAtTargets() {
        guard let due = targetsLookAt, due <= loop.now else { return }
        targetsLookAt = nil
        collector.request { [unowned self] result in
            guard !isDraining else { return }
            watchTargets()
            // One that has an idle_interval may have none because nothing is asked.
            let kept = configuration.pools.filter { $0.idleInterval == nil }.map(\.name)
            let lacking = result.statistics.targets.filter { !$0.isLive && kept.contains($0.name) }.map(
                \.name)
            guard lacking != unreachableTargets else { return }
            unreachableTargets = lacking
            manager?.tell(servingStatus)
        }
    }
}
