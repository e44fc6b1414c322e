// How a kept answer, and the ghost of one, are written into words.

internal import LookupValues

/// The first word of what is in a queue: a hash in the upper half; below it the table's slot and the key's length of an
/// answer, or marks with the lowest bit set.
enum FirstWord {
    /// Nothing more follows in this segment.
    static let end = UInt64.max
    /// A ghost that has been called back. It keeps its place in the queue.
    static let calledBack: UInt64 = 0b101

    /// - Parameters:
    ///   - slot: below 2^16.
    ///   - length: of the key, below 2^15.
    @inline(__always) static func answer(hash: UInt32, slot: Int, length: Int) -> UInt64 {
        UInt64(hash) << 32 | UInt64(slot) << 16 | UInt64(length) << 1
    }

    @inline(__always) static func ghost(hash: UInt32, _ kind: AnswerKind) -> UInt64 {
        UInt64(hash) << 32 | UInt64(kind.rawValue) << 1 | 1
    }

    @inline(__always) static func hash(of word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word >> 32) }
    @inline(__always) static func slot(of word: UInt64) -> Int { Int(word >> 16 & 0xFFFF) }
    @inline(__always) static func length(of word: UInt64) -> Int { Int(word >> 1 & 0x7FFF) }
}

/// What is known of a kept answer beside its key and the instant, in a word of its own.
struct RecordFacts: Equatable, BitwiseCopyable {
    /// No stripe: which one the key is in is not known.
    static let noStripe = 0xFFFF
    private static let mostHits: UInt64 = 3

    private(set) var word: UInt64

    init(word: UInt64) { self.word = word }

    /// - Parameters:
    ///   - stripe: of keys, that a change of this one moves; or `noStripe`.
    ///   - host: that has answered, up to 255.
    ///   - isProvable: whether the answer may be given by notification.
    init(stripe: Int, host: Int, isProvable: Bool) {
        word = 0xFFFF_FFFF << 32 | UInt64(stripe) << 16 | UInt64(host) << 8 | (isProvable ? 16 : 0)
    }

    var stripe: Int { Int(word >> 16 & 0xFFFF) }
    var host: Int { Int(word >> 8 & 0xFF) }
    var isProvable: Bool { word & 16 != 0 }

    /// The block that the value is in; 0xFFFFFFFF: there is none, as there is no value.
    var block: UInt32 {
        get { UInt32(truncatingIfNeeded: word >> 32) }
        set { word = word & 0xFFFF_FFFF | UInt64(newValue) << 32 }
    }

    /// Hits since the last move, up to 3.
    var hits: Int {
        get { Int(word & 3) }
        set { word = word & ~3 | UInt64(newValue) }
    }

    mutating func countHit() {
        if word & 3 < Self.mostHits { word += 1 }
    }

    /// Whether it is in the main queue.
    var isInMain: Bool {
        get { word & 4 != 0 }
        set { word = newValue ? word | 4 : word & ~4 }
    }

    /// Whether it is gone, and has only its place in the queue.
    var isGone: Bool {
        get { word & 8 != 0 }
        set { word = newValue ? word | 8 : word & ~8 }
    }
}

/// Found, or not: each kind has its own queues.
enum AnswerKind: Int, CaseIterable {
    case found
    case notFound

    var other: AnswerKind { self == .found ? .notFound : .found }
}

extension Span<UInt8> {
    /// The bytes from `index` on, fewer than eight, as a number.
    @inline(__always) func lastWord(from index: Int) -> UInt64 {
        if count >= 8 {
            return UInt64(littleEndian: word(at: count - 8)) >> UInt64(8 * (8 - (count - index)))
        }
        var last: UInt64 = 0
        for index in indices { last |= UInt64(self[index]) << UInt64(8 * index) }
        return last
    }
}
