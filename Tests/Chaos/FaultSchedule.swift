// Which faults come in which order: all kinds in turn, and some of them in pairs, as the seed has it.

import LookupValues
import TestSupport

/// What is injected at a time.
struct Fault: Equatable, Sendable, CustomStringConvertible {
    let kind: FaultKind
    /// One on the daemon's side, at the same time.
    var companion: FaultKind?
    /// Of what the fault leaves to chance.
    let seed: UInt64

    var kinds: [FaultKind] { [kind] + (companion.map { [$0] } ?? []) }
    var description: String { kinds.map(\.rawValue).joined(separator: " + ") }
}

struct FaultSchedule {
    private let kinds: [FaultKind]
    private var random: SplitMix64
    private var left: [Fault] = []

    init(_ kinds: [FaultKind], seed: UInt64) {
        self.kinds = kinds
        random = SplitMix64(seed: seed)
    }

    /// The faults of the round that begins, in their order.
    mutating func peekRound() -> [Fault] {
        if left.isEmpty { deal() }
        return left.reversed()
    }

    mutating func next() -> Fault {
        if left.isEmpty { deal() }
        return left.removeLast()
    }

    /// Every kind once, and a pair for every third of them.
    private mutating func deal() {
        left = kinds.map { Fault(kind: $0, seed: random.next()) }
        let there = kinds.filter { !$0.isOnThisSide && $0.leavesADatabase }
        let here = kinds.filter(\.isOnThisSide)
        if !there.isEmpty && !here.isEmpty {
            for _ in 0..<(kinds.count / 3) {
                let kind = there[random.below(there.count)]
                let companion = here[random.below(here.count)]
                left.append(Fault(kind: kind, companion: companion, seed: random.next()))
            }
        }
        left.shuffle(using: &random)
    }
}
