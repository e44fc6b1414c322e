// Histograms against the plain list of what was recorded.

import Foundation
import LookupStatistics
import LookupValues
import Testing

/// What a histogram stands for: every number, as it was.
private struct Numbers {
    var values: [Int] = []

    /// By definition: the smallest of the values that so large a part of all does not exceed.
    func quantile(_ part: Double) -> Int {
        let rank = max(1, Int((part * Double(values.count)).rounded(.up)))
        return values.sorted()[rank - 1]
    }
}

private func sample(_ count: Int, seed: UInt64) -> [Int] {
    var random = SplitMix64(seed: seed)
    return (0..<count).map { _ in
        let state = random.next()
        // From nanoseconds to minutes, each magnitude as often.
        let magnitude = state >> 58 % 36
        return Int((state >> 20) & ((1 << magnitude) - 1))
    }
}

@Suite("Histograms")
struct HistogramTests {
    @Test(
        "Quantiles are those of the numbers, to the precision promised",
        arguments: [(Histogram.Precision.fine, 128), (.coarse, 16)])
    func quantiles(precision: Histogram.Precision, parts: Int) {
        for seed in UInt64(1)...20 {
            var histogram = Histogram(precision)
            let numbers = Numbers(values: sample(1_000, seed: seed))
            for value in numbers.values { histogram.record(Int64(value)) }
            #expect(histogram.count == 1_000)
            #expect(histogram.sum == numbers.values.reduce(0, +))
            for part in [0.0, 0.5, 0.9, 0.99, 0.999, 1] {
                let expected = numbers.quantile(part)
                #expect(abs(histogram.quantile(part) - expected) <= expected / parts, "seed \(seed), \(part)")
            }
        }
    }

    @Test("Every number is found again, from nothing to minutes, and what is beyond counts as the bounds")
    func buckets() {
        for value in [
            0, 1, 31, 32, 33, 255, 256, 257, 511, 512, 100_000, 1_048_575, 1_048_576, 59_999_999_999,
        ] {
            var histogram = Histogram(.fine)
            histogram.record(Int64(value))
            #expect(abs(histogram.quantile(0.5) - value) <= value / 128)
            #expect(histogram.count(atMost: value - 1) == 0)
        }
        var histogram = Histogram()
        histogram.record(-5)
        histogram.record(.max)
        #expect(histogram.quantile(0) == 0)
        #expect(histogram.quantile(1) > 560_000_000_000)
        #expect(histogram.sum == Histogram.largest)
        histogram.removeAll()
        #expect(histogram.count == 0 && histogram.sum == 0 && histogram.quantile(0.5) == 0)
        #expect(histogram == Histogram())
    }

    @Test("Cumulative counts never say too much, never fall, and miss at most what is close to the bound")
    func cumulativeCounts() {
        for seed in UInt64(1)...20 {
            let values = sample(500, seed: seed)
            var histogram = Histogram()
            for value in values { histogram.record(Int64(value)) }
            var last = 0
            for bound in [0, 100_000, 250_000, 1_000_000, 25_000_000, 1_000_000_000, Histogram.largest] {
                let count = histogram.count(atMost: bound)
                #expect(count <= values.count { $0 <= bound })
                #expect(count >= values.count { $0 <= bound - bound / 16 })
                #expect(count >= last)
                last = count
            }
            #expect(last == values.count)
            #expect(histogram.count(atMost: -1) == 0)
            #expect(histogram.buckets.reduce(0) { $0 + $1.count } == values.count)
        }
    }

    @Test("Merged ones are one of all numbers, and what came since is what was recorded since")
    func merging() {
        let (early, late) = (sample(300, seed: 7), sample(200, seed: 8))
        func histogram(_ values: [Int]) -> Histogram {
            var histogram = Histogram()
            for value in values { histogram.record(Int64(value)) }
            return histogram
        }
        var merged = histogram(early)
        merged.merge(histogram(late))
        #expect(merged == histogram(early + late))
        #expect(merged.since(histogram(early)) == histogram(late))
        // Of another process's state nothing can be taken away.
        #expect(histogram(late).since(merged) == histogram(late))
    }

    @Test("What is written as JSON is read again")
    func coding() throws {
        var histogram = Histogram()
        for value in sample(400, seed: 3) { histogram.record(Int64(value)) }
        let text = try JSONEncoder().encode(histogram)
        #expect(try JSONDecoder().decode(Histogram.self, from: text) == histogram)
        let object = try #require(try JSONSerialization.jsonObject(with: text) as? [String: Any])
        #expect(object["p99"] as? Int == histogram.quantile(0.99))
        for bad in [
            #"{"precision":4,"sum":0,"buckets":[[1]]}"#, #"{"precision":4,"sum":0,"buckets":[[-1,2]]}"#,
        ] {
            #expect(throws: DecodingError.self) {
                try JSONDecoder().decode(Histogram.self, from: Data(bad.utf8))
            }
        }
    }

    @Test("Sums stop at the greatest number, however long lookups have waited")
    func overflow() throws {
        let most = #"{"precision":4,"sum":\#(Int.max),"buckets":[[7,\#(Int.max)],[9,\#(Int.max)]]}"#
        var histogram = try JSONDecoder().decode(Histogram.self, from: Data(most.utf8))
        histogram.record(1_000_000_000)
        histogram.merge(histogram)
        #expect(histogram.sum == .max && histogram.count == .max)
        #expect(histogram.quantile(0.5) == 7)
        _ = (histogram.since(Histogram()), histogram.count(atMost: 1_000_000), histogram.buckets)
        let least = #"{"precision":4,"sum":\#(Int.min),"buckets":[]}"#
        let negative = try JSONDecoder().decode(Histogram.self, from: Data(least.utf8))
        #expect(histogram.since(negative) == histogram)
    }

    @Test("A server can make up error classes, but only so many")
    func errorClasses() {
        var target = TargetStatistics(name: "t", hosts: [])
        for code in ["42P01", "42601", "", "4260", "426012", "é2601", "a1000", "\u{1}\u{2}\u{3}\u{4}\u{5}"] {
            target.noteError(sqlState: code)
        }
        #expect(target.errors.map(\.class).sorted() == ["42", "none"])
    }
}
