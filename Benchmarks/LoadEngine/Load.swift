// A load: many clients on one thread, each with one lookup outstanding, every answer verified.

package import EventLoop
internal import Glibc
internal import LookupStatistics
package import LookupValues

/// What the clients share: whose turn it is to ask what, and what has come of it.
///
/// `run` is a whole load. Whoever wants to see one span of time after the other while the clients go on adds them, and
/// measures as often as it likes.
@safe package final class Load {
    package enum Length: Sendable {
        /// So many lookups in all.
        case lookups(Int)
        /// So many nanoseconds, after some that don't count.
        case time(warmUp: Int64, measured: Int64)
    }

    /// How often a span's `sample` is called, in nanoseconds.
    private static let sampleInterval: Int64 = 100_000_000

    let loop: EventLoop
    private var workload: Workload
    private var unasked = Int.max
    private var result = LoadResult()
    private var histogram = Histogram(.fine)
    private var longest: Int64 = 0
    private var begin = Instant(nanoseconds: 0)
    private var pausedAt = Instant(nanoseconds: 0)
    /// How long it was from the last span to this one, for which nobody was to blame who had been asked before.
    private var pause: Int64 = 0
    private var clients: [any LoadClient] = []
    private var newcomers: [any LoadClient] = []
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

    /// Has the clients ask until the load is over, and waits for what is outstanding then. What is wrong or lost in the
    /// warm-up is among the faults, too.
    ///
    /// - Parameters:
    ///   - atBegin: called when what counts begins, and `atEnd` when it ends: the clients are busy at both times.
    package func run(
        _ clients: [any LoadClient], for length: Length, atBegin: () -> Void = {}, atEnd: () -> Void = {}
    ) -> LoadResult {
        add(clients)
        var warmedUp = LoadResult()
        var span: Int64?
        switch length {
        case .lookups(let count):
            unasked = count
        case .time(let warmUp, let measured):
            warmedUp = measure(for: warmUp)
            span = measured
        }
        atBegin()
        _ = measure(for: span)
        atEnd()
        drain()
        result.wrong += warmedUp.wrong
        result.lost += warmedUp.lost
        return result
    }

    /// Takes in clients that are connected. They ask from the next span on.
    package func add(_ clients: [any LoadClient]) {
        newcomers += clients
    }

    /// Lets the clients ask for a span of time. What they are asked for at its end stays outstanding, and its answer
    /// belongs to the next span.
    ///
    /// - Parameters:
    ///   - nanoseconds: how long; nil: until all is asked and answered. It ends before when no client is left.
    ///   - sample: called ten times a second meanwhile.
    /// - Returns: what has come in this span.
    package func measure(for nanoseconds: Int64?, sample: (() -> Void)? = nil) -> LoadResult {
        result = LoadResult()
        histogram.removeAll()
        longest = 0
        for client in clients { client.answered = 0 }
        begin = MonotonicClock.now()
        pause = begin.nanoseconds - pausedAt.nanoseconds
        let end = nanoseconds.map { begin.advanced(byNanoseconds: $0) } ?? .distantFuture
        let processor = processorSeconds()
        for client in newcomers { client.ask() }
        clients += newcomers
        newcomers = []
        var now = begin
        var sampleAt = sample == nil ? Instant.distantFuture : begin
        while outstanding > 0 && now < end {
            loop.turn(until: min(end, sampleAt))
            now = MonotonicClock.now()
            if now >= sampleAt {
                sampleAt = now.advanced(byNanoseconds: Self.sampleInterval)
                sample?()
            }
        }
        result.clientSeconds = processorSeconds() - processor
        // Whoever has waited all the time without an answer is not to be left out.
        for since in clients.compactMap(\.waitingSince) where since < begin {
            recordWait(since: since, until: now)
        }
        summarize(Double(now.nanoseconds - begin.nanoseconds) / 1e9)
        pausedAt = now
        return result
    }

    /// Has the clients disconnect, whatever is outstanding.
    package func leave() {
        for client in clients + newcomers { client.leave() }
        clients = []
        newcomers = []
        outstanding = 0
    }

    private func summarize(_ seconds: Double) {
        result.clients = clients.count
        result.lookups = result.found + result.notFound + result.failed + result.wrong
        result.seconds = seconds
        result.p50 = Double(histogram.quantile(0.5)) / 1e6
        result.p99 = Double(histogram.quantile(0.99)) / 1e6
        result.p999 = Double(histogram.quantile(0.999)) / 1e6
        result.longest = Double(longest) / 1e6
        let shares = clients.map(\.answered).sorted()
        if let least = shares.first, shares[shares.count / 2] > 0 {
            result.smallestShare = Double(least) / Double(shares[shares.count / 2])
        }
    }

    /// Verifies what is still to come, which counts no more. What does not come within a lookup_timeout is lost.
    private func drain() {
        unasked = 0
        let limit = MonotonicClock.now().advanced(byNanoseconds: 15_000_000_000)
        while outstanding > 0 && MonotonicClock.now() < limit { loop.turn(until: limit) }
        result.lost += outstanding
        leave()
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
        if unasked == 0 { return nil }
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
        recordWait(since: askedAt, until: now)
    }

    private func recordWait(since askedAt: Instant, until now: Instant) {
        let wait = now.nanoseconds - askedAt.nanoseconds - (askedAt < begin ? pause : 0)
        histogram.record(wait)
        longest = max(longest, wait)
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
