// The metrics of kept answers.

internal import LookupStatistics
internal import LookupValues

extension MetricFamily {
    static let roomOfCache = [
        MetricFamily(name: "mapmux_cache_size_bytes", kind: .gauge, help: "The room for kept answers.") {
            $0.process.cacheSize.map { [Sample(labels: [], value: .number($0))] } ?? []
        },
        MetricFamily(name: "mapmux_cache_used_bytes", kind: .gauge, help: "What of it is taken.") {
            $0.cache.map { [Sample(labels: [], value: .number($0.bytes))] } ?? []
        },
    ]

    static let cacheOfMaps = [
        MetricFamily(
            .counter, "mapmux_cache_hits_total",
            "Lookups that a kept answer has answered. Maps on one table have the figures of the table.",
            cache: {
                [Sample(.number($0.hitsFound), ("outcome", "found"))]
                    + [Sample(.number($0.hitsNotFound), ("outcome", "not_found"))]
            }),
        MetricFamily(
            .counter, "mapmux_cache_misses_total", "Lookups of kept maps for which the database was asked.",
            cache: { [Sample(.number($0.misses))] }),
        MetricFamily(
            .counter, "mapmux_cache_bypassed_lookups_total",
            "Those of them for which there was an answer that was not known to be fresh.",
            cache: { [Sample(.number($0.bypassed))] }),
        MetricFamily(
            .counter, "mapmux_cache_kept_total", "Answers that were kept.",
            cache: { [Sample(.number($0.kept))] }),
        MetricFamily(
            .counter, "mapmux_cache_refused_total",
            "Answers that were not: too large, overtaken by a change, a flush or a reload, or not known to be current.",
            cache: { cache in
                [
                    Sample(.number(cache.tooLarge), ("reason", "too_large")),
                    Sample(.number(cache.overtaken), ("reason", "overtaken")),
                    Sample(.number(cache.unproven), ("reason", "unproven")),
                    Sample(.number(cache.unlikely), ("reason", "unlikely")),
                ]
            }),
        MetricFamily(
            .counter, "mapmux_cache_changes_total",
            "Notified changes of keys, and of all that is kept of a table.",
            cache: { cache in
                [
                    Sample(.number(cache.changedKeys), ("extent", "key")),
                    Sample(.number(cache.changedTables), ("extent", "all")),
                ]
            }),
        MetricFamily(
            .counter, "mapmux_cache_evictions_total", "Kept answers that had to make room for others.",
            cache: { [Sample(.number($0.evicted))] }),
        MetricFamily(
            .counter, "mapmux_cache_stale_answers_total",
            "Answers that were given while no host could be asked: see stale_while_down.",
            cache: { [Sample(.number($0.stale))] }),
        MetricFamily(
            .gauge, "mapmux_cache_entries", "Answers that are kept now.",
            cache: { [Sample(.number($0.entries))] }),
        MetricFamily(
            .gauge, "mapmux_cache_bytes", "The room that they take.",
            cache: { [Sample(.number($0.bytes))] }),
        MetricFamily(
            .gauge, "mapmux_cache_bypass",
            "1 for why a map is not answered by notification, though it should be; all are 0 if it is.",
            cache: { cache in
                if cache.basis != .notification { return [] }
                return CacheStatistics.Bypass.allCases.map {
                    Sample(.number(cache.bypass == $0 ? 1 : 0), ("reason", $0.rawValue))
                }
            }),
    ]

    static let cacheOfTargets = [
        MetricFamily(
            .gauge, "mapmux_target_answers_kept",
            "Whether no host can be asked, and the last answers of some map are given meanwhile.",
            target: { target in
                [Sample(.number(target.outage.map { $0.givenMaps > 0 ? 1 : 0 } ?? 0))]
            }),
        MetricFamily(
            .gauge, "mapmux_lease_age_seconds",
            "How long ago all changes were known, for answers by notification.",
            target: { target in target.leaseAge.map { [Sample(.real($0))] } ?? [] }),
    ]

    /// Any number for each map whose answers are kept, with labels of their own.
    private init(
        _ kind: Kind, _ name: String, _ help: String,
        cache samples: @escaping @Sendable (CacheStatistics) -> [Sample]
    ) {
        self.init(kind, name, help, map: { map in map.cache.map(samples) ?? [] })
    }
}
