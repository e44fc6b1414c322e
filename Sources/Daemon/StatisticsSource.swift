// The one place where statistics cross threads: anybody may ask, the main thread asks the workers and adds up.

internal import EventLoop
package import LookupStatistics
internal import LookupWorker

/// Where snapshots come from, for whoever shows them, on any thread.
package final class StatisticsSource: Sendable {
    package typealias Receiver = @Sendable (StatisticsSnapshot) -> Void

    let requests: Mailbox<Receiver>

    init() throws(SystemError) {
        requests = try Mailbox()
    }

    /// Asks for a snapshot that counts everything that was answered before. `receive` is called on the main thread, which
    /// must not wait in it; not before every worker has found the time to answer, and never where the daemon ends first.
    package func snapshot(_ receive: @escaping Receiver) {
        requests.post(receive)
    }
}

/// The main thread's side of it: one round of questions to the workers at a time, which all who have asked before share.
final class SnapshotCollector {
    /// What a round has come to.
    struct Result {
        var statistics = StatisticsSnapshot()
        /// Why workers could not adopt the latest configuration.
        var adoptionFailures: [SystemError] = []
    }

    typealias Receiver = (Result) -> Void

    let reports: Mailbox<WorkerReport>
    private var workers: [(number: Int, thread: WorkerThread)] = []
    private var result = Result()
    /// The workers whose reports the present round still waits for.
    private var awaited: Set<Int> = []
    private var receivers: [Receiver] = []
    /// Those who have asked since it began.
    private var waiting: [Receiver] = []

    init() throws(SystemError) {
        reports = try Mailbox()
    }

    func add(_ worker: WorkerThread, number: Int) {
        workers.append((number, worker))
    }

    /// A worker that has ended reports no more.
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
