// How long lookups took, in little space: counts in buckets that get wider with what they count.

/// Durations to the precision of 1 in 128.
package struct LatencyHistogram: Sendable {
    private static let bucketsPerOctave = 128
    private var counts = [Int](repeating: 0, count: 40 * bucketsPerOctave)
    package private(set) var total = 0

    package init() {}

    /// - Parameter nanoseconds: anything beyond ten minutes counts as that.
    package mutating func record(_ nanoseconds: Int64) {
        counts[Self.bucket(of: Int(clamping: max(0, nanoseconds)))] += 1
        total += 1
    }

    package mutating func removeAll() {
        for index in counts.indices { counts[index] = 0 }
        total = 0
    }

    /// The duration that this part of all did not exceed, in milliseconds; 0 of nothing.
    package func milliseconds(at part: Double) -> Double {
        var left = Int((part * Double(total)).rounded(.up))
        for (index, count) in counts.enumerated() {
            left -= count
            if left <= 0 && count > 0 { return Double(Self.middle(of: index)) / 1e6 }
        }
        return 0
    }

    /// Buckets of width 1 up to 256; from there on, each power of two in 128 parts.
    private static func bucket(of value: Int) -> Int {
        let value = min(value, 600_000_000_000)
        if value < 2 * bucketsPerOctave { return value }
        let shift = Int.bitWidth - value.leadingZeroBitCount - 8
        return shift * bucketsPerOctave + value >> shift
    }

    private static func middle(of bucket: Int) -> Int {
        if bucket < 2 * bucketsPerOctave { return bucket }
        let shift = bucket / bucketsPerOctave - 1
        return ((bucket - shift * bucketsPerOctave) << shift) + (1 << shift) / 2
    }
}
