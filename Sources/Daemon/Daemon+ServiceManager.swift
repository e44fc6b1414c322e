// What the service manager is told: what is served, and which databases have no connection.

internal import Configuration
internal import EventLoop
internal import LookupStatistics
internal import LookupValues
internal import LookupWorker

extension Daemon {
    /// What `systemctl status` shows.
    var servingStatus: ServiceManager.Message { .status(servingStatusText) }

    private var servingStatusText: String {
        if let trouble = configuration.trouble { return "Each lookup fails temporarily: \(trouble)" }
        let (all, served) = (configuration.mapCount, configuration.servedMapCount)
        let paths = sockets.map(\.socket.path).joined(separator: ", ")
        let troubles =
            (facts.reloadRefusal != nil ? ["the last reload has failed: the old configuration stays"] : [])
            + waitingTargets + configuration.maps.compactMap(\.troubleText)
        return
            "Serving \(served == all ? "" : "\(served) of ")\(all) map\(all == 1 ? "" : "s") on "
            + paths + troubles.map { "; \($0)" }.joined()
    }

    /// How often the connections to databases are looked at, in nanoseconds.
    private static let targetsLookInterval: Int64 = 2_000_000_000

    /// Looks at them from now on, if there is a service manager to be told.
    func watchTargets() {
        if manager != nil { targetsLookAt = loop.now.advanced(byNanoseconds: Self.targetsLookInterval) }
    }

    /// Tells the service manager if something has changed. To be called after each turn.
    func lookAtTargets() {
        guard let due = targetsLookAt, due <= loop.now else { return }
        targetsLookAt = nil
        collector.request { [unowned self] result in
            guard !isDraining else { return }
            watchTargets()
            let waiting = result.statistics.targets.compactMap { target -> String? in
                if target.pausedSeconds > 0 { return "\(target.name) is paused" }
                return target.isDown ? "no connection to \(target.name)" : nil
            }
            guard waiting != waitingTargets else { return }
            waitingTargets = waiting
            manager?.tell(servingStatus)
        }
    }
}
