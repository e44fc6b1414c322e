// `mapmux status`: the daemon's state, as Nagios, Icinga and their kin read it.

internal import LookupValues

/// The result of a monitoring plugin: a level, which is its exit status, a line for people, and figures for graphs.
package struct PluginReport: Equatable, Sendable {
    /// As the Monitoring Plugins Development Guidelines number them.
    package enum Level: Int32, Comparable, Sendable {
        case ok = 0
        case warning = 1
        case critical = 2
        case unknown = 3

        package static func < (one: Level, other: Level) -> Bool { one.rawValue < other.rawValue }

        fileprivate var name: String {
            switch self {
            case .ok: "OK"
            case .warning: "WARNING"
            case .critical: "CRITICAL"
            case .unknown: "UNKNOWN"
            }
        }
    }

    /// A warning, or critical, if more than this percentage of the lookups of the last five minutes have failed temporarily.
    package struct Thresholds: Equatable, Sendable {
        package var warning: Double
        package var critical: Double

        package init(warning: Double = 0, critical: Double = 10) {
            self.warning = warning
            self.critical = critical
        }
    }

    package let level: Level
    /// The messages, the worst first.
    package let messages: [String]
    /// Each as `label=value;warning;critical;least;most`.
    package let figures: [String]

    /// The report if there are no figures.
    package init(_ level: Level, _ message: String) {
        self.level = level
        messages = [message]
        figures = []
    }

    package init(_ snapshot: StatisticsSnapshot, _ thresholds: Thresholds) {
        let lately = snapshot.lately
        var findings = snapshot.findings
        let share = lately.total == 0 ? 0 : 100 * Double(lately.temporary) / Double(lately.total)
        let failures =
            "\(Figure.count(lately.temporary)) of \(Figure.count(lately.total)) lookups have failed in the last 5 minutes"
        if share > thresholds.critical {
            findings.append(Finding(.critical, failures))
        } else if share > thresholds.warning {
            findings.append(Finding(.warning, failures))
        }
        level = findings.map(\.level).max() ?? .ok
        // The first is seen first. Equally bad ones keep their order.
        let sorted = findings.filter { $0.level == .critical } + findings.filter { $0.level == .warning }
        let dormant = snapshot.targets.count(where: \.isDormant)
        let live = snapshot.targets.count(where: \.isLive)
        let connected =
            (live == 1 ? "1 database connected" : "\(live) databases connected")
            + (dormant == 0 ? "" : ", \(dormant) dormant")
        messages =
            sorted.isEmpty
            ? ["\(snapshot.maps.count == 1 ? "1 map" : "\(snapshot.maps.count) maps")", connected, failures]
            : Self.bounded(sorted.map(\.text))
        figures = Self.figures(of: snapshot, lately, share, thresholds)
    }

    /// How many messages are printed at most, and how long each may be, in bytes. Pagers show no more, and some readers of
    /// plugins cut a line after 4 KiB, before which the figures must stand.
    private static let mostMessages = 10
    private static let longestMessage = 250

    private static func bounded(_ texts: [String]) -> [String] {
        let left = texts.count - mostMessages
        return texts.prefix(mostMessages).map { $0.shown(upTo: longestMessage) }
            + (left > 0 ? ["and \(left) more"] : [])
    }

    private static func figures(
        of snapshot: StatisticsSnapshot, _ lately: OutcomeCounts, _ share: Double, _ thresholds: Thresholds
    ) -> [String] {
        let all = snapshot.maps.reduce(into: OutcomeCounts()) { $0.merge($1.lookups) }
        let connections = snapshot.targets.flatMap(\.hosts).reduce(0) { $0 &+ $1.ready }
        let clients = snapshot.endpoints.reduce(0) { $0 &+ $1.clients }
        let waiting = snapshot.targets.reduce(0) { $0 &+ $1.waiting }
        let inFlight = snapshot.targets.reduce(0) { $0 &+ $1.inFlight }
        // Two decimal places are enough for a percentage.
        let percent = (share * 100).rounded() / 100
        return [
            "failed_share=\(percent)%;\(thresholds.warning);\(thresholds.critical);0;100",
            "lookups=\(all.total)c", "found=\(all.found)c", "not_found=\(all.notFound)c",
            "temporary=\(all.temporary)c", "permanent=\(all.permanent)c", "clients=\(clients);;;0",
            "waiting=\(waiting);;;0", "in_flight=\(inFlight);;;0", "connections=\(connections);;;0",
        ]
    }

    /// The text to print: one line, as mail and pagers show no more.
    package var line: String {
        // A bar would begin the figures.
        let clean = messages.joined(separator: "; ").shown().replacing("|", with: "/")
        return "MAPMUX \(level.name) - \(clean)"
            + (figures.isEmpty ? "" : " | " + figures.joined(separator: " "))
    }
}

extension StatisticsSnapshot {
    /// Lookups of the last five minutes in all maps of which that is known.
    package var lately: OutcomeCounts {
        maps.reduce(into: OutcomeCounts()) { sum, map in
            if let counts = map.lately { sum.merge(counts) }
        }
    }
}
