// How answers come from one room into another, of another size.

internal import LookupValues

extension Room {
    /// Moves all answers that tables have into an empty room, in their order. The oldest ones make room there.
    mutating func pour(into other: inout Room) {
        for slot in 0..<tallies.count {
            var tally = tallies[slot]
            tally.entries = 0
            tally.bytes = 0
            other.tallies.append(tally)
        }
        guard queues.count > 0 else { return }
        for kind in AnswerKind.allCases {
            pour(Self.queue(kind) + 1, into: &other)
            pour(Self.queue(kind), into: &other)
        }
    }

    private mutating func pour(_ queue: Int, into other: inout Room) {
        while true {
            let position = queues[queue].oldest(in: &arena)
            if position < 0 { return }
            let first = arena.words[position]
            let count = FirstWord.length(of: first)
            let facts = facts(position)
            if !facts.isGone && sentAt(position) > tallies[FirstWord.slot(of: first)].since {
                pour(position, facts, into: &other)
            }
            let bytes = facts.isGone ? 0 : others(position)
            if !facts.isGone { release(position) }
            queues[queue].removeOldest(Self.length(ofKey: count), others: bytes)
        }
    }

    private func pour(_ position: Int, _ facts: RecordFacts, into other: inout Room) {
        let first = arena.words[position]
        let key = key(position)
        let value = facts.block == Self.noBlock ? [] : blocks[facts.block]
        guard Self.bytes(ofKey: key.count, value: value.count) <= other.limit / 2 else { return }
        var facts = facts
        facts.block = Self.noBlock
        other.insert(
            FirstWord.slot(of: first), key.span, FirstWord.hash(of: first), value: value,
            sentAt: sentAt(position), facts, isKnown: facts.isInMain)
    }

    /// The key of an answer.
    func key(_ position: Int) -> [UInt8] {
        let count = FirstWord.length(of: arena.words[position])
        let start = position + Self.factsLength
        if count > RoomSize.longestInlineKey { return blocks[UInt32(arena.words[start])] }
        return (0..<count).map { index in
            UInt8(truncatingIfNeeded: arena.words[start + index / 8] >> UInt64(8 * (index % 8)))
        }
    }
}
