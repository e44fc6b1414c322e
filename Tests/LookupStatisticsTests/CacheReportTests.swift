// What is shown of kept answers: in the report, in top, for monitoring, and of the last five minutes.

import LookupStatistics
import Testing

@Suite("Figures of kept answers")
struct CacheReportTests {
    /// Figures of which each is another one.
    static func cache(_ times: Int = 1) -> CacheStatistics {
        var cache = CacheStatistics()
        cache.hitsFound = 300 * times
        cache.hitsNotFound = 600 * times
        cache.misses = 100 * times
        cache.bypassed = 7 * times
        cache.kept = 90 * times
        cache.tooLarge = 1 * times
        cache.overtaken = 2 * times
        cache.unproven = 3 * times
        cache.unlikely = 4 * times
        cache.changedKeys = 11 * times
        cache.changedTables = 5 * times
        cache.evicted = 13 * times
        cache.stale = 17 * times
        cache.entries = 80
        cache.bytes = 12_800
        cache.basis = .time
        return cache
    }

    private static func snapshot(at time: Double = 100, _ times: Int = 1) -> StatisticsSnapshot {
        var kept = MapStatistics(name: "aliases", file: "/a.cf", target: "u@db/mail")
        kept.socketmap.found = 1_000 * times
        kept.cache = cache(times)
        let other = MapStatistics(name: "plain", file: "/b.cf", target: "u@db/mail")
        let target = TargetStatistics(name: "u@db/mail", hosts: [HostStatistics(name: "db")])
        var snapshot = StatisticsSnapshot(maps: [kept, other], targets: [target], cache: cache(times))
        snapshot.process.cacheSize = 64 << 20
        snapshot.process.takenAt = time
        return snapshot
    }

    private static let outage = OutageStatistics(seconds: 42, maps: 3, givenMaps: 2, boundSeconds: 3_600)

    // MARK: Sums

    @Test("The figures of several workers add up, and what is wrong with one is said")
    func merging() {
        var sum: CacheStatistics?
        sum.merge(nil)
        #expect(sum == nil)
        sum.merge(Self.cache())
        var other = Self.cache(2)
        other.bypass = .late
        sum.merge(other)
        sum.merge(nil)
        var expected = Self.cache(3)
        expected.entries = 160
        expected.bytes = 25_600
        expected.bypass = .late
        #expect(sum == expected)
        #expect(sum?.hits == 2_700 && sum?.refused == 30)
    }

    @Test("What is kept no more counts on, and takes no room")
    func formerTables() {
        var cache = Self.cache()
        cache.bypass = .triggers
        let former = cache.withoutGauges
        #expect(former.entries == 0 && former.bytes == 0 && former.basis == nil && former.bypass == nil)
        #expect(former.hits == 900 && former.misses == 100 && former.refused == 10)
    }

    @Test("Of an outage, the longest counts, and a target is as far behind as its last worker")
    func targets() {
        var one = TargetStatistics(name: "t", hosts: [])
        var other = one
        other.outage = Self.outage
        other.leaseAge = 1.5
        one.leaseAge = 0.5
        one.merge(other)
        #expect(one.outage == Self.outage && one.leaseAge == 1.5)
        other.outage?.seconds = 50
        one.merge(other)
        #expect(one.outage?.seconds == 50)
        one.merge(TargetStatistics(name: "t", hosts: []))
        #expect(one.outage?.seconds == 50 && one.leaseAge == 1.5)
        #expect(one.withoutGauges.outage == nil && one.withoutGauges.leaseAge == nil)
    }

    // MARK: The report

