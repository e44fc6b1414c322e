// The figures of a running daemon at one moment: what monitoring, the status page and the commands show.

/// Everything that is counted. Counters grow from the start of the process and never shrink; gauges say how it is now.
/// No key and no password is in it.
///
/// All of it is read back from the control socket, so that sums and differences wrap around, or stop at the greatest
/// number, where they would overflow.
package struct StatisticsSnapshot: Equatable, Sendable, Codable {
    package var process: ProcessFacts
    /// One for each protocol that clients can speak, in the order of `Endpoint.allCases`.
    package var endpoints: [EndpointStatistics]
    /// In the configuration's order.
    package var maps: [MapStatistics]
    package var targets: [TargetStatistics]
    /// The latest warnings and errors, oldest first, `RecentError.most` at most.
    package var recentErrors: [RecentError]
    /// The last hour; not in the JSON, where nearly everybody wants how it is now.
    package private(set) var history = StatisticsHistory()

    package init(
        process: ProcessFacts = ProcessFacts(),
        endpoints: [EndpointStatistics] = Endpoint.allCases.map { EndpointStatistics(endpoint: $0) },
        maps: [MapStatistics] = [], targets: [TargetStatistics] = [], recentErrors: [RecentError] = []
    ) {
        self.process = process
        self.endpoints = endpoints
        self.maps = maps
        self.targets = targets
        self.recentErrors = recentErrors
    }

    private enum CodingKeys: String, CodingKey {
        case process, endpoints, maps, targets
        case recentErrors = "recent_errors"
    }

    /// Adds what another worker of the same process has counted. `process` stays.
    package mutating func merge(_ other: StatisticsSnapshot) {
        endpoints.merge(other.endpoints, by: \.endpoint) { $0.merge($1) }
        maps.merge(other.maps, by: \.name) { $0.merge($1) }
        targets.merge(other.targets, by: \.name) { $0.merge($1) }
        recentErrors = RecentError.merged(recentErrors, other.recentErrors)
    }

    /// Takes in the last hour, and notes of each map and each endpoint what has happened lately by it.
    package mutating func note(_ history: StatisticsHistory) {
        for index in maps.indices { maps[index].lately = history.lately(in: maps[index]) }
        for index in endpoints.indices { endpoints[index].lately = history.lately(at: endpoints[index]) }
        self.history = history
    }
}

/// What is true of the process as a whole.
package struct ProcessFacts: Equatable, Sendable, Codable {
    /// As `mapmux --version` has it.
    package var version = ""
    /// What tells this daemon from others; empty where it has no name.
    package var instance = ""
    package var workers = 1
    /// Seconds since 1970.
    package var startedAt = 0.0
    /// When the configuration in use was read, and how later readings went.
    package var configurationLoadedAt = 0.0
    package var reloadsSucceeded = 0
    /// Those that were carried out but for tables whose files or logins can't be used.
    package var reloadsPartial = 0
    package var reloadsFailed = 0
    /// Why the latest reload was refused; nil where it was carried out, or there was none.
    package var reloadRefusal: String?
    /// Why nothing can be served, with file and line: each lookup fails temporarily then. Nil where the configuration can be
    /// used.
    package var configurationTrouble: String?
    /// When the snapshot was taken.
    package var takenAt = 0.0

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case version, instance, workers
        case startedAt = "started_at"
        case configurationLoadedAt = "configuration_loaded_at"
        case reloadsSucceeded = "reloads_succeeded"
        case reloadsPartial = "reloads_partial"
        case reloadsFailed = "reloads_failed"
        case reloadRefusal = "reload_refusal"
        case configurationTrouble = "configuration_trouble"
        case takenAt = "taken_at"
    }
}
