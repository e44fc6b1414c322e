// A snapshot as Prometheus reads it: the text format, version 0.0.4.

package import LookupStatistics
internal import LookupValues

package enum MetricsText {
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    package static func render(_ snapshot: StatisticsSnapshot) -> String {
        var text = ""
        for family in MetricFamily.all {
            let samples = family.samples(snapshot)
            if samples.isEmpty { continue }
            text += "# HELP \(family.name) \(escaped(family.help, quotes: false))\n"
            text += "# TYPE \(family.name) \(family.kind.rawValue)\n"
            for sample in samples { append(sample, of: family.name, to: &text) }
        }
        return text
    }

    /// Upper bounds of the buckets of durations, in nanoseconds and as the format writes them.
    private static let durationBounds: [(bound: Int, label: String)] = [
        (100_000, "0.0001"), (250_000, "0.00025"), (500_000, "0.0005"), (1_000_000, "0.001"),
        (2_500_000, "0.0025"), (5_000_000, "0.005"), (10_000_000, "0.01"), (25_000_000, "0.025"),
        (50_000_000, "0.05"), (100_000_000, "0.1"), (250_000_000, "0.25"), (500_000_000, "0.5"),
        (1_000_000_000, "1"), (2_500_000_000, "2.5"), (5_000_000_000, "5"), (10_000_000_000, "10"),
    ]
    private static let sizeBounds = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512].map {
        (bound: $0, label: "\($0)")
    }

    private static func append(_ sample: MetricFamily.Sample, of name: String, to text: inout String) {
        let labels = sample.labels.map { "\($0.name)=\"\(escaped($0.value, quotes: true))\"" }
            .joined(separator: ",")
        let braced = labels.isEmpty ? "" : "{\(labels)}"
        func append(_ histogram: Histogram, bounds: [(bound: Int, label: String)], sum: String) {
            let start = labels.isEmpty ? "" : "\(labels),"
            for (bound, label) in bounds {
                text += "\(name)_bucket{\(start)le=\"\(label)\"} \(histogram.count(atMost: bound))\n"
            }
            text += "\(name)_bucket{\(start)le=\"+Inf\"} \(histogram.count)\n"
            text += "\(name)_sum\(braced) \(sum)\n"
            text += "\(name)_count\(braced) \(histogram.count)\n"
        }
        switch sample.value {
        case .number(let number): text += "\(name)\(braced) \(number)\n"
        case .real(let real): text += "\(name)\(braced) \(real)\n"
        case .durations(let histogram):
            append(histogram, bounds: durationBounds, sum: "\(Double(histogram.sum) / 1e9)")
        case .sizes(let histogram): append(histogram, bounds: sizeBounds, sum: "\(histogram.sum)")
        }
    }

    private static func escaped(_ text: String, quotes: Bool) -> String {
        var escaped = ""
        for scalar in text.shown().unicodeScalars {
            switch scalar {
            case "\\": escaped += "\\\\"
            case "\"" where quotes: escaped += "\\\""
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
