// The figures of a running daemon at one moment, as monitoring, the status page and the commands show them.

internal import LookupValues

/// All counters and gauges. Counters grow from the start of the process and never shrink; gauges tell the present state.
/// No key and no password is in it.
///
/// Commands read it from the control socket and must not trap: sums and differences that would overflow wrap around, or
/// stop at the greatest number.
package struct StatisticsSnapshot: Equatable, Sendable, Codable {
    package var process: ProcessFacts
    /// One for each protocol that clients can speak, in the order of `ClientProtocol.allCases`.
    package var endpoints: [EndpointStatistics]
    /// In the configuration's order.
    package var maps: [MapStatistics]
    package var targets: [TargetStatistics]
    /// The latest warnings and errors, oldest first, `RecentError.most` at most.
    package var recentErrors: [RecentError]
    /// All answers that are kept; nil if none are to be.
    package var cache: CacheStatistics?
    /// The last hour; not in the JSON, which is for the present state.
    package private(set) var history = StatisticsHistory()

    package init(
        process: ProcessFacts = ProcessFacts(),
        endpoints: [EndpointStatistics] = ClientProtocol.allCases.map { EndpointStatistics($0) },
        maps: [MapStatistics] = [], targets: [TargetStatistics] = [], recentErrors: [RecentError] = [],
        cache: CacheStatistics? = nil
    ) {
        self.process = process
        self.endpoints = endpoints
        self.maps = maps
        self.targets = targets
        self.recentErrors = recentErrors
        self.cache = cache
    }

    private enum CodingKeys: String, CodingKey {
        case process, endpoints, maps, targets, cache
        case recentErrors = "recent_errors"
    }

    /// Adds the figures of another worker of the same process. `process` stays.
    package mutating func merge(_ other: StatisticsSnapshot) {
        endpoints.merge(other.endpoints, by: \.clientProtocol) { $0.merge($1) }
        maps.merge(other.maps, by: \.name) { $0.merge($1) }
        targets.merge(other.targets, by: \.name) { $0.merge($1) }
        recentErrors = RecentError.merged(recentErrors, other.recentErrors)
        cache.merge(other.cache)
    }

    /// Takes in the last hour, and from it the events of the last five minutes of each map and each endpoint.
    package mutating func note(_ history: StatisticsHistory) {
        for index in maps.indices {
            let (outcomes, kept) = history.lately(in: maps[index])
            maps[index].lately = outcomes
            maps[index].cache?.lately = kept
        }
        for index in endpoints.indices { endpoints[index].lately = history.lately(at: endpoints[index]) }
        self.history = history
    }
}

/// Facts of the process as a whole.
package struct ProcessFacts: Equatable, Sendable, Codable {
    /// As `mapmux --version` prints it.
    package var version = ""
    /// The daemon's name, which tells it apart from others; empty if it has none.
    package var instance = ""
    package var workers = 1
    /// The room for kept answers, in bytes: cache_size; nil if it is not known.
    package var cacheSize: Int?
    /// Seconds since 1970.
    package var startedAt = 0.0
    /// When the configuration in use was read, and how many reloads there have been with which result.
    package var configurationLoadedAt = 0.0
    package var reloadsSucceeded = 0
    /// Reloads that were carried out except for tables whose files or logins can't be used.
    package var reloadsPartial = 0
    package var reloadsFailed = 0
    /// Why the latest reload was refused; nil if it was carried out, or there was none.
    package var reloadRefusal: String?
    /// Why nothing can be served, with file and line: then each lookup fails temporarily. Nil if the configuration can be
    /// used.
    package var configurationTrouble: String?
    /// When the snapshot was taken.
    package var takenAt = 0.0

    package init() {}

    private enum CodingKeys: String, CodingKey {
        case version, instance, workers
        case cacheSize = "cache_size"
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
