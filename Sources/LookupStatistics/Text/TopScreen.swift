// `mapmux top`: what has happened between two snapshots, on one screen.

/// A screen's lines: never more than its height, none wider than it.
package struct TopScreen {
    package struct Size: Equatable, Sendable {
        package var columns: Int
        package var rows: Int

        package init(columns: Int, rows: Int) {
            self.columns = columns
            self.rows = rows
        }
    }

    private let earlier: StatisticsSnapshot?
    private let now: StatisticsSnapshot
    private let size: Size

    /// - Parameter earlier: nil for the first screen, which has no rates.
    package init(from earlier: StatisticsSnapshot?, to now: StatisticsSnapshot, size: Size) {
        // The counts of another process can't be subtracted.
        self.earlier = earlier?.process.startedAt == now.process.startedAt ? earlier : nil
        self.now = now
        self.size = size
    }

    package var lines: [String] {
        let footer = ["", "q quits"]
        var head = [now.title] + totals
        let troubles = now.troubles + now.bypassTexts + now.outageTexts
        let targets = [""] + (troubles.isEmpty ? [] : troubles + [""]) + targetLines
        let errors = errorLines
        let room = size.rows - footer.count
        // Lines on trouble come before the maps, which need only a glance.
        let mapRoom = room - head.count - 1 - targets.count - (errors.isEmpty ? 0 : 3)
        head += [""] + shortened(mapLines, to: max(3, mapRoom))
        var all = shortened(head + targets, to: room)
        if !errors.isEmpty && room - all.count >= 3 {
            let shown = errors.suffix(room - all.count - 2)
            all += ["", "RECENT ERRORS"] + shown
        }
        while all.count < room { all.append("") }
        return (all.prefix(max(0, room)) + footer).prefix(max(0, size.rows))
            .map { $0.fitted(to: size.columns) }
    }

    /// Leaves out what there is no room for, and says so.
    private func shortened(_ lines: [String], to count: Int) -> [String] {
        if lines.count <= count { return lines }
        let shown = max(0, count - 1)
        return lines.prefix(shown) + ["... \(lines.count - shown) more lines"]
    }

    // MARK: Parts

    private var seconds: Double? {
        guard let earlier else { return nil }
        let seconds = now.process.takenAt - earlier.process.takenAt
        return seconds > 0 ? seconds : nil
    }

    private func rate(_ count: Int) -> String {
        seconds.map { Figure.rate(Double(count) / $0) } ?? "-"
    }

    private var totals: [String] {
        var sum = Difference()
        for map in now.maps { sum.merge(difference(of: map)) }
        let clients = now.endpoints.reduce(0) { $0 &+ $1.clients }
        let waiting = now.targets.reduce(0) { $0 &+ $1.waiting }
        let inFlight = now.targets.reduce(0) { $0 &+ $1.inFlight }
        return [
            "\(rate(sum.outcomes.total)) lookups/s, p50 \(sum.quantile(0.5)), p99 \(sum.quantile(0.99)), "
                + "p99.9 \(sum.quantile(0.999)), temporary \(rate(sum.outcomes.temporary))/s",
            "\(Figure.count(clients)) clients, \(Figure.count(waiting)) waiting, "
                + "\(Figure.count(inFlight)) in flight",
        ]
    }

    private var mapLines: [String] {
        // What no map does needs no room.
        let isSearched = now.maps.contains { $0.searches.asked > 0 }
        let isReadAhead = now.maps.contains { $0.readAhead.asked > 0 }
        let isKept = now.maps.contains { $0.cache != nil }
        var table = TextTable(
            heading: ["MAP", "LOOKUPS/S", "FOUND", "NONE", "TEMP/S", "SUPPR", "P50", "P99"]
                + (isSearched ? ["KEYS"] : []) + (isReadAhead ? ["AHEAD"] : [])
                + (isKept ? ["KEPT"] : []))
        for map in now.maps {
            let difference = difference(of: map)
            let outcomes = difference.outcomes
            table.add(
                [
                    map.name, rate(outcomes.total), Figure.percentage(outcomes.found, of: outcomes.total),
                    Figure.percentage(outcomes.notFound, of: outcomes.total), rate(outcomes.temporary),
                    Figure.percentage(difference.suppressed, of: outcomes.total), difference.quantile(0.5),
                    difference.quantile(0.99),
                ] + (isSearched ? [difference.keysPerSearch] : [])
                    + (isReadAhead ? [difference.readAheadUse] : [])
                    + (isKept ? [map.cache == nil ? "-" : difference.kept.share] : []))
        }
        return table.lines(width: size.columns)
    }

    private var targetLines: [String] {
        // A count that has been zero since the start needs no room.
        let seldom: [(heading: String, count: KeyPath<TargetStatistics, Int>)] = [
            ("ELSEWH", \.askedElsewhere), ("RESETS", \.resets), ("RENEWED", \.renewals),
        ].filter { column in now.targets.contains { $0[keyPath: column.1] > 0 } }
        let hasExtra = now.targets.contains { $0.hosts.contains { $0.extra > 0 } }
        var pools = TextTable(
            heading: ["TARGET", "WAIT", "FLIGHT", "SHARED/S", "RETRY/S", "RECONN", "FAILOV"]
                + seldom.map(\.heading))
        var hosts = TextTable(
            heading: ["HOST", "STATE", "READY", "CONN", "RETIR", "FAILS", "LOST"]
                + (hasExtra ? ["EXTRA"] : []))
        for target in now.targets {
            let old = earlier?.targets.first { $0.name == target.name }
            pools.add(
                [
                    target.name + target.mark,
                    Figure.count(target.waiting), Figure.count(target.inFlight),
                    rate(target.shared &- (old?.shared ?? 0)), rate(target.retries &- (old?.retries ?? 0)),
                    Figure.count(target.reconnects), Figure.count(target.failovers),
                ] + seldom.map { Figure.count(target[keyPath: $0.count]) })
            for host in target.hosts {
                let counts =
                    [host.ready, host.connecting, host.retiring, host.connectFailures, host.disconnects]
                    + (hasExtra ? [host.extra] : [])
                hosts.add([host.title, host.state.rawValue] + counts.map(Figure.count))
            }
        }
        return pools.lines(width: size.columns) + [""] + hosts.lines(width: size.columns)
    }

    private var errorLines: [String] {
        now.recentErrors.map { error in
            let times = error.count > 1 ? " (\(Figure.count(error.count))x)" : ""
            return "\(Figure.age(now.process.takenAt - error.time)) \(error.place)\(times): \(error.message)"
        }
    }

    // MARK: Differences

    /// The lookups that one map, or all, have answered in between.
    private struct Difference {
        var outcomes = OutcomeCounts()
        var suppressed = 0
        var durations = Histogram()
        /// Searches that have ended, and their keys.
        var searches = 0
        var keys = 0
        /// Keys that were read ahead: used, and thrown away.
        var used = 0
        var thrownAway = 0
        var kept = CacheEvents()

        mutating func merge(_ other: Difference) {
            outcomes.merge(other.outcomes)
            suppressed &+= other.suppressed
            durations.merge(other.durations)
        }

        var keysPerSearch: String { searches > 0 ? Figure.rate(Double(keys) / Double(searches)) : "-" }
        var readAheadUse: String { Figure.percentage(used, of: used &+ thrownAway) }

        func quantile(_ part: Double) -> String {
            durations.count == 0 ? "-" : Figure.duration(durations.quantile(part))
        }
    }

    private func difference(of map: MapStatistics) -> Difference {
        guard let earlier else { return Difference() }
        let old =
            earlier.maps.first { $0.name == map.name }
            ?? MapStatistics(name: map.name, file: map.file, target: map.target)
        return Difference(
            outcomes: map.lookups.since(old.lookups),
            suppressed: map.suppressed.total &- old.suppressed.total, durations: map.total.since(old.total),
            searches: map.searches.asked &- old.searches.asked, keys: map.searches.keys &- old.searches.keys,
            used: map.readAhead.used &- old.readAhead.used,
            thrownAway: map.readAhead.thrownAway &- old.readAhead.thrownAway,
            kept: CacheEvents(map.cache).since(CacheEvents(old.cache)))
    }
}

extension TargetStatistics {
    fileprivate var mark: String { pausedSeconds > 0 ? " (paused)" : isDormant ? " (dormant)" : "" }
}
