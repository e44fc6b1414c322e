// Percentiles out of buckets.

import LoadEngine
import Testing

@Suite("The histogram of latencies")
struct LatencyHistogramTests {
    @Test("Percentiles are right to one part in 128")
    func percentiles() {
        var histogram = LatencyHistogram()
        // 1 to 1000 ms, each once, in no order.
        for step in 0..<1_000 { histogram.record(Int64(step * 77 % 1_000 + 1) * 1_000_000) }
        #expect(histogram.total == 1_000)
        for (part, expected) in [(0.5, 500.0), (0.99, 990), (0.999, 999), (1, 1_000)] {
            #expect(abs(histogram.milliseconds(at: part) - expected) <= expected / 128)
        }
    }

    @Test("Every duration is found again, from nanoseconds to minutes")
    func buckets() {
        for nanoseconds in [0, 1, 255, 256, 257, 511, 512, 100_000, 1_048_575, 1_048_576, 59_999_999_999] {
            var histogram = LatencyHistogram()
            histogram.record(Int64(nanoseconds))
            let found = histogram.milliseconds(at: 0.5) * 1e6
            #expect(abs(found - Double(nanoseconds)) <= Double(nanoseconds) / 128)
        }
        var histogram = LatencyHistogram()
        histogram.record(-5)
        histogram.record(.max)
        #expect(histogram.milliseconds(at: 0) == 0)
        #expect(histogram.milliseconds(at: 1) > 590_000)
        histogram.removeAll()
        #expect(histogram.total == 0 && histogram.milliseconds(at: 0.5) == 0)
    }
}
