// Gets snapshots, one for all requests of the same time.

internal import LookupStatistics
internal import NIOCore

/// On the server's event loop only.
final class SnapshotExchange {
    /// A snapshot no older than this is given again, so that no client can keep the workers busy with it.
    private static let validity = TimeAmount.milliseconds(100)
    /// How long the workers may take. Monitoring usually waits 10 seconds.
    private static let patience = TimeAmount.seconds(5)

    private let loop: any EventLoop
    private let source: SnapshotSource
    private var latest: (snapshot: StatisticsSnapshot, at: NIODeadline)?
    private var waiting: [(StatisticsSnapshot?) -> Void] = []
    private var timer: Scheduled<Void>?
    private var isAsking = false

    init(loop: any EventLoop, source: @escaping SnapshotSource) {
        self.loop = loop
        self.source = source
    }

    /// - Parameter body: is given the snapshot, or nil if the workers are too busy to answer.
    func request(_ body: @escaping (StatisticsSnapshot?) -> Void) {
        if let latest, latest.at + Self.validity > .now() { return body(latest.snapshot) }
        waiting.append(body)
        if timer == nil {
            timer = loop.assumeIsolated().scheduleTask(in: Self.patience) { [weak self] in self?.give(nil) }
        }
        // A late snapshot will still do. Another question would only add to the workers' load.
        guard !isAsking else { return }
        isAsking = true
        let bound = NIOLoopBound(self, eventLoop: loop)
        source { [loop] snapshot in
            loop.execute {
                let exchange = bound.value
                exchange.isAsking = false
                exchange.latest = (snapshot, .now())
                exchange.give(snapshot)
            }
        }
    }

    private func give(_ snapshot: StatisticsSnapshot?) {
        timer?.cancel()
        timer = nil
        let bodies = waiting
        waiting = []
        for body in bodies { body(snapshot) }
    }
}
