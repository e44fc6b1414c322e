// A lease among servers that do what servers do, in random order.

import AnswerCache
import LookupValues

/// Host 0 is the primary, host 1 its standby.
struct LeaseSimulation {
    private enum Event {
        /// Something happens to the lease.
        case lease((inout Lease, Instant) -> Void, LeaseLink, generation: Int)
        /// A server does what it was asked.
        case server(LeaseAction, generation: Int)
    }

    private var random: SplitMix64
    private var lease: Lease
    private var primary = SimulatedPrimary()
    private var standby = SimulatedStandby()
    private(set) var judge = LeaseJudge()
    private var clock: Int64 = 0
    private var events: [(time: Int64, order: Int, event: Event)] = []
    private var order = 0
    /// Each connection's, by link: what belongs to an earlier one is lost.
    private var generations: [LeaseLink: Int] = [:]
    /// How much of the queue the listening session has passed on; nil: none listens.
    private var cursor: Int?
    private var deafUntil: Int64 = 0
    private var nextDelivery: Int64 = 0
    private var delivered: [UInt64: Int64] = [:]
    private var nonce: UInt64 = 0
    /// The settings that each session for beats was given, by the connection's generation.
    private var settings: [Int: Int] = [:]

    init(seed: UInt64) {
        random = SplitMix64(seed: seed)
        lease = Lease(
            Lease.Terms(
                target: 1, hosts: 2, staleness: 1_000_000_000, longestBackOff: 1_000_000_000,
                freshness: 300_000_000),
            tables: [1], seed: seed)
    }

    private func instant(_ time: Int64) -> Instant { Instant(nanoseconds: time * 1_000_000) }

    private mutating func below(_ bound: Int) -> Int { Int.random(in: 0..<bound, using: &random) }

    private mutating func after(_ most: Int, _ event: Event) {
        order += 1
        events.append((clock + 1 + Int64(below(most)), order, event))
    }

    /// - Returns: what was told wrongly; nil if nothing was.
    mutating func run(milliseconds: Int64) -> String? {
        while clock < milliseconds {
            clock += 1
            act()
            standby.replay(upTo: primary.commits.count - below(6), at: clock)
            deliver()
            let due = events.filter { $0.time <= clock }.sorted { ($0.time, $0.order) < ($1.time, $1.order) }
            events.removeAll { $0.time <= clock }
            for (_, _, event) in due { happen(event) }
            nonce += 1
            for action in lease.turn(nonce: nonce, now: instant(clock)) {
                if let wrong = perform(action) { return wrong }
            }
        }
        return nil
    }

    // MARK: The servers

    private mutating func act() {
        switch below(10_000) {
        case 1_000..<1_300: primary.commitChange(at: clock, isNotified: primary.isNotified)
        case 100..<104: primary.changeMachinery(isIntact: true, withChange: true, at: clock)
        case 104: primary.changeMachinery(isIntact: false, withChange: false, at: clock)
        case 105..<107: primary.changeMachinery(isIntact: true, withChange: false, at: clock)
        case 107: primary.changeSettings()
        case 108..<128 where !primary.isIntact: primary.beginWriter()
        case 128..<138: primary.endWriter(at: clock)
        case 138..<140: lose(.host(0))
        case 140..<143: lose(.beats)
        case 143..<145: deafUntil = clock + Int64(below(4_000))
        case 145..<147: standby.turnAway(at: clock)
        case 150..<165 where standby.isForeign:
            // It was stopped for that.
            lose(.host(1))
            standby.turnBack(primary.commits.count, at: clock)
        case 200..<250: primary.commit(payload: "beat 00000000deadbeef \(below(50))", at: clock)
        case 250..<260: primary.commit(payload: "nonsense", at: clock)
        default: break
        }
    }

