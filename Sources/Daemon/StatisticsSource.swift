// The only place where statistics cross threads: any thread may ask; the main thread asks the workers and adds up.

internal import EventLoop
package import LookupStatistics
internal import LookupWorker

/// Provides snapshots on any thread.
package final class StatisticsSource: Sendable {
    package typealias Receiver = @Sendable (StatisticsSnapshot) -> Void

    let requests: Mailbox<Receiver>

    init() throws(SystemError) {
        requests = try Mailbox()
    }

    /// Asks for a snapshot that counts everything that was answered before. `receive` is called on the main thread, and
    /// must not wait. It is called when every worker has had the time to answer; if the daemon ends first, it is never
    /// called.
    package func snapshot(_ receive: @escaping Receiver) {
        requests.post(receive)
    }
}

/// The main thread's side of a `StatisticsSource`. It asks the workers in one round at a time. Requests made before a round
/// share it.
final class SnapshotCollector {
    /// The result of a round.
    struct Result {
        var statistics = StatisticsSnapshot()
        /// Why workers could not adopt the latest configuration.
        var adoptionFailures: [SystemError] = []
        /// What looks have found, by their numbers: for each worker, in lines.
        var looks: [Int: [(worker: Int, lines: [String])]] = [:]
    }

    typealias Receiver = (Result) -> Void

    let reports: Mailbox<WorkerReport>
    private var workers: [(number: Int, thread: WorkerThread)] = []
    private var result = Result()
    /// The workers whose reports the present round still waits for.
    private var awaited: Set<Int> = []
    private var receivers: [Receiver] = []
    /// The receivers of requests made since the round began.
    private var waiting: [Receiver] = []

    init() throws(SystemError) {
        reports = try Mailbox()
    }

    func add(_ worker: WorkerThread, number: Int) {
        workers.append((number, worker))
    }

    /// Removes a worker that has ended: it reports no more.
    func remove(_ number: Int) {
        workers.removeAll { $0.number == number }
        if awaited.remove(number) != nil { finishIfComplete() }
    }

    func request(_ receive: @escaping Receiver) {
        waiting.append(receive)
        if receivers.isEmpty { begin() }
    }

    /// Takes in what the workers have reported.
    func take() {
        for report in reports.take() where awaited.remove(report.number) != nil {
            result.statistics.merge(report.statistics)
            if let failure = report.adoptionFailure { result.adoptionFailures.append(failure) }
            for (look, lines) in report.looks {
                result.looks[look, default: []].append((report.number, lines))
            }
            finishIfComplete()
        }
    }

    private func begin() {
        receivers = waiting
        waiting = []
        result = Result()
        awaited = Set(workers.map(\.number))
        for worker in workers { worker.thread.post(.report(number: worker.number, to: reports)) }
        finishIfComplete()
    }

    private func finishIfComplete() {
        guard awaited.isEmpty else { return }
        let served = receivers
        receivers = []
        for receive in served { receive(result) }
        if !waiting.isEmpty && receivers.isEmpty { begin() }
    }
}
