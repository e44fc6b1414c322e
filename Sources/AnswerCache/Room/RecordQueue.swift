// A queue of records in segments of words.

/// First in, first out. Records lie one after the other, so that a queue needs no links between them.
struct RecordQueue: BitwiseCopyable {
    private static let none = -1

    private var firstSegment = none
    private var lastSegment = none
    /// Where the oldest record is, and where the next one comes.
    private var start = 0
    private var end = 0
    /// What its records take, what belongs to them elsewhere, and what is left over at the ends of segments.
    private(set) var bytes = 0
    private(set) var count = 0

    /// The position of a new record of so many words, which fit into a segment.
    ///
    /// - Parameter others: how many bytes belong to it elsewhere.
    @inline(__always) mutating func append(_ length: Int, others: Int, in arena: inout Arena) -> Int {
        if lastSegment == Self.none || end + length > arena.end(ofSegment: lastSegment) { extend(in: &arena) }
        let position = end
        end += length
        bytes += length * 8 + others
        count += 1
        return position
    }

    private mutating func extend(in arena: inout Arena) {
        let segment = arena.take()
        if lastSegment == Self.none {
            firstSegment = segment
            start = arena.start(ofSegment: segment)
        } else {
            let left = arena.end(ofSegment: lastSegment) - end
            if left > 0 { arena.words[end] = FirstWord.end }
            bytes += left * 8
            arena.join(segment, to: lastSegment)
        }
        lastSegment = segment
        end = arena.start(ofSegment: segment)
    }

    /// Where the oldest record is; -1 if there is none.
    @inline(__always) mutating func oldest(in arena: inout Arena) -> Int {
        if start < end && firstSegment == lastSegment { return start }
        return oldestAmongSegments(in: &arena)
    }

    private mutating func oldestAmongSegments(in arena: inout Arena) -> Int {
        guard firstSegment != Self.none else { return -1 }
        if start == end && firstSegment == lastSegment {
            arena.giveBack(firstSegment)
            self = RecordQueue()
            return -1
        }
        let segmentEnd = arena.end(ofSegment: firstSegment)
        if start == segmentEnd || arena.words[start] == FirstWord.end {
            bytes -= (segmentEnd - start) * 8
            let next = arena.segment(after: firstSegment)
            arena.giveBack(firstSegment)
            firstSegment = next
            start = arena.start(ofSegment: next)
            // A segment is begun for a record; that may be the last one, and gone.
            return oldestAmongSegments(in: &arena)
        }
        return start
    }

    /// Removes the oldest record.
    @inline(__always) mutating func removeOldest(_ length: Int, others: Int) {
        start += length
        bytes -= length * 8 + others
        count -= 1
    }

    /// What belongs elsewhere to a record has grown by so many bytes, or less than none.
    @inline(__always) mutating func grow(by others: Int) { bytes += others }
}
