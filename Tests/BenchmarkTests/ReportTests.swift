// What becomes of the measurements: medians and spreads, the table, the chart.

import BenchmarkReport
import Foundation
import FoundationXML
import Testing

@Suite("The benchmarks' report")
struct ReportTests {
    @Test("A spread is the median, the least and the most, in whatever order they were measured")
    func spread() {
        let odd = Spread([5, 1, 3])
        #expect(odd.median == 3 && odd.least == 1 && odd.most == 5)
        let even = Spread([4, 1, 3, 2])
        #expect(even.median == 2.5 && even.least == 1 && even.most == 4)
        #expect(Spread([7]).median == 7)
    }

    private func cell(
        _ clients: Int, _ contender: String, rates: [Double], wrong: Int = 0, front: Double? = 5.04,
        hits: Spread? = nil, ratios: [Ratio?] = []
    ) -> Cell {
        let summary = Summary(
            lookupsPerSecond: Spread(rates), ofCeiling: Spread([0.987]), ratios: ratios.compactMap { $0 },
            hits: hits, millisecondsP50: Spread([0.5554]),
            millisecondsP99: Spread([12.34]), millisecondsP999: Spread([123.4]),
            smallestShare: Spread([0.914]), frontMicroseconds: front.map { Spread([$0]) },
            databaseMicroseconds: Spread([11.96]),
            clientMicroseconds: Spread([3]), frontBytes: front.map { _ in 12.5 * 1_048_576 }, connections: 4,
            verified: 1_000, failed: 0, wrong: wrong, lost: 0)
        return Cell(
            workload: "unique", clients: clients, contender: contender, title: contender, summary: summary,
            obstacle: nil)
    }

    @Test(
        "The table has a row for each cell, names the number of clients once, and says what could not be run")
    func table() {
        let cells = [
            cell(1_000, "mapmux", rates: [80_000, 81_234, 79_000], hits: Spread([0.6789])),
            cell(1_000, "direct", rates: [900], wrong: 1_200, front: nil),
            Cell(
                workload: "unique", clients: 10_000, contender: "direct", title: "direct", summary: nil,
                obstacle: "needs 10,000 connections"),
        ]
        let lines = MarkdownTable.make(cells).split(separator: "\n").map(String.init)
        #expect(lines[0] == "### unique")
        let columns = lines.dropFirst().map { $0.count { $0 == "|" } }
        #expect(columns.allSatisfy { $0 == 14 })
        #expect(
            lines[3] == "| 1,000 | mapmux | **80,000** (79,000 to 81,234) | 0.99 | 67.9 % | 0.555 | 12.3 "
                + "| 123 | 0.91 | 5.0 | 12.0 | 12.5 MiB | 4 |")
        #expect(
            lines[4] == "|  | direct (1,200 wrong) | **900** (900 to 900) | 0.99 |  | 0.555 | 12.3 | 123 "
                + "| 0.91 | none | 12.0 | none | 4 |")
        #expect(lines[5].hasPrefix("| 10,000 | direct | needs 10,000 connections |"))
        #expect(lines.count == 6)
    }

    @Test("A ratio is divided round by round, and there is none unless both were measured in each")
    func ratio() throws {
        let ratio = try #require(Ratio(title: "of b", of: [10, 30, 80], to: [20, 40, 80]))
        #expect(ratio.spread.least == 0.5 && ratio.spread.median == 0.75 && ratio.spread.most == 1)
        #expect(Ratio(title: "of b", of: [10, 30], to: [20]) == nil)
        #expect(Ratio(title: "of b", of: [], to: []) == nil)
    }

    @Test("Ratios have a table behind their workload's, with a column for each of those that there are")
    func ratios() {
        let yardstick = Ratio(title: "of b", of: [10, 30, 80], to: [20, 40, 80])
        let other = Ratio(title: "of c", of: [1_234], to: [100])
        let text = MarkdownTable.make([
            cell(50, "a", rates: [1], ratios: [yardstick, other]), cell(50, "b", rates: [1], ratios: [other]),
            cell(50, "c", rates: [1]), cell(1_000, "a", rates: [1], ratios: [yardstick]),
        ])
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        #expect(lines[8] == "")
        #expect(
            lines[9...] == [
                "| clients |  | of b | of c |", "|---:|---|---:|---:|",
                "| 50 | a | 0.75 (0.50 to 1.00) | 12.3 (12.3 to 12.3) |",
                "|  | b |  | 12.3 (12.3 to 12.3) |", "| 1,000 | a | 0.75 (0.50 to 1.00) |  |", "",
            ])
    }

    @Test("Each workload has a table of its own")
    func workloads() {
        var other = cell(50, "mapmux", rates: [1])
        other.workload = "mailmix"
        let text = MarkdownTable.make([cell(50, "mapmux", rates: [1]), other])
        #expect(text.contains("### unique\n"))
        #expect(text.contains("\n\n### mailmix\n"))
    }

    private func chart(_ series: [Chart.Series]) -> String {
        let panels = ["unique", "mailmix"].map { Chart.Panel(title: $0, series: series) }
        return Chart(
            title: "Lookups <a second> & more", subtitle: "on a machine", sizeLabel: "clients",
            unit: "lookups/s", sizes: [1, 50, 1_000], panels: panels
        ).svg
    }

    @Test(
        "The chart is XML with its title, a line and a label for each series, and no line where nothing was measured"
    )
    func svg() throws {
        let svg = chart([
            Chart.Series(
                label: "mapmux", values: [Spread([8_000]), Spread([80_000]), Spread([75_000, 85_000])]),
            Chart.Series(label: "direct", values: [Spread([9_000]), Spread([20_000]), nil]),
            Chart.Series(label: "nothing", values: [nil, nil, nil]),
        ])
        let document = try XMLDocument(xmlString: svg)
        func texts(_ path: String) throws -> [String] {
            try document.nodes(forXPath: path).compactMap(\.stringValue)
        }
        let all = try texts("//*[local-name()='text']")
        #expect(all.contains("Lookups <a second> & more"))
        #expect(all.count { $0 == "mapmux 80k" } == 2)
        #expect(all.count { $0 == "direct 20k (at 50)" } == 2)
        #expect(!all.contains { $0.hasPrefix("nothing") })
        for axis in ["clients", "lookups/s", "1", "50", "1,000"] { #expect(all.count { $0 == axis } == 2) }
        #expect(try texts("//*[local-name()='path']").count == 4)
        #expect(try texts("//*[local-name()='circle']").count == 10)
        #expect(try texts("//*[local-name()='style']").joined().contains("prefers-color-scheme: dark"))
    }

    @Test("Labels of lines that end together lie apart, and inside the picture")
    func labels() throws {
        let values = [Spread([10]), Spread([10]), Spread([10])]
        let names = ["a", "b", "c", "d", "e", "f"]
        let svg = chart(
            [Chart.Series(label: "top", values: [nil, nil, Spread([90_000])])]
                + names.map { Chart.Series(label: $0, values: values) })
        // A label has the colour of its line; the first half of them are the first panel's.
        let places = svg.matches(of: /<text x="[0-9.]+" y="([0-9.]+)" style=/).compactMap {
            Double($0.output.1)
        }
        #expect(places.count == 14)
        let sorted = places.prefix(7).sorted()
        for (one, next) in zip(sorted, sorted.dropFirst()) { #expect(next - one > 16) }
        #expect(sorted.allSatisfy { (80...440).contains($0) })
    }
}
