// What the comparison leaves behind: the table, the chart, and everything that was measured.

import BenchmarkReport
import LoadEngine

struct Results: Codable {
    struct Round: Codable {
        let workload: String
        let contender: String
        let measurement: Measurement
    }

    let conditions: Conditions
    private(set) var cells: [Cell] = []
    private(set) var rounds: [Round] = []

    init(conditions: Conditions) {
        self.conditions = conditions
    }

    mutating func add(
        _ cells: [Cell], workload: String, measured: [Contender: [Measurement]]
    ) {
        self.cells += cells
        for (contender, measurements) in measured.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            rounds += measurements.map {
                Round(workload: workload, contender: contender.rawValue, measurement: $0)
            }
        }
    }

    /// Answers other than the right one, and none.
    var faults: Int {
        cells.compactMap(\.summary).reduce(0) { $0 + $1.wrong + $1.lost + $1.failed }
    }

    /// Those of mapmux, of which there must be none.
    var ownFaults: Int {
        cells.filter { $0.contender.hasPrefix("mapmux") }.compactMap(\.summary)
            .reduce(0) { $0 + $1.wrong + $1.lost + $1.failed }
    }

    var markdown: String {
        let verified = cells.compactMap(\.summary).reduce(0) { $0 + $1.verified }
        return """
            \(conditions.text)

            Each figure is the median of \(conditions.rounds) alternating rounds of \(conditions.seconds) s. Every answer was
            compared with the right one: \(MarkdownTable.grouped(verified)) were right, \(faults) were wrong, failed or
            missing. "Least served" is the client with the fewest answers, in parts of the median client's.

            \(MarkdownTable.make(cells))
            """
    }

    /// Without the yardsticks that ask no database, and what is measured against them only.
    var svg: String {
        let shown = cells.filter { $0.workload != WorkloadKind.hot.rawValue }
        var workloads: [String] = []
        for cell in shown where !workloads.contains(cell.workload) { workloads.append(cell.workload) }
        let sizes = Set(shown.map(\.clients)).sorted()
        let panels = workloads.map { workload in
            let series = Contender.allCases.filter(\.asksDatabase).compactMap { contender -> Chart.Series? in
                let own = shown.filter { $0.workload == workload && $0.contender == contender.rawValue }
                if own.isEmpty { return nil }
                let values = sizes.map { size in own.first { $0.clients == size }?.summary?.lookupsPerSecond }
                return Chart.Series(label: contender.title, values: values)
            }
            let title =
                workload == "unique"
                ? "unique: all keys in a random order"
                : "mailmix: what a relay asks for its messages, 30 % misses"
            return Chart.Panel(title: title, series: series)
        }
        return Chart(
            title: "Lookups answered from PostgreSQL per second: more is better", subtitle: conditions.text,
            sizeLabel: "clients at a time, each with one lookup outstanding", unit: "lookups/s", sizes: sizes,
            panels: panels
        ).svg
    }

    /// Writes them into a directory, which is made where it is missing.
    func write(to directory: String) throws {
        try ResultFiles.write("results", markdown: markdown, svg: svg, json: self, to: directory)
    }
}
