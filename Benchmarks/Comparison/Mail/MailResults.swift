// What the comparison with mails leaves behind: the table, the chart, and everything that was measured.

import BenchmarkReport

struct MailConditions: Codable {
    let machine: Machine
    let addresses: Int
    let rounds: Int
    let messages: Int
    let parameters: [String: String]

    var text: String {
        """
        Postfix \(machine.postfix) and PostgreSQL \(machine.postgresql) with \(MarkdownTable.grouped(addresses)) addresses, \
        clients and all on \(machine.cores) cores of \(machine.processor).
        """
    }
}

struct MailResults: Codable {
    struct Round: Codable {
        let distance: Double
        let sessions: Int
        let contender: String
        let measurement: MailMeasurement
    }

    let conditions: MailConditions
    private(set) var cells: [MailCell] = []
    private(set) var rounds: [Round] = []

    init(conditions: MailConditions) {
        self.conditions = conditions
    }

    mutating func add(
        _ cells: [MailCell], distance: Double, sessions: Int, measured: [MailContender: [MailMeasurement]]
    ) {
        self.cells += cells
        for (contender, measurements) in measured.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            rounds += measurements.map {
                Round(
                    distance: distance, sessions: sessions, contender: contender.rawValue, measurement: $0)
            }
        }
    }

    private func faults(of cells: [MailCell]) -> Int {
        cells.compactMap(\.summary).reduce(0) { $0 + $1.faults }
    }

    /// Those of mapmux, of which there must be none; that it could not be measured is one, too.
    var ownFaults: Int {
        let own = cells.filter { MailContender(rawValue: $0.contender)?.isMapmux == true }
        return faults(of: own) + own.count { $0.summary == nil }
    }

    /// The first few of what should not be.
    var examples: [String] {
        Array(
            rounds.lazy.flatMap { round in round.measurement.examples.map { "\(round.contender): \($0)" } }
                .prefix(10))
    }

    var markdown: String {
        let delivered = cells.compactMap(\.summary).reduce(0) { $0 + $1.delivered }
        return """
            \(conditions.text)

            Each figure is the median of \(conditions.rounds) alternating rounds of \(conditions.messages) messages, with one
            session an eighth of that. "Of stock" was divided round by round. \(MarkdownTable.grouped(delivered)) messages
            were delivered, and each recipient compared with the right one: \(faults(of: cells)) were wrong or missing.

            \(MailReport.table(cells))
            """
    }

    /// Without the rounds in which lookups were watched.
    var svg: String {
        let shown = cells.filter { $0.sessions > 1 }
        let sizes = Set(shown.map(\.sessions)).sorted()
        var distances: [Double] = []
        for cell in shown where !distances.contains(cell.distance) { distances.append(cell.distance) }
        let panels = distances.map { distance in
            let series = MailContender.allCases.compactMap { contender -> Chart.Series? in
                let own = shown.filter { $0.distance == distance && $0.contender == contender.rawValue }
                if own.isEmpty { return nil }
                let values = sizes.map { size in own.first { $0.sessions == size }?.summary?.mailsPerSecond }
                return Chart.Series(label: contender.title, values: values)
            }
            return Chart.Panel(title: MailReport.place(distance), series: series)
        }
        return Chart(
            title: "Mails a relay takes and delivers per second: more is better", subtitle: conditions.text,
            sizeLabel: "SMTP sessions at a time", unit: "mails/s", sizes: sizes, panels: panels
        ).svg
    }

    func write(to directory: String) throws {
        try ResultFiles.write("mail", markdown: markdown, svg: svg, json: self, to: directory)
    }
}
