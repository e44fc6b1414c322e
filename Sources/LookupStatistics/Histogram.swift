// The distribution of numbers, in little space: counts in buckets, wider ones for greater numbers.

internal import LookupValues

/// Whole numbers, mostly nanoseconds, counted log-linearly: each power of two is divided into equal buckets.
package struct Histogram: Equatable, Sendable {
    /// How finely it tells numbers apart.
    package enum Precision: Int, Codable, Sendable {
        /// To 1/16, in 5 KB: for figures that are kept for each map.
        case coarse = 4
        /// To 1/128, in 40 KB: for measurements.
        case fine = 7
    }

    /// A greater number counts as this one: ten minutes in nanoseconds.
    package static let largest = 600_000_000_000

    package let precision: Precision
    /// Of all numbers recorded.
    package private(set) var count = 0
    package private(set) var sum = 0
    private var counts: [Int]

    package init(_ precision: Precision = .coarse) {
        self.precision = precision
        counts = [Int](repeating: 0, count: Self.bucket(of: Self.largest, precision) + 1)
    }

    /// - Parameter value: below 0 counts as 0, and beyond `largest` as that.
    package mutating func record(_ value: Int64) {
        let value = min(max(0, Int(clamping: value)), Self.largest)
        counts[Self.bucket(of: value, precision)] &+= 1
        count.add(clamping: 1)
        // The sum for 50,000 lookups that wait for ever would reach the greatest Int in two days.
        sum.add(clamping: value)
    }

    package mutating func removeAll() {
        for index in counts.indices { counts[index] = 0 }
        count = 0
        sum = 0
    }

    // MARK: Reading

    /// The number that this part of all numbers did not exceed, to the histogram's precision; 0 if there are none.
    ///
    /// - Parameter part: 0.5 for the median, 0.99, 0.999.
    package func quantile(_ part: Double) -> Int {
        var left = Int(nearest: (part * Double(count)).rounded(.up))
        for (index, count) in counts.enumerated() {
            left &-= count
            if left <= 0 && count > 0 { return middle(of: index) }
        }
        return 0
    }

    /// How many were certainly at most `bound`: those in the buckets that end there or before.
    package func count(atMost bound: Int) -> Int {
        if bound < 0 { return 0 }
        if bound >= Self.largest { return count }
        let last = Self.bucket(of: bound, precision)
        let isWhole = upperBound(of: last) == bound
        return counts[..<(isWhole ? last + 1 : last)].reduce(0, &+)
    }

    /// The buckets that are not empty, in order: the largest number of each, and its count.
    package var buckets: [(upTo: Int, count: Int)] {
        counts.indices.compactMap { counts[$0] == 0 ? nil : (upperBound(of: $0), counts[$0]) }
    }

    // MARK: Combining

    /// Adds another one of the same precision.
    package mutating func merge(_ other: Histogram) {
        precondition(precision == other.precision, "histograms of different precision were merged")
        for index in counts.indices { counts[index].add(clamping: other.counts[index]) }
        count.add(clamping: other.count)
        sum.add(clamping: other.sum)
    }

    /// The numbers recorded since `earlier`, a former state of this one; all of them if it is no former state, as after a
    /// restart.
    package func since(_ earlier: Histogram) -> Histogram {
        guard precision == earlier.precision, zip(counts, earlier.counts).allSatisfy({ $0 >= $1 }) else {
            return self
        }
        var difference = self
        for index in counts.indices { difference.counts[index] -= earlier.counts[index] }
        difference.count &-= earlier.count
        difference.sum &-= earlier.sum
        return difference
    }

    // MARK: Buckets

    /// Buckets of width 1 up to two powers of two; from there on, each power in equal parts.
    private static func bucket(of value: Int, _ precision: Precision) -> Int {
        let parts = 1 << precision.rawValue
        if value < 2 * parts { return value }
        let shift = Int.bitWidth - value.leadingZeroBitCount - precision.rawValue - 1
        return shift * parts + value >> shift
    }

    private func lowerBound(of bucket: Int) -> (value: Int, width: Int) {
        let parts = 1 << precision.rawValue
        if bucket < 2 * parts { return (bucket, 1) }
        let shift = bucket / parts - 1
        return ((bucket - shift * parts) << shift, 1 << shift)
    }

    private func upperBound(of bucket: Int) -> Int {
        let (value, width) = lowerBound(of: bucket)
        return value + width - 1
    }

    private func middle(of bucket: Int) -> Int {
        let (value, width) = lowerBound(of: bucket)
        return value + width / 2
    }
}

extension Histogram: Codable {
    private enum CodingKeys: String, CodingKey {
        case precision, count, sum, p50, p99
        case p999 = "p99_9"
        case buckets
    }

    /// With the usual quantiles, for other programs, and only the buckets that are not empty, each as the largest number in it
    /// and its count.
    package func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(precision, forKey: .precision)
        try container.encode(count, forKey: .count)
        try container.encode(sum, forKey: .sum)
        try container.encode(quantile(0.5), forKey: .p50)
        try container.encode(quantile(0.99), forKey: .p99)
        try container.encode(quantile(0.999), forKey: .p999)
        try container.encode(buckets.map { [$0.upTo, $0.count] }, forKey: .buckets)
    }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        self.init(try container.decode(Precision.self, forKey: .precision))
        for bucket in try container.decode([[Int]].self, forKey: .buckets) {
            guard bucket.count == 2, bucket[0] >= 0, bucket[1] >= 0 else {
                throw DecodingError.dataCorruptedError(
                    forKey: .buckets, in: container,
                    debugDescription: "found \(bucket), expected a bucket's largest number and its count")
            }
            let index = Self.bucket(of: min(bucket[0], Self.largest), precision)
            counts[index].add(clamping: bucket[1])
            count.add(clamping: bucket[1])
        }
        sum = max(0, try container.decode(Int.self, forKey: .sum))
    }
}
