// Many clients that have every answer judged, and the count of what they were answered.

import Glibc
import LookupValues
import Synchronization
import ThrowawayServers

package final class CheckedLoad: Sendable {
    /// What has come of the requests so far.
    package struct Counts: Sendable {
        package fileprivate(set) var events: [CheckedClient.Event: Int] = [:]
        /// Requests that a daemon which ended, as it may, had not read: the client asks again.
        package fileprivate(set) var askedAgain = 0
        /// Answers later than the limit.
        package fileprivate(set) var late = 0
        /// How much older than its question an answer that was kept has been at most, by how old it might have been; in
        /// nanoseconds.
        package fileprivate(set) var largestAges: [Int64: Int64] = [:]
        /// Right answers by endpoint and table.
        package fileprivate(set) var right: [String: Int] = [:]
        /// The first few of what should not be, and of temporary failures since each mark.
        package fileprivate(set) var examples: [String] = []
        package fileprivate(set) var temporaryExamples: [String] = []

        fileprivate var sinceMark = SinceMark()

        package func number(of event: CheckedClient.Event) -> Int { events[event] ?? 0 }
        package var temporary: Int { number(of: .temporary) }
        package var rightTotal: Int { number(of: .judged(.right)) }

        package var answered: Int {
            events.reduce(0) { sum, event in
                switch event.key {
                case .lost, .unread, .refused: sum
                default: sum + event.value
                }
            }
        }

        /// How often something happened that never should.
        package var faulty: Int {
            events.reduce(late) { sum, event in
                switch event.key {
                case .judged(.right), .temporary: sum
                default: sum + event.value
                }
            }
        }
    }

    /// What has happened since `mark`. Times are nanoseconds of the monotonic clock.
    fileprivate struct SinceMark {
        var begin = TestClock.now()
        /// Nanoseconds.
        var longestWait: Int64 = 0
        /// By endpoint and table: when the first right answer came to a question that was asked since.
        var firstRight: [String: Int64] = [:]
        var lastTemporary: Int64 = 0
    }

    private struct State {
        var counts = Counts()
        /// Goes with the examples.
        var circumstances = ""
        /// How many examples of temporary failures are taken yet.
        var examplesLeft = 3
    }

    private let state = Mutex(State())
    private let threads = LoadThreads()
    /// Counts the beginnings and ends of the times in which the daemon may end: it is odd meanwhile.
    private let epoch = Atomic<Int>(0)
    private let lateAfter: Int64
    private let readAhead: Int64

    /// - Parameters:
    ///   - readAhead: nanoseconds that the answer to a later step of a proxymap client's search may be older than the step.
    ///   - lateAfter: nanoseconds after which an answer is too late.
    ///   - timeLimit: seconds after which it counts as lost.
    ///   - choose: a lookup, by a random number, of an endpoint's kind.
    package init(
        socketmap: (address: ProxyAddress, clients: Int), proxymap: (address: ProxyAddress, clients: Int)?,
        ledger: VersionLedger, editions: VersionLedger? = nil, readAhead: Int64 = 0,
        lateAfter: Int64, timeLimit: Int = 60, seed: UInt64,
        choose: @escaping @Sendable (_ random: Int, _ proxymap: Bool) -> CheckedQuestion
    ) {
        self.lateAfter = lateAfter
        self.readAhead = readAhead
        let count = socketmap.clients + (proxymap?.clients ?? 0)
        for number in 0..<count {
            let isProxymap = number >= socketmap.clients
            let endpoint: CheckedClient.Endpoint =
                isProxymap ? .proxymap(proxymap!.address) : .socketmap(socketmap.address)
            threads.start(stackSize: 1 << 19) { [self] in
                let client = CheckedClient(endpoint, ledger: ledger, editions: editions, timeLimit: timeLimit)
                let random = SplitMix64(seed: seed &+ UInt64(number) &* 7919)
                drive(client, isProxymap: isProxymap, random, choose)
            }
        }
    }

    package var current: Counts { state.withLock { $0.counts } }

    /// Begins to measure the longest wait and the recovery anew.
    package func mark() {
        state.withLock { $0.counts.sinceMark = SinceMark() }
    }

    /// Begins anew, under circumstances that are named with the examples from now on.
    ///
    /// - Parameter expectsTemporary: whether temporary failures need no examples.
    package func mark(_ circumstances: String, expectsTemporary: Bool) {
        mark()
        state.withLock { state in
            state.circumstances = circumstances
            state.examplesLeft = expectsTemporary ? 0 : 3
        }
    }

    /// The longest wait since the mark, in nanoseconds.
    package var longestWait: Int64 { state.withLock { $0.counts.sinceMark.longestWait } }

    /// How long after the mark each of so many tables of endpoints had given a right answer to a question asked since, and
    /// after which nothing failed temporarily until now; in nanoseconds. nil: not all of them yet.
    package func recovery(of places: Int) -> Int64? {
        state.withLock { state in
            let since = state.counts.sinceMark
            guard since.firstRight.count >= places, let last = since.firstRight.values.max() else {
                return nil
            }
            return max(last, since.lastTemporary) - since.begin
        }
    }

    /// Has the daemon be free to close connections whose requests it has answered, or not. Those that were made before the
    /// end of that time may turn out closed later.
    package func allowEnds(_ allowed: Bool) {
        let isAllowed = epoch.load(ordering: .acquiring) % 2 == 1
        if allowed != isAllowed { epoch.add(1, ordering: .releasing) }
    }

    package func stop() throws -> Counts {
        try threads.stop()
        return current
    }

    private func drive(
        _ client: CheckedClient, isProxymap: Bool, _ seeded: SplitMix64,
        _ choose: @Sendable (Int, Bool) -> CheckedQuestion
    ) {
        var random = seeded
        var connected = 0
        while threads.goOn {
            // Postfix asks one thing at a time; other clients of socketmap may ask several.
            let count = isProxymap || random.below(4) > 0 ? 1 : 2 + random.below(12)
            let questions = (0..<count).map { _ in choose(Int(random.next() >> 2), isProxymap) }
            if !client.isConnected { connected = epoch.load(ordering: .acquiring) }
            if isProxymap, let step = questions[0].firstStep {
                ask([step], "proxymap", client, connected)
                ask(questions, readAhead: readAhead, "proxymap", client, connected)
            } else if isProxymap {
                ask(questions, "proxymap", client, connected)
            } else {
                ask(questions.map(\.asOneSearch), "socketmap", client, connected)
            }
            // Postfix's processes come and go.
            if random.below(200) == 0 { client.disconnect() }
            usleep(UInt32(1000 + random.below(60_000)))
            client.expectSilence { event, wait, text in note(event, wait, connected, "", text()) }
        }
    }

    private func ask(
        _ questions: [CheckedQuestion], readAhead: Int64 = 0, _ endpoint: String, _ client: CheckedClient,
        _ connected: Int
    ) {
        var index = 0
        client.ask(questions, readAhead: readAhead) { event, wait, text in
            let map = index < questions.count ? questions[index].map : ""
            index += 1
            note(event, wait, connected, "\(endpoint) \(map)", text())
        }
        let ages = client.largestAges
        if !ages.isEmpty { state.withLock { $0.counts.largestAges.merge(ages) { max($0, $1) } } }
    }

    private func note(
        _ event: CheckedClient.Event, _ wait: Int64, _ connected: Int, _ place: String,
        _ text: @autoclosure () -> String
    ) {
        let now = TestClock.now()
        let epoch = epoch.load(ordering: .acquiring)
        state.withLock { state in
            switch event {
            case .unread where epoch % 2 == 1 || epoch != connected:
                state.counts.askedAgain += 1
                return
            case .judged(.right):
                state.counts.right[place, default: 0] += 1
                if now - wait >= state.counts.sinceMark.begin,
                    state.counts.sinceMark.firstRight[place] == nil
                {
                    state.counts.sinceMark.firstRight[place] = now
                }
            case .temporary:
                state.counts.sinceMark.lastTemporary = now
                if state.examplesLeft > 0 {
                    state.examplesLeft -= 1
                    state.counts.temporaryExamples.append(
                        "\(state.circumstances): \(place): after \(wait / 1_000_000) ms: \(text())")
                }
            case .judged, .nonsense, .lost, .unread, .doubled, .refused:
                if state.counts.examples.count < 20 {
                    state.counts.examples.append(
                        "\(state.circumstances): \(place): after \(wait / 1_000_000) ms: \(text())")
                }
            }
            state.counts.events[event, default: 0] += 1
            state.counts.sinceMark.longestWait = max(state.counts.sinceMark.longestWait, wait)
            guard wait > lateAfter else { return }
            state.counts.late += 1
            if state.counts.examples.count < 20 {
                state.counts.examples.append(
                    "\(state.circumstances): \(place): late, after \(wait / 1_000_000) ms: \(text())")
            }
        }
    }
}
