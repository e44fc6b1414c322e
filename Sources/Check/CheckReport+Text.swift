// A check's report for people.

internal import LookupValues

extension CheckReport {
    /// A line for each map, and below it what is worth knowing.
    ///
    /// - Parameter isVerbose: whether to add the statements sent and PostgreSQL's plans.
    package func lines(isVerbose: Bool) -> [String] {
        var lines: [String] = []
        for table in tables {
            for map in table.maps { lines.append("\(map) \(table.file): \(table.verdict)") }
            if isVerbose { lines += details(of: table).map { "    \($0)" } }
            let notes = problems.filter { $0.severity == .note && $0.file == table.file }
            lines += notes.map { "    note: \($0.message)" }
        }
        let files = Set(tables.map(\.file))
        let others = problems.filter { $0.severity == .note && !files.contains($0.file) }
        lines += others.map { "\($0.file): note: \($0.message)" }
        return lines.map { $0.shown() }
    }

    /// A line for each error and warning.
    package var complaints: [String] {
        problems.filter { $0.severity != .note }.map(\.description)
    }

    private func details(of table: Table) -> [String] {
        var details = ["query: \(table.sql)"]
        if let types = table.parameterTypes, !types.isEmpty {
            let list = types.enumerated().map { "$\($0 + 1) \($1)" }.joined(separator: ", ")
            details.append("parameters: \(list)")
        }
        if let plan = table.plan { details.append("plan: \(plan)") }
        for (host, database) in zip(table.hosts, databases[table.database].hosts) {
            details.append("host \(host.host): \(host.error ?? database.state)")
        }
        return details
    }
}

extension CheckReport.Database.Host {
    fileprivate var state: String {
        guard let isStandby else { return "ok" }
        guard isStandby else { return "ok, primary" }
        return "ok, standby, " + (lag.map { "\(Int($0.rounded()))s behind" } ?? "behind by an unknown time")
    }
}
