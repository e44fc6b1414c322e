// A lease and what its events bring, for transcripts.

import AnswerCache
import LookupValues

/// A lease of target 7 with tables 1 and 2, and a clock. What is told and done is returned by each event.
struct LeaseScene {
    static let look = "SELECT look"
    static let staleness: Int64 = 2_000_000_000

    var lease: Lease
    /// In milliseconds.
    private(set) var clock: Int64 = 0
    private var sent = 0

    /// - Parameter freshness: in milliseconds.
    init(hosts: Int = 1, tables: [Int] = [1, 2], freshness: Int64 = 0) {
        lease = Lease(
            Lease.Terms(
                target: 7, hosts: hosts, staleness: Self.staleness, longestBackOff: 10_000_000_000,
                freshness: freshness * 1_000_000),
            tables: tables, seed: 1)
    }

    static func instant(_ milliseconds: Int64) -> Instant { Instant(nanoseconds: milliseconds * 1_000_000) }

    var now: Instant { Self.instant(clock) }

    /// Lets time pass; nothing happens meanwhile.
    mutating func wait(_ milliseconds: Int64) -> [LeaseAction] {
        clock += milliseconds
        return lease.turn(nonce: 0xbeef, now: now)
    }

    /// Something happens a millisecond later.
    mutating func event(_ body: (inout Lease, Instant) -> Void) -> [LeaseAction] {
        clock += 1
        body(&lease, now)
        return lease.turn(nonce: 0xbeef, now: now)
    }

    static func primary(system: String? = "s", timeline: String? = "1") -> HostReport {
        HostReport(isStandby: false, system: system, timeline: timeline, replayed: nil)
    }

    static func standby(system: String? = "s", timeline: String? = "1", replayed: UInt64) -> HostReport {
        HostReport(isStandby: true, system: system, timeline: timeline, replayed: replayed)
    }

    static func proof(
        _ tables: [Int: TableProof] = [
            1: .proven(key: NotifiedKey(parameters: [0]), relations: [16384: "1"]),
            2: .proven(key: nil, relations: [16384: nil, 16390: nil]),
        ], value: String = "as it was", isSettled: Bool = true, writers: Set<String> = []
    ) -> TargetProof {
        TargetProof(look: look, value: value, isSettled: isSettled, tables: tables, writers: writers)
    }

    /// The text of the beat that these actions send.
    static func beat(in actions: [LeaseAction]) -> String? {
        for case .beat(let beat) in actions { return beat.text }
        return nil
    }

    /// The news among these actions.
    static func news(in actions: [LeaseAction]) -> [CacheNews] {
        actions.compactMap { if case .tell(let news) = $0 { news } else { nil } }
    }

    static func remarks(in actions: [LeaseAction]) -> [LeaseRemark] {
        actions.compactMap { if case .log(let remark) = $0 { remark } else { nil } }
    }

    /// Everything up to the first beat: host 0 is a primary, and is listened to, and both tables are proven.
    ///
    /// - Returns: the payload of the first beat, which was sent at `now`.
    mutating func begin(_ proof: TargetProof = LeaseScene.proof()) -> String {
        _ = wait(0)
        _ = event { $0.connected(.host(0), isPooled: false, now: $1) }
        _ = event { $0.checked(0, Self.primary(), now: $1) }
        _ = event { $0.listens(0, now: $1) }
        _ = event { $0.connected(.beats, isPooled: false, now: $1) }
        _ = analyse(proof, number: 1)
        return Self.beat(in: answerBeat(value: proof.value))!
    }

    /// All is found out while nothing is proven, and a session that is begun after that sends a beat.
    ///
    /// - Returns: what was done before the beat.
    mutating func analyse(_ proof: TargetProof, number: Int) -> [LeaseAction] {
        let actions = event { $0.analysed(proof, number: number, now: $1) }
        _ = event { $0.connected(.beats, isPooled: false, now: $1) }
        return actions
    }

    /// The latest beat is answered, as if all were well.
    mutating func answerBeat(value: String = "as it was", position: UInt64 = 100, writers: Set<String> = [])
        -> [LeaseAction]
    {
        event { $0.beaten(BeatAnswer(look: value, position: position, writers: writers), now: $1) }
    }
}
