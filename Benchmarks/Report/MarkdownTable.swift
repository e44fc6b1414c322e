// The comparison as a table to read.

package enum MarkdownTable {
    /// A table for each workload, a row for each cell, in their order; and one of the ratios, if there are any.
    package static func make(_ cells: [Cell]) -> String {
        var workloads: [String] = []
        for cell in cells where !workloads.contains(cell.workload) { workloads.append(cell.workload) }
        return workloads.map { workload in
            let rows = cells.filter { $0.workload == workload }
            return (["### \(workload)", ""] + header + lines(rows) + [""] + RatioTable.lines(rows))
                .joined(separator: "\n")
        }
        .joined(separator: "\n")
    }

    private static let header = [
        "| clients | | lookups/s (least to most) | of the ceiling | hits | p50 ms | p99 ms "
            + "| p99.9 ms | least served "
            + "| CPU µs a lookup: front | PostgreSQL | front's memory | connections |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]

    private static func lines(_ cells: [Cell]) -> [String] {
        var shown: Int?
        return cells.map { cell in
            let clients = cell.clients == shown ? "" : grouped(cell.clients)
            shown = cell.clients
            guard let summary = cell.summary else {
                let obstacle = cell.obstacle ?? "not measured"
                return "| \(clients) | \(cell.title) | \(obstacle) | | | | | | | | | | |"
            }
            let rate = summary.lookupsPerSecond
            let columns = [
                clients, cell.title + faults(summary),
                "**\(grouped(Int(rate.median)))** (\(grouped(Int(rate.least))) to \(grouped(Int(rate.most))))",
                summary.ofCeiling.map { decimal($0.median, digits: 2) } ?? "",
                percent(summary.hits),
                milliseconds(summary.millisecondsP50.median), milliseconds(summary.millisecondsP99.median),
                milliseconds(summary.millisecondsP999.median),
                decimal(summary.smallestShare.median, digits: 2),
                summary.frontMicroseconds.map { decimal($0.median, digits: 1) } ?? "none",
                decimal(summary.databaseMicroseconds.median, digits: 1),
                summary.frontBytes.map { "\(decimal($0 / 1_048_576, digits: 1)) MiB" } ?? "none",
                grouped(summary.connections),
            ]
            return "| " + columns.joined(separator: " | ") + " |"
        }
    }

    /// Nothing where every answer was right.
    private static func faults(_ summary: Summary) -> String {
        let counts = [("failed", summary.failed), ("wrong", summary.wrong), ("unanswered", summary.lost)]
        let all = counts.filter { $0.1 > 0 }.map { "\(grouped($0.1)) \($0.0)" }
        return all.isEmpty ? "" : " (\(all.joined(separator: ", ")))"
    }

    /// Nothing where there is nothing.
    static func percent(_ part: Spread?) -> String {
        part.map { "\(decimal($0.median * 100, digits: 1)) %" } ?? ""
    }

    /// Three digits that count.
    static func milliseconds(_ value: Double) -> String {
        decimal(value, digits: value < 1 ? 3 : value < 10 ? 2 : value < 100 ? 1 : 0)
    }

    static func decimal(_ value: Double, digits: Int) -> String {
        var scale = 1
        for _ in 0..<digits { scale *= 10 }
        let scaled = Int((value * Double(scale)).rounded())
        let whole = grouped(scaled / scale)
        if digits == 0 { return whole }
        let fraction = String(scaled % scale)
        return whole + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }

    /// With commas between the thousands.
    package static func grouped(_ number: Int) -> String {
        if number < 1_000 { return "\(number)" }
        let rest = String(number % 1_000)
        return grouped(number / 1_000) + "," + String(repeating: "0", count: 3 - rest.count) + rest
    }
}
