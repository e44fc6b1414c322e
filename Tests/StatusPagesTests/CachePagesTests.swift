// Kept answers as Prometheus, load balancers and the page see them.

import LookupStatistics
import Testing

@testable import StatusPages

@Suite("Kept answers in metrics and pages")
struct CachePagesTests {
    private static func snapshot() -> StatisticsSnapshot {
        var cache = CacheStatistics()
        cache.hitsFound = 300
        cache.hitsNotFound = 600
        cache.misses = 100
        cache.bypassed = 7
        cache.kept = 90
        cache.tooLarge = 1
        cache.overtaken = 2
        cache.unproven = 3
        cache.unlikely = 4
        cache.changedKeys = 11
        cache.changedTables = 5
        cache.evicted = 13
        cache.stale = 17
        cache.entries = 80
        cache.bytes = 12_800
        cache.basis = .notification
        cache.bypass = .late
        var kept = MapStatistics(name: "aliases", file: "/a.cf", target: "u@db/mail")
        kept.cache = cache
        let other = MapStatistics(name: "plain", file: "/b.cf", target: "u@db/mail")
        var target = TargetStatistics(name: "u@db/mail", hosts: [HostStatistics(name: "db")])
        target.leaseAge = 0.25
        var snapshot = StatisticsSnapshot(maps: [kept, other], targets: [target], cache: cache)
        snapshot.process.cacheSize = 1_048_576
        return snapshot
    }

    private static func lines(_ snapshot: StatisticsSnapshot) -> [Substring] {
        MetricsText.render(snapshot).split(separator: "\n")
    }

    @Test(
        "Each figure is one line",
        arguments: [
            "mapmux_cache_size_bytes 1048576", "mapmux_cache_used_bytes 12800",
            #"mapmux_cache_hits_total{map="aliases",outcome="found"} 300"#,
            #"mapmux_cache_hits_total{map="aliases",outcome="not_found"} 600"#,
            #"mapmux_cache_misses_total{map="aliases"} 100"#,
            #"mapmux_cache_bypassed_lookups_total{map="aliases"} 7"#,
            #"mapmux_cache_kept_total{map="aliases"} 90"#,
            #"mapmux_cache_refused_total{map="aliases",reason="too_large"} 1"#,
            #"mapmux_cache_refused_total{map="aliases",reason="overtaken"} 2"#,
            #"mapmux_cache_refused_total{map="aliases",reason="unproven"} 3"#,
            #"mapmux_cache_refused_total{map="aliases",reason="unlikely"} 4"#,
            #"mapmux_cache_changes_total{map="aliases",extent="key"} 11"#,
            #"mapmux_cache_changes_total{map="aliases",extent="all"} 5"#,
            #"mapmux_cache_evictions_total{map="aliases"} 13"#,
            #"mapmux_cache_stale_answers_total{map="aliases"} 17"#,
            #"mapmux_cache_entries{map="aliases"} 80"#, #"mapmux_cache_bytes{map="aliases"} 12800"#,
            #"mapmux_cache_bypass{map="aliases",reason="late"} 1"#,
            #"mapmux_cache_bypass{map="aliases",reason="unheard"} 0"#,
            #"mapmux_target_answers_kept{target="u@db/mail"} 0"#,
            #"mapmux_lease_age_seconds{target="u@db/mail"} 0.25"#,
        ])
    func metrics(line: String) {
        #expect(Self.lines(Self.snapshot()).filter { $0 == line }.count == 1)
    }

    @Test("A map that is not kept has none of them, nor has a map by time a bypass")
    func others() {
        var snapshot = Self.snapshot()
        #expect(!Self.lines(snapshot).contains { $0.contains("_cache_") && $0.contains("plain") })
        snapshot.maps[0].cache?.basis = .time
        #expect(!Self.lines(snapshot).contains { $0.hasPrefix("mapmux_cache_bypass{") })
        snapshot.maps.removeFirst()
        snapshot.cache = nil
        snapshot.process.cacheSize = nil
        #expect(!Self.lines(snapshot).contains { $0.hasPrefix("mapmux_cache_") })
    }

    @Test(
        "A target that can't be asked leaves mapmux ready while the last answers of each of its maps are given",
        arguments: [(3, 3, 10.0, true), (3, 3, 3_600, false), (3, 2, 10, false), (3, 0, 10, false)])
    func readiness(maps: Int, given: Int, seconds: Double, isReady: Bool) {
        var snapshot = Self.snapshot()
        snapshot.targets[0].outage = OutageStatistics(
            seconds: seconds, maps: maps, givenMaps: given, boundSeconds: 3_600)
        let probe = ReadinessProbe.lines(snapshot)
        #expect(probe.isReady == isReady)
        let text = snapshot.targets[0].outage?.text ?? ""
        #expect(probe.lines == ["u@db/mail \(given > 0 ? text : "has no live connection")"])
        let isGiven = given > 0 ? 1 : 0
        #expect(
            Self.lines(snapshot).contains(
                "mapmux_target_answers_kept{target=\"u@db/mail\"} \(isGiven)"))
    }

    @Test("Another target without a connection is another matter")
    func otherTargets() {
        var snapshot = Self.snapshot()
        snapshot.targets[0].outage = OutageStatistics(
            seconds: 1, maps: 1, givenMaps: 1, boundSeconds: 3_600)
        snapshot.targets.append(TargetStatistics(name: "other", hosts: []))
        #expect(!ReadinessProbe.lines(snapshot).isReady)
        #expect(ReadinessProbe.lines(snapshot).lines.last == "other has no live connection")
    }

    @Test("The page knows each reason for a bypass, in the same words as the report")
    func words() {
        let page = StatusPage.text(nonce: "n")
        for reason in CacheStatistics.Bypass.allCases {
            #expect(page.contains("\(reason.rawValue): \"\(reason.text)\""), "\(reason)")
        }
        for basis in CacheStatistics.Basis.allCases {
            #expect(page.contains("\(basis.rawValue): \""), "\(basis)")
        }
    }
}
