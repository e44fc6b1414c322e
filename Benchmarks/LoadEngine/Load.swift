// A load: many clients on one thread, each with one lookup outstanding, every answer verified.

package import EventLoop
internal import Glibc
internal import LookupStatistics
package import LookupValues

/// What the clients share: whose turn it is to ask what, and what has come of it.
@safe package final class Load {
    package enum Length: Sendable {
        /// So many lookups in all.
        case lookups(Int)
        /// So many nanoseconds, after some that don't count.
        case time(warmUp: Int64, measured: Int64)
    }

    private enum Phase { case warmingUp, measuring, draining }

    let loop: EventLoop
    private var workload: Workload
    private var unasked = Int.max
    private var phase = Phase.measuring
    private var result = LoadResult()
    private var histogram = Histogram(.fine)
    private var begin = Instant(nanoseconds: 0)
    /// How long `atBegin` took, for which nobody was to blame who had been asked before.
    private var pause: Int64 = 0
    private var asking: [any LoadClient] = []
    private var outstanding = 0
    /// What was received last. A client takes out of it what is its own before anybody else reads.
    let received = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 16)
    /// For one client at a time to put requests and expectations together.
    var scratch: [UInt8] = []
    var expected: [UInt8] = []

    package init(loop: EventLoop, workload: Workload) {
        self.loop = loop
        self.workload = workload
    }

    deinit {
        unsafe received.deallocate()
    }

    /// Has the clients ask until the load is over, and waits for what is outstanding then.
    ///
    /// - Parameters:
    ///   - atBegin: called when what counts begins, and `atEnd` when it ends: the clients are busy at both times.
    package func run(
        _ clients: [any LoadClient], for length: Length, atBegin: () -> Void = {}, atEnd: () -> Void = {}
    ) -> LoadResult {
        asking = clients
        begin = MonotonicClock.now()
        var end: Instant?
        var measured: Int64 = 0
        switch length {
        case .lookups(let count):
            unasked = count
            atBegin()
            begin = MonotonicClock.now()
        case .time(let warmUp, let time):
            phase = .warmingUp
            begin = begin.advanced(byNanoseconds: warmUp)
            measured = time
        }
        var processor = processorSeconds()
        for client in clients { client.ask() }
        while outstanding > 0 {
            loop.turn(until: phase == .warmingUp ? begin : end)
            let now = MonotonicClock.now()
            if phase == .warmingUp && now >= begin {
                phase = .measuring
                result = LoadResult()
                histogram.removeAll()
                for client in asking { client.answered = 0 }
                atBegin()
                begin = MonotonicClock.now()
                pause = begin.nanoseconds - now.nanoseconds
                end = begin.advanced(byNanoseconds: measured)
                processor = processorSeconds()
            } else if let end, phase == .measuring && now >= end {
                break
            }
        }
        let now = MonotonicClock.now()
        let seconds = Double(now.nanoseconds - begin.nanoseconds) / 1e9
        result.clientSeconds = processorSeconds() - processor
        atEnd()
        // Whoever has waited all the time without an answer is not to be left out.
        for since in asking.compactMap(\.waitingSince) where since < begin {
            recordWait(since: since, until: now)
        }
        summarize(seconds)
        drain()
        return result
    }

    private func summarize(_ seconds: Double) {
        result.clients = asking.count
        result.lookups = result.found + result.notFound + result.failed + result.wrong
        result.seconds = seconds
        result.p50 = Double(histogram.quantile(0.5)) / 1e6
        result.p99 = Double(histogram.quantile(0.99)) / 1e6
        result.p999 = Double(histogram.quantile(0.999)) / 1e6
        let shares = asking.map(\.answered).sorted()
        if let least = shares.first, shares[shares.count / 2] > 0 {
            result.smallestShare = Double(least) / Double(shares[shares.count / 2])
        }
    }

    /// Verifies what is still to come, which counts no more. What does not come within a lookup_timeout is lost.
    private func drain() {
        phase = .draining
        let limit = MonotonicClock.now().advanced(byNanoseconds: 15_000_000_000)
        while outstanding > 0 && MonotonicClock.now() < limit { loop.turn(until: limit) }
        result.lost += outstanding
        for client in asking { client.leave() }
        asking = []
    }

    private func processorSeconds() -> Double {
        var usage = rusage()
        // RUSAGE_THREAD, which the C library declares under _GNU_SOURCE only.
        _ = unsafe getrusage(__rusage_who_t(1), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    // MARK: For clients

    /// What to ask next; nil: nothing any more.
    func nextQuestion(_ place: inout Workload.Place) -> Question? {
        if unasked == 0 || phase == .draining { return nil }
        unasked -= 1
        outstanding += 1
        return workload.next(&place)
    }

    enum Answer { case found, notFound, failed, wrong }

    func note(_ answer: Answer, askedAt: Instant, now: Instant) {
        outstanding -= 1
        switch answer {
        case .found: result.found += 1
        case .notFound: result.notFound += 1
        case .failed: result.failed += 1
        case .wrong: result.wrong += 1
        }
        if phase == .measuring { recordWait(since: askedAt, until: now) }
    }

    private func recordWait(since askedAt: Instant, until now: Instant) {
        histogram.record(now.nanoseconds - askedAt.nanoseconds - (askedAt < begin ? pause : 0))
    }

    /// The connection has ended, and with it the question that was outstanding.
    func noteLoss() {
        outstanding -= 1
        result.lost += 1
    }
}

/// One of a load's clients.
package protocol LoadClient: AnyObject {
    /// How many answers it has got that count.
    var answered: Int { get set }
    /// Since when it has been waiting for an answer, if it has.
    var waitingSince: Instant? { get }
    /// Asks the first question, once it is connected.
    func ask()
    /// Disconnects.
    func leave()
}
