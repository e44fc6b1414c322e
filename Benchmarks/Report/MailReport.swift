// The comparison of relays as a table to read.

package enum MailReport {
    /// What a distance is called.
    package static func place(_ distance: Double) -> String {
        let digits = distance == distance.rounded() ? 0 : 2
        return distance == 0
            ? "Database on this machine"
            : "Database \(MarkdownTable.decimal(distance, digits: digits)) ms away"
    }

    /// A table for each distance, a row for each cell, in their order.
    package static func table(_ cells: [MailCell]) -> String {
        var distances: [Double] = []
        for cell in cells where !distances.contains(cell.distance) { distances.append(cell.distance) }
        return distances.map { distance in
            let rows = cells.filter { $0.distance == distance }
            return (["### \(place(distance))", ""] + header + lines(rows) + [""]).joined(separator: "\n")
        }
        .joined(separator: "\n")
    }

    private static let header = [
        "| sessions | | mails/s (least to most) | of stock | lookups a message | hits "
            + "| round trips | ms waited for lookups | of stock | CPU ms a message: front | PostgreSQL "
            + "| of mapmux's | both, of stock | connections |",
        "|---:|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]

    private static func lines(_ cells: [MailCell]) -> [String] {
        var shown: Int?
        return cells.map { cell in
            let sessions = cell.sessions == shown ? "" : MarkdownTable.grouped(cell.sessions)
            shown = cell.sessions
            guard let summary = cell.summary else {
                let obstacle = cell.obstacle ?? "not measured"
                return "| \(sessions) | \(cell.title) | \(obstacle) | | | | | | | | | | | |"
            }
            let rate = summary.mailsPerSecond
            let faults = summary.faults > 0 ? " (\(MarkdownTable.grouped(summary.faults)) wrong)" : ""
            let columns = [
                sessions, cell.title + faults,
                "**\(whole(rate.median))** (\(whole(rate.least)) to \(whole(rate.most)))",
                decimal(summary.rateOfStock, 2), decimal(summary.lookups, 1),
                MarkdownTable.percent(summary.hits), decimal(summary.roundTrips, 1),
                decimal(summary.lookupMilliseconds, 1), decimal(summary.lookupTimeOfStock, 2),
                decimal(summary.frontMilliseconds, 2), decimal(summary.databaseMilliseconds, 2),
                decimal(summary.databaseOfMapmux, 2), decimal(summary.processorOfStock, 2),
                MarkdownTable.grouped(summary.connections),
            ]
            return "| " + columns.joined(separator: " | ") + " |"
        }
    }

    private static func whole(_ value: Double) -> String { MarkdownTable.decimal(value, digits: 0) }

    private static func decimal(_ spread: Spread?, _ digits: Int) -> String {
        spread.map { MarkdownTable.decimal($0.median, digits: digits) } ?? ""
    }
}
