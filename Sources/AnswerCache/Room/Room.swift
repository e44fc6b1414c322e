// The kept answers themselves: where they are, and which must make room for others.

internal import LookupValues

/// Answers by table and key, within a number of bytes. It knows nothing of how long they hold.
///
/// Which ones stay is S3-FIFO's way (Yang, Zhang and others, "FIFO queues are all you need for cache eviction", SOSP 2023): an
/// answer goes into a small queue, and from its end to the main one if it was asked for twice, else it leaves a ghost: its
/// hash. An answer whose ghost is there goes into the main queue at once. At the end of the main queue an answer begins anew
/// as often as it was asked for since. A hit counts, and moves nothing. Found and not found have queues of their own.
struct Room: ~Copyable {
    /// Of an answer's words, those before its key.
    static let factsLength = 3
    static let noBlock = UInt32.max

    let size: RoomSize
    /// What is taken of the bytes for other things.
    var reserved = 0
    var arena: Arena
    var index: PositionIndex
    var blocks: Blocks
    /// Small, main, and ghosts; found and not found.
    var queues: Row<RecordQueue>
    var tallies = Row<RoomTally>()

    /// - Parameter bytes: all that may be allocated. With 0, nothing is, and nothing may be looked for.
    init(bytes: Int) {
        size = RoomSize(total: bytes)
        let segments = bytes > 0 ? size.segments : 0
        arena = Arena(segmentLength: size.segmentLength, capacity: segments)
        index = PositionIndex(
            places: bytes > 0 ? size.places : 0, positions: segments * size.segmentLength + 1)
        blocks = Blocks(capacity: bytes > 0 ? size.blocks : 0)
        queues = Row(repeating: RecordQueue(), count: bytes > 0 ? 6 : 0)
    }

    // MARK: Reading

    /// The position of an answer; -1 if there is none.
    @inline(__always) func position(_ slot: Int, _ key: Span<UInt8>, _ hash: UInt32) -> Int {
        let first = FirstWord.answer(hash: hash, slot: slot, length: key.count)
        var place = index.home(of: hash)
        while true {
            let position = index.candidate(hash, from: &place)
            if position < 0 || arena.words[position] == first && isKey(key, at: position) { return position }
        }
    }

    @inline(__always) func sentAt(_ position: Int) -> Instant {
        Instant(nanoseconds: Int64(bitPattern: arena.words[position + 1]))
    }

    @inline(__always) func facts(_ position: Int) -> RecordFacts {
        RecordFacts(word: arena.words[position + 2])
    }

    func outcome(_ block: UInt32) -> LookupOutcome {
        block == Self.noBlock ? .notFound : .found(blocks[block])
    }

    /// An answer was asked for.
    mutating func countHit(_ position: Int) {
        var facts = facts(position)
        facts.countHit()
        arena.words[position + 2] = facts.word
    }

    @inline(__always) private func isKey(_ key: Span<UInt8>, at position: Int) -> Bool {
        var place = position + Self.factsLength
        if key.count > RoomSize.longestInlineKey {
            return blocks[UInt32(arena.words[place])].span.isEqual(to: key)
        }
        var index = 0
        while index + 8 <= key.count {
            if UInt64(littleEndian: key.word(at: index)) != arena.words[place] { return false }
            index += 8
            place += 1
        }
        return index == key.count || key.lastWord(from: index) == arena.words[place]
    }

    // MARK: What it takes

    @inline(__always) static func queue(_ kind: AnswerKind) -> Int { kind.rawValue * 3 }

    /// The bytes that a kind takes, with its ghosts.
    @inline(__always) func bytes(of kind: AnswerKind) -> Int {
        let small = Self.queue(kind)
        return queues[small].bytes + queues[small + 1].bytes + queues[small + 2].bytes
    }

    /// What records and ghosts may take together.
    @inline(__always) var limit: Int { max(0, size.bytes - reserved) }

    @inline(__always) static func length(ofKey count: Int) -> Int {
        factsLength + (count > RoomSize.longestInlineKey ? 1 : (count + 7) / 8)
    }

    /// What belongs to a record outside of its queue.
    @inline(__always) func others(_ position: Int) -> Int {
        let block = facts(position).block
        var bytes = block == Self.noBlock ? 0 : Blocks.bytes(of: blocks.count(of: block))
        let length = FirstWord.length(of: arena.words[position])
        if length > RoomSize.longestInlineKey && !facts(position).isGone { bytes += Blocks.bytes(of: length) }
        return bytes
    }
}
