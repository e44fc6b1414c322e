// The words that a room's queues are written into, in segments.

/// Segments of one row of words. Room for it is reserved once, so that it never moves; what was not used yet costs no
/// memory, as the kernel gives pages when they are written to.
struct Arena: ~Copyable {
    private static let none = UInt32.max

    /// A power of two.
    let segmentLength: Int
    private let shift: Int
    private let capacity: Int
    /// Segments follow each other here.
    var words: Row<UInt64>
    /// The segment that comes after each in its queue, or among the free ones.
    private var following: Row<UInt32>
    private var firstFree = none

    /// - Parameters:
    ///   - segmentLength: in words, a power of two.
    ///   - capacity: how many segments there may be.
    init(segmentLength: Int, capacity: Int) {
        self.segmentLength = segmentLength
        self.capacity = capacity
        shift = segmentLength.trailingZeroBitCount
        words = Row(capacity: segmentLength * capacity)
        following = Row(capacity: capacity)
    }

    /// The position after a segment's last word.
    @inline(__always) func end(ofSegment segment: Int) -> Int { (segment + 1) << shift }
    @inline(__always) func start(ofSegment segment: Int) -> Int { segment << shift }

    /// A segment that is in no queue.
    mutating func take() -> Int {
        if firstFree != Self.none {
            let segment = Int(firstFree)
            firstFree = following[segment]
            return segment
        }
        precondition(following.count < capacity, "a room has run out of segments")
        following.append(Self.none)
        words.append(0, times: segmentLength)
        return following.count - 1
    }

    mutating func giveBack(_ segment: Int) {
        following[segment] = firstFree
        firstFree = UInt32(segment)
    }

    mutating func join(_ segment: Int, to last: Int) { following[last] = UInt32(segment) }
    func segment(after segment: Int) -> Int { Int(following[segment]) }
}