    private mutating func lose(_ link: LeaseLink) {
        guard let generation = generations[link] else { return }
        generations[link] = generation + 1_000_000
        if link == .host(0) { cursor = nil }
        events.append(
            (clock, 0, .lease({ $0.lost(link, now: $1) }, link, generation: generation + 1_000_000)))
    }

    /// Passes on what the queue has, in its order, late now and then.
    private mutating func deliver() {
        guard var place = cursor, clock >= deafUntil, clock >= nextDelivery else { return }
        while place < primary.commits.count && below(4) > 0 {
            let commit = primary.commits[place]
            place += 1
            guard let payload = commit.payload else { continue }
            if let change = commit.change {
                delivered[change] = clock
                lease.heard(ChangedRows(relation: 5, keys: ["1": [change]]), now: instant(clock))
            } else if Lease.isBeat(payload) {
                lease.heardBeat(payload, now: instant(clock))
            } else {
                lease.heardUnknown(now: instant(clock))
            }
        }
        cursor = place
        nextDelivery = clock + Int64(below(20))
    }

    private mutating func happen(_ event: Event) {
        switch event {
        case .lease(let body, let link, let generation):
            if generations[link] == generation { body(&lease, instant(clock)) }
        case .server(let action, let generation):
            serve(action, generation)
        }
    }

    /// What the server of a connection does when it gets to it, whether or not the answer will find somebody.
    private mutating func serve(_ action: LeaseAction, _ generation: Int) {
        func answer(_ link: LeaseLink, _ body: @escaping (inout Lease, Instant) -> Void) {
            after(below(20) == 0 ? 900 : 30, .lease(body, link, generation: generation))
        }
        switch action {
        case .connect(let link, _):
            if link == .beats { settings[generation] = primary.settings }
            answer(link) { $0.connected(link, isPooled: false, now: $1) }
        case .check(let host, _):
            let report =
                host == 0
                ? HostReport(isStandby: false, system: "s", timeline: "1", replayed: nil)
                : HostReport(
                    isStandby: true, system: "s", timeline: standby.isForeign ? "2" : "1",
                    replayed: standby.position)
            answer(.host(host)) { $0.checked(host, report, now: $1) }
        case .listen(let host):
            guard generations[.host(host)] == generation else { return }
            cursor = primary.commits.count
            answer(.host(host)) { $0.listens(host, now: $1) }
        case .analyse(let number):
            let session = settings[generation]!
            let table: TableProof =
                primary.isIntact && SimulatedPrimary.hasTriggers(under: session)
                ? .proven(key: nil, relations: [5: "1"]) : .unproven(.triggers)
            let proof = TargetProof(
                look: "look", value: primary.look(in: session), isSettled: below(3) > 0, tables: [1: table],
                writers: primary.openWriters)
            answer(.beats) { $0.analysed(proof, number: number, now: $1) }
        case .beat(let beat):
            let found = BeatAnswer(
                look: primary.look(in: settings[generation]!), position: primary.position,
                writers: beat.relations.isEmpty ? [] : primary.openWriters)
            primary.commit(payload: beat.text, at: clock)
            answer(.beats) { $0.beaten(found, now: $1) }
        case .close, .tell, .log: break
        }
    }

    // MARK: The lease

    private mutating func perform(_ action: LeaseAction) -> String? {
        switch action {
        case .connect(let link, _):
            generations[link, default: 0] += 1
            ask(link, action)
        case .close(let link):
            generations[link, default: 0] += 1
            if link == .host(0) { cursor = nil }
        case .check(let host, _), .listen(let host): ask(.host(host), action)
        case .analyse, .beat: ask(.beats, action)
        case .tell(let news):
            return judge.take(
                news, at: clock, primary: primary, standby: standby, delivered: delivered
            )
            .map { "at \(clock): \($0)" }
        case .log: break
        }
        return nil
    }

    private mutating func ask(_ link: LeaseLink, _ action: LeaseAction) {
        after(below(20) == 0 ? 2_000 : 30, .server(action, generation: generations[link]!))
    }
}
