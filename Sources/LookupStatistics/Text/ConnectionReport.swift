// `mapmux stats --connections`: each connection to PostgreSQL, by target.

/// The connections of a target, as `mapmux stats --connections --json` prints them.
package struct TargetConnections: Equatable, Sendable, Codable {
    package let target: String
    package let connections: [ConnectionStatistics]
}

extension StatisticsSnapshot {
    package var connections: [TargetConnections] {
        targets.map { TargetConnections(target: $0.name, connections: $0.connections) }
    }

    /// `mapmux stats --connections`: a line for each.
    package var connectionReport: [String] {
        var lines: [String] = []
        for target in targets {
            if !lines.isEmpty { lines.append("") }
            lines.append("TARGET \(target.name)")
            var table = TextTable(heading: ["HOST", "PID", "STATE", "AGE", "IN FLIGHT"])
            for connection in target.connections {
                table.add([
                    connection.host.isEmpty ? HostStatistics.unnamed : connection.host,
                    connection.pid == 0 ? "-" : "\(connection.pid)", connection.state.rawValue,
                    Figure.age(connection.ageSeconds), Figure.count(connection.inFlight),
                ])
            }
            lines += table.lines.map { "  \($0)" }
        }
        return lines
    }
}
