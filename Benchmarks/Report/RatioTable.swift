// How the contenders of a workload compare with each other, as a table to read.

enum RatioTable {
    /// A column for each title, in the order in which they come first; no lines if there are no ratios.
    static func lines(_ cells: [Cell]) -> [String] {
        let measured = cells.filter { !($0.summary?.ratios ?? []).isEmpty }
        var titles: [String] = []
        for ratio in measured.flatMap({ $0.summary?.ratios ?? [] }) where !titles.contains(ratio.title) {
            titles.append(ratio.title)
        }
        if titles.isEmpty { return [] }
        var shown: Int?
        let rows = measured.map { cell in
            let clients = cell.clients == shown ? "" : MarkdownTable.grouped(cell.clients)
            shown = cell.clients
            let ratios = titles.map { title in
                cell.summary?.ratios.first { $0.title == title }.map { text($0.spread) } ?? ""
            }
            return line([clients, cell.title] + ratios)
        }
        let rule = "|---:|---|" + String(repeating: "---:|", count: titles.count)
        return [line(["clients", ""] + titles), rule] + rows + [""]
    }

    private static func line(_ columns: [String]) -> String { "| \(columns.joined(separator: " | ")) |" }

    /// Two digits behind the point, or one for what is ten times as much.
    private static func text(_ spread: Spread) -> String {
        func number(_ value: Double) -> String {
            MarkdownTable.decimal(value, digits: value < 9.995 ? 2 : 1)
        }
        return "\(number(spread.median)) (\(number(spread.least)) to \(number(spread.most)))"
    }
}
