// How an answer comes into a room, changes, and goes.

internal import LookupValues

extension Room {
    /// What an answer would take in bytes.
    @inline(__always) static func bytes(ofKey key: Int, value: Int) -> Int {
        length(ofKey: key) * 8 + (value > 0 ? Blocks.bytes(of: value) : 0)
            + (key > RoomSize.longestInlineKey ? Blocks.bytes(of: key) : 0)
    }

    /// Puts an answer in for which there is none. It must fit into half of the room.
    ///
    /// - Parameters:
    ///   - value: empty: not found.
    ///   - isKnown: it goes into the main queue.
    mutating func insert(
        _ slot: Int, _ key: Span<UInt8>, _ hash: UInt32, value: [UInt8], sentAt: Instant,
        _ facts: RecordFacts,
        isKnown: Bool = false
    ) {
        let kind: AnswerKind = value.isEmpty ? .notFound : .found
        let isKnown = callsBack(hash, kind) || isKnown
        let length = Self.length(ofKey: key.count)
        let bytes = Self.bytes(ofKey: key.count, value: value.count)
        makeRoom(for: bytes, kind)
        let position = queues[Self.queue(kind) + (isKnown ? 1 : 0)].append(
            length, others: bytes - length * 8, in: &arena)
        var facts = facts
        facts.isInMain = isKnown
        if !value.isEmpty { facts.block = blocks.add(value) }
        arena.words[position] = FirstWord.answer(hash: hash, slot: slot, length: key.count)
        arena.words[position + 1] = UInt64(bitPattern: sentAt.nanoseconds)
        arena.words[position + 2] = facts.word
        write(key, at: position + Self.factsLength)
        index.enter(position, hash)
        tallies[slot].entries += 1
        tallies[slot].bytes += bytes
    }

    @inline(__always) private mutating func write(_ key: Span<UInt8>, at position: Int) {
        if key.count > RoomSize.longestInlineKey {
            arena.words[position] = UInt64(blocks.add([UInt8](copying: key)))
            return
        }
        var place = position
        var index = 0
        while index + 8 <= key.count {
            arena.words[place] = UInt64(littleEndian: key.word(at: index))
            index += 8
            place += 1
        }
        if index < key.count { arena.words[place] = key.lastWord(from: index) }
    }

    /// Whether there is a ghost, which then is gone.
    private mutating func callsBack(_ hash: UInt32, _ kind: AnswerKind) -> Bool {
        let ghost = FirstWord.ghost(hash: hash, kind)
        var place = index.home(of: hash)
        while true {
            let position = index.candidate(hash, from: &place)
            if position < 0 { return false }
            if arena.words[position] == ghost {
                index.remove(position, hash, words: arena.words)
                arena.words[position] = FirstWord.calledBack
                return true
            }
        }
    }

    /// Puts a newer answer of the same kind in the place of one. Its hits stay.
    mutating func replace(_ position: Int, value: [UInt8], sentAt: Instant, _ facts: RecordFacts) {
        let old = self.facts(position)
        let slot = FirstWord.slot(of: arena.words[position])
        let length = Self.length(ofKey: FirstWord.length(of: arena.words[position]))
        let before = others(position)
        if tallies[slot].since < self.sentAt(position) {
            tallies[slot].entries -= 1
            tallies[slot].bytes -= length * 8 + before
        }
        var facts = facts
        facts.hits = old.hits
        facts.isInMain = old.isInMain
        if old.block != Self.noBlock { blocks.remove(old.block) }
        if !value.isEmpty { facts.block = blocks.add(value) }
        arena.words[position + 1] = UInt64(bitPattern: sentAt.nanoseconds)
        arena.words[position + 2] = facts.word
        let after = others(position)
        let kind: AnswerKind = value.isEmpty ? .notFound : .found
        queues[Self.queue(kind) + (facts.isInMain ? 1 : 0)].grow(by: after - before)
        tallies[slot].entries += 1
        tallies[slot].bytes += length * 8 + after
        makeRoom(for: 0, kind)
    }

    /// Removes an answer. Its words stay until their turn comes.
    mutating func remove(_ position: Int) {
        let first = arena.words[position]
        index.remove(position, FirstWord.hash(of: first), words: arena.words)
        var facts = facts(position)
        let kind: AnswerKind = facts.block == Self.noBlock ? .notFound : .found
        let others = others(position)
        forget(position, others)
        let queue = Self.queue(kind) + (facts.isInMain ? 1 : 0)
        release(position)
        facts.block = Self.noBlock
        facts.isGone = true
        arena.words[position + 2] = facts.word
        queues[queue].grow(by: -others)
    }

    /// Gives back what belongs to a record outside of its queue.
    @inline(__always) mutating func release(_ position: Int) {
        let block = facts(position).block
        if block != Self.noBlock { blocks.remove(block) }
        if FirstWord.length(of: arena.words[position]) > RoomSize.longestInlineKey {
            blocks.remove(UInt32(arena.words[position + Self.factsLength]))
        }
    }

    /// A table has this record no more.
    @inline(__always) mutating func forget(_ position: Int, _ others: Int) {
        let first = arena.words[position]
        let slot = FirstWord.slot(of: first)
        guard tallies[slot].since < sentAt(position) else { return }
        tallies[slot].entries -= 1
        tallies[slot].bytes -= Self.length(ofKey: FirstWord.length(of: first)) * 8 + others
    }
}
