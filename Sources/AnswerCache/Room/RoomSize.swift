// How a number of bytes becomes a room.

/// What a room of so many bytes is divided into.
struct RoomSize: Equatable {
    /// What a record may take in bytes, key and value.
    static let longestAnswer = 16_384
    /// Keys up to this length are in the queues themselves.
    static let longestInlineKey = 256
    /// A room that has more bytes is no larger: positions have 32 bits.
    private static let mostBytes = 1 << 34
    private static let queues = 6

    let segmentLength: Int
    let segments: Int
    /// Places of the index: a seventh of the bytes.
    let places: Int
    /// What records and ghosts may take together.
    let bytes: Int
    /// As many values as fit, at least.
    let blocks: Int

    /// - Parameter total: all that may be allocated.
    init(total: Int) {
        let total = min(max(total, 0), Self.mostBytes)
        segmentLength = total >= 1_048_576 ? 512 : 64
        places = max(16, total / 28)
        // Of each queue, two segments are in part used; and a record that moves is in two at once.
        bytes = max(0, total - places * 4 - (2 * Self.queues + 1) * segmentLength * 8)
        segments = bytes / (segmentLength * 8) + 2 * Self.queues + 2
        blocks = bytes / 60 + 1
    }
}