    @Test("The report has a line for each map that is kept, and the room of all")
    func report() {
        let lines = Self.snapshot().report.drop { !$0.hasPrefix("KEPT") }.prefix(4)
        #expect(
            Array(lines) == [
                "KEPT     HITS  FOUND  NOT FOUND  MISSES  5 MIN  STALE  ENTERED  REFUSED  CHANGED  ALL CHANGED  EVICTED  "
                    + "ENTRIES   BYTES",
                "aliases   900    300        600     100      -     17       90       10       11            5       13  "
                    + "     80  12,800",
                "  aliases was not kept: 2 with a change, a flush or a reload meanwhile, 1 too large, 3 not known to be current, "
                    + "4 of keys that hardly come again",
                "  all: 80 entries, 12,800 of 67,108,864 bytes",
            ])
        var none = Self.snapshot()
        none.maps.removeFirst()
        #expect(!none.report.contains { $0.hasPrefix("KEPT") || $0.contains("all:") })
    }

    @Test("It says why a map is not answered by notification", arguments: CacheStatistics.Bypass.allCases)
    func bypass(reason: CacheStatistics.Bypass) {
        var snapshot = Self.snapshot()
        snapshot.maps[0].cache?.bypass = reason
        let text = "aliases is not answered by notification: \(reason.text)"
        #expect(snapshot.report.contains("  \(text)"))
        #expect(
            TopScreen(from: nil, to: snapshot, size: .init(columns: 120, rows: 30)).lines.contains(text))
        let plugin = PluginReport(snapshot, .init())
        // At the start, nothing is known for a moment.
        #expect(plugin.messages.contains(text) == (reason != .unknown))
    }

    @Test("It says how long ago all changes were known")
    func lease() {
        var snapshot = Self.snapshot()
        snapshot.targets[0].leaseAge = 0.4
        #expect(snapshot.report.contains("  by notification: all changes are known up to 400ms ago"))
    }

    @Test(
        "An outage is put into words",
        arguments: [
            (3, 2, "the last answers of 2 of its 3 maps are given, up to an age of 1h 0m"),
            (3, 3, "the last answers of its 3 maps are given, up to an age of 1h 0m"),
            (1, 1, "the last answers of its map are given, up to an age of 1h 0m"),
            (3, 0, "no map of it is in stale_while_down"),
        ])
    func outages(maps: Int, given: Int, text: String) {
        var snapshot = Self.snapshot()
        snapshot.targets[0].outage = OutageStatistics(
            seconds: 42, maps: maps, givenMaps: given, boundSeconds: 3_600)
        let whole = "can't be asked, for 42s: \(text)"
        #expect(snapshot.report.contains("  \(whole)"))
        #expect(snapshot.outageTexts == (given > 0 ? ["u@db/mail \(whole)"] : []))
    }

    @Test("An outage is bridged as long as the last answers of each map may be given")
    func bridging() {
        func isBridged(_ maps: Int, _ given: Int, _ seconds: Double) -> Bool {
            OutageStatistics(seconds: seconds, maps: maps, givenMaps: given, boundSeconds: 60).isBridged
        }
        #expect(isBridged(2, 2, 59) && !isBridged(2, 2, 60))
        #expect(!isBridged(2, 1, 1) && !isBridged(2, 0, 1) && !isBridged(0, 0, 1))
    }

    @Test("Monitoring is told that the last answers are given, and it is critical")
    func plugin() {
        var snapshot = Self.snapshot()
        snapshot.targets[0].hosts[0].state = .failing
        #expect(PluginReport(snapshot, .init()).messages == ["u@db/mail has no live connection"])
        snapshot.targets[0].outage = Self.outage
        let report = PluginReport(snapshot, .init())
        #expect(report.level == .critical)
        #expect(report.messages == ["u@db/mail \(Self.outage.text)"])
    }

    // MARK: Lately

    @Test("Top has the share of hits since the last screen, if any map is kept")
    func top() {
        var (earlier, now) = (Self.snapshot(at: 100), Self.snapshot(at: 102, 3))
        func maps() -> ArraySlice<String> {
            TopScreen(from: earlier, to: now, size: .init(columns: 90, rows: 24)).lines[4...6]
        }
        #expect(
            maps() == [
                "MAP      LOOKUPS/S   FOUND  NONE  TEMP/S  SUPPR  P50  P99   KEPT",
                "aliases      1,000  100.0%  0.0%     0.0   0.0%    -    -  91.7%",
                "plain          0.0       -     -     0.0      -    -    -      -",
            ])
        earlier.maps[0].cache = nil
        now.maps[0].cache = nil
        #expect(maps().allSatisfy { !$0.contains("KEPT") })
    }

    @Test("The last five minutes are known of kept answers, too")
    func lately() {
        var history = StatisticsHistory()
        for point in 0...40 {
            let snapshot = Self.snapshot(at: Double(10 * point), point)
            history.add(maps: snapshot.maps, endpoints: snapshot.endpoints, at: Double(10 * point))
        }
        var snapshot = Self.snapshot(at: 405, 41)
        snapshot.note(history)
        // 30 points, and what has come since.
        #expect(snapshot.maps[0].cache?.lately?.hits == 31 * 900)
        #expect(snapshot.maps[0].cache?.lately?.misses == 31 * 100)
        #expect(snapshot.maps[0].cache?.lately?.stale == 31 * 17)
        #expect(snapshot.maps[1].cache == nil)
        #expect(snapshot.report.contains { $0.hasPrefix("aliases") && $0.contains("91.7%") })
    }

    @Test("A map that is kept from some time on has no events before")
    func begin() {
        var history = StatisticsHistory()
        var snapshot = Self.snapshot(at: 0)
        snapshot.maps[0].cache = nil
        history.add(maps: snapshot.maps, endpoints: snapshot.endpoints, at: 0)
        snapshot = Self.snapshot(at: 10)
        history.add(maps: snapshot.maps, endpoints: snapshot.endpoints, at: 10)
        snapshot.note(history)
        #expect(snapshot.maps[0].cache?.lately?.hits == 900)
    }
}
