// `mapmux stats`: all figures since the start, as tables for people.

internal import LookupValues

extension StatisticsSnapshot {
    /// The lines of the report.
    package var report: [String] {
        var lines = [title, ""]
        var clients = TextTable(heading: [
            "ENDPOINT", "CLIENTS", "ACCEPTED", "REFUSED", "VIOLATIONS", "UNKNOWN MAPS", "RELAYED",
            "RELAY FAILURES",
        ])
        for endpoint in endpoints {
            let counts = [
                endpoint.clients, endpoint.accepted, endpoint.refused, endpoint.violations,
                endpoint.unknownMaps,
                endpoint.relayed, endpoint.relayFailures,
            ]
            clients.add([endpoint.clientProtocol.rawValue] + counts.map(Figure.count))
        }
        lines += clients.lines + endpoints.flatMap(\.lateTroubles).map { "  \($0.text)" } + [""]
        var table = TextTable(heading: [
            "MAP", "LOOKUPS", "FOUND", "NOT FOUND", "TEMPORARY", "PERMANENT", "SUPPRESSED", "P50", "P99",
            "P99.9",
        ])
        for map in maps {
            let outcomes = map.lookups
            let counts = [
                outcomes.total, outcomes.found, outcomes.notFound, outcomes.temporary, outcomes.permanent,
                map.suppressed.total,
            ]
            let quantiles = [0.5, 0.99, 0.999].map { Figure.duration(map.total.quantile($0)) }
            table.add([map.name] + counts.map(Figure.count) + quantiles)
        }
        lines += table.lines + troubles.map { "  \($0)" } + searchLines + cacheLines
        for target in targets { lines += [""] + target.report }
        guard !recentErrors.isEmpty else { return lines }
        lines += ["", "RECENT ERRORS"]
        for error in recentErrors {
            let times = error.count > 1 ? " (\(Figure.count(error.count)) times)" : ""
            lines.append(
                "\(Figure.age(process.takenAt - error.time)) ago  \(error.place): \(error.message)\(times)")
        }
        return lines
    }

    /// A line for a configuration that can't be used, and for each map that is not served as its file says.
    package var troubles: [String] {
        let whole = process.configurationTrouble.map { "each lookup fails temporarily: \($0)" }
        return [whole].compactMap(\.self)
            + maps.compactMap { map in
                let trouble = map.trouble ?? ""
                return switch map.state {
                case .current: nil
                case .kept: "\(map.name) is served as it was before: \(trouble)"
                case .failing: "\(map.name) fails temporarily: \(trouble)"
                }
            }
    }

    /// The program, its version, and since when it runs.
    var title: String {
        let instance = process.instance.isEmpty ? "" : " (\(process.instance))"
        let reloads =
            process.reloadsFailed == 0 ? "" : ", \(Figure.count(process.reloadsFailed)) reloads failed"
        let workers = process.workers == 1 ? "1 worker" : "\(process.workers) workers"
        return "mapmux \(process.version)\(instance), up \(Figure.age(process.takenAt - process.startedAt)), "
            + "\(workers), configuration read \(Figure.age(process.takenAt - process.configurationLoadedAt)) ago"
            + reloads
    }
}

extension HostStatistics {
    /// A table without `hosts` leaves the choice to libpq.
    var title: String { name.isEmpty ? Self.unnamed : name }

    static let unnamed = "(default)"
}

extension TargetStatistics {
    /// The line for a target that is dormant.
    package static let dormantText =
        "dormant: it is connected to when something is asked, as idle_interval is over"

    /// The line for a target that is paused.
    package var pauseText: String { "paused: lookups wait, for \(pausedSeconds) s more at most" }

    /// The line on answers by notification; nil if there are none.
    package var leaseText: String? {
        leaseAge.map {
            "by notification: all changes are known up to \(Figure.duration(Int(nearest: $0 * 1e9))) ago"
        }
    }

    fileprivate var report: [String] {
        var lines = ["TARGET \(name)"]
        let facts: [(String, Int)] = [
            ("waiting", waiting), ("in flight", inFlight), ("shared", shared), ("retries", retries),
            ("reconnects", reconnects), ("failovers", failovers),
            ("asked elsewhere", askedElsewhere), ("session resets", resets), ("renewals", renewals),
            ("prepared", prepared), ("unnamed", unnamed), ("literal", literal), ("batches", batches.count),
            ("keys in batches", batches.sum),
        ]
        if pausedSeconds > 0 { lines.append("  " + pauseText) }
        if isDormant { lines.append("  " + Self.dormantText) }
        if let outage { lines.append("  " + outage.text) }
        if let leaseText { lines.append("  " + leaseText) }
        lines.append("  " + facts.map { "\($0.0) \(Figure.count($0.1))" }.joined(separator: ", "))
        if !errors.isEmpty {
            let counts = errors.map { "\($0.class): \(Figure.count($0.count))" }
            lines.append("  errors by SQLSTATE class: " + counts.joined(separator: ", "))
        }
        var table = TextTable(heading: [
            "HOST", "STATE", "READY", "CONNECTING", "RETIRING", "EXTRA", "CONNECTS", "FAILURES", "LOST",
        ])
        for host in hosts {
            let counts = [
                host.ready, host.connecting, host.retiring, host.extra, host.connects,
                host.connectFailures, host.disconnects,
            ]
            table.add(
                [host.title, host.state.rawValue] + counts.map(Figure.count))
        }
        let troubles = hosts.compactMap { host in host.trouble.map { "\(host.title): \($0)" } }
        return lines + (table.lines + troubles).map { "  \($0)" }
    }
}
