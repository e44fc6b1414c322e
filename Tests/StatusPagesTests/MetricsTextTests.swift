// Snapshots as Prometheus reads them.

import LookupStatistics
import Testing

@testable import StatusPages

/// One map, one target with two hosts, and something of everything.
private func snapshot() -> StatisticsSnapshot {
    var map = MapStatistics(name: "aliases", file: "/etc/postfix/aliases.cf", target: "u@db1,db2/mail")
    map.socketmap.found = 5
    map.socketmap.notFound = 2
    map.proxymap.temporary = 3
    map.suppressed.filtered = 1
    for (keys, hit) in [(3, 1), (3, nil), (9, 8), (1, 0)] { map.searches.note(keys: keys, hit: hit) }
    map.readAhead.asked = 12
    map.readAhead.used = 7
    map.readAhead.thrownAway = 4
    map.readAhead.givenUp = 1
    map.cache = CacheStatistics()
    map.cache?.basis = .notification
    for nanoseconds in [50_000, 300_000, 3_000_000, 3_000_000, 20_000_000_000] as [Int64] {
        map.total.record(nanoseconds)
    }
    var target = TargetStatistics(
        name: "u@db1,db2/mail", hosts: [HostStatistics(name: "db1"), HostStatistics(name: "db2")])
    target.waiting = 7
    target.leaseAge = 1
    target.hosts[0].ready = 4
    target.hosts[1].state = .failing
    target.batches.record(3)
    target.batches.record(600)
    target.noteError(sqlState: "57014")
    var snapshot = StatisticsSnapshot(maps: [map], targets: [target], cache: map.cache)
    snapshot.process.cacheSize = 1
    snapshot.process.version = "1.2.3"
    snapshot.process.reloadsFailed = 2
    snapshot.process.startedAt = 1_795_000_000.25
    snapshot.endpoints[0].clients = 11
    return snapshot
}

private func lines(_ snapshot: StatisticsSnapshot) -> [Substring] {
    MetricsText.render(snapshot).split(separator: "\n", omittingEmptySubsequences: false)
}

@Test(
    "Each figure is one line",
    arguments: [
        "mapmux_build_info{version=\"1.2.3\"} 1", "mapmux_start_time_seconds 1795000000.25",
        "mapmux_reloads_total{result=\"failed\"} 2", "mapmux_clients{endpoint=\"socketmap\"} 11",
        "mapmux_lookups_total{map=\"aliases\",endpoint=\"socketmap\",outcome=\"found\"} 5",
        "mapmux_lookups_total{map=\"aliases\",endpoint=\"proxymap\",outcome=\"temporary_failure\"} 3",
        "mapmux_suppressed_lookups_total{map=\"aliases\",reason=\"filtered\"} 1",
        "mapmux_searches_total{map=\"aliases\",hit=\"1\"} 1",
        "mapmux_searches_total{map=\"aliases\",hit=\"2\"} 1",
        "mapmux_searches_total{map=\"aliases\",hit=\"3\"} 0",
        "mapmux_searches_total{map=\"aliases\",hit=\"later\"} 1",
        "mapmux_searches_total{map=\"aliases\",hit=\"none\"} 1",
        "mapmux_search_keys_total{map=\"aliases\"} 16",
        "mapmux_read_ahead_keys_total{map=\"aliases\"} 12",
        "mapmux_read_ahead_used_total{map=\"aliases\"} 7",
        "mapmux_read_ahead_thrown_away_total{map=\"aliases\"} 4",
        "mapmux_read_ahead_given_up_total{map=\"aliases\"} 1",
        "mapmux_map_state{map=\"aliases\",state=\"current\"} 1",
        "mapmux_map_state{map=\"aliases\",state=\"kept\"} 0",
        "mapmux_lookups_waiting{target=\"u@db1,db2/mail\"} 7",
        "mapmux_target_up{target=\"u@db1,db2/mail\"} 1",
        "mapmux_connections{target=\"u@db1,db2/mail\",host=\"db1\",state=\"ready\"} 4",
        "mapmux_host_state{target=\"u@db1,db2/mail\",host=\"db2\",state=\"failing\"} 1",
        "mapmux_host_state{target=\"u@db1,db2/mail\",host=\"db2\",state=\"up\"} 0",
        "mapmux_query_errors_total{target=\"u@db1,db2/mail\",sqlstate_class=\"57\"} 1",
    ])
func eachFigureIsOneLine(line: String) {
    #expect(lines(snapshot()).filter { $0 == line }.count == 1)
}

@Test("Buckets of durations are cumulative and in seconds")
func bucketsOfDurationsAreCumulativeAndInSeconds() {
    let buckets = lines(snapshot()).filter { $0.hasPrefix("mapmux_lookup_duration_seconds") }
    let counts = buckets.map { $0.split(separator: " ")[1] }
    #expect(buckets.count == 19)
    #expect(buckets[0] == "mapmux_lookup_duration_seconds_bucket{map=\"aliases\",le=\"0.0001\"} 1")
    #expect(buckets[2] == "mapmux_lookup_duration_seconds_bucket{map=\"aliases\",le=\"0.0005\"} 2")
    #expect(buckets[5] == "mapmux_lookup_duration_seconds_bucket{map=\"aliases\",le=\"0.005\"} 4")
    #expect(buckets[15] == "mapmux_lookup_duration_seconds_bucket{map=\"aliases\",le=\"10\"} 4")
    #expect(buckets[16] == "mapmux_lookup_duration_seconds_bucket{map=\"aliases\",le=\"+Inf\"} 5")
    #expect(buckets[17].hasPrefix("mapmux_lookup_duration_seconds_sum{map=\"aliases\"} 20.0063"))
    #expect(counts[18] == "5")
}

@Test("Buckets of batches count keys")
func bucketsOfBatchesCountKeys() {
    let text = MetricsText.render(snapshot())
    let labels = "target=\"u@db1,db2/mail\""
    #expect(text.contains("mapmux_batch_keys_bucket{\(labels),le=\"2\"} 0\n"))
    #expect(text.contains("mapmux_batch_keys_bucket{\(labels),le=\"4\"} 1\n"))
    #expect(text.contains("mapmux_batch_keys_bucket{\(labels),le=\"512\"} 1\n"))
    #expect(text.contains("mapmux_batch_keys_bucket{\(labels),le=\"+Inf\"} 2\n"))
    #expect(text.contains("mapmux_batch_keys_sum{\(labels)} 603\n"))
}

@Test("Maps in trouble are named, and take nobody out of use")
func mapsInTroubleAreNamedAndTakeNobodyOutOfUse() {
    var snapshot = snapshot()
    #expect(ReadinessProbe.lines(snapshot).isReady)
    #expect(ReadinessProbe.lines(snapshot).lines == ["each target has a live connection"])
    var kept = MapStatistics(name: "kept", file: "/k.cf", target: "t")
    kept.state = .kept
    kept.trouble = "/k.cf:1: found one thing, expected another"
    var failing = MapStatistics(name: "failing", file: "/f.cf", target: "")
    failing.state = .failing
    failing.trouble = "/f.cf: can't be read"
    snapshot.maps += [kept, failing]
    let troubles = [
        "kept is served as it was before: /k.cf:1: found one thing, expected another",
        "failing fails temporarily: /f.cf: can't be read",
    ]
    #expect(ReadinessProbe.lines(snapshot).isReady)
    #expect(ReadinessProbe.lines(snapshot).lines == ["each target has a live connection"] + troubles)
    #expect(snapshot.report.contains("  \(troubles[0])") && snapshot.report.contains("  \(troubles[1])"))
    snapshot.targets[0].hosts[0].ready = 0
    #expect(!ReadinessProbe.lines(snapshot).isReady)
    #expect(ReadinessProbe.lines(snapshot).lines == ["u@db1,db2/mail has no live connection"] + troubles)
}

@Test("A dormant target is ready and not down")
func aDormantTargetIsReadyAndNotDown() {
    var snapshot = snapshot()
    snapshot.targets[0].hosts[0].ready = 0
    snapshot.targets[0].hosts[1].state = .up
    #expect(!ReadinessProbe.lines(snapshot).isReady)
    snapshot.targets[0].isDormant = true
    #expect(ReadinessProbe.lines(snapshot).isReady)
    #expect(
        ReadinessProbe.lines(snapshot).lines == [
            "each target that is asked has a live connection",
            "u@db1,db2/mail is dormant: it is connected to when something is asked, as idle_interval is over",
        ])
    let labels = "{target=\"u@db1,db2/mail\"}"
    #expect(lines(snapshot).contains("mapmux_target_up\(labels) 1"))
    #expect(lines(snapshot).contains("mapmux_target_dormant\(labels) 1"))
}

@Test("A target is dormant only if all its pools are")
func aTargetIsDormantOnlyIfAllItsPoolsAre() {
    func target(isDormant: Bool, ready: Int = 0) -> TargetStatistics {
        var target = TargetStatistics(name: "t", hosts: [HostStatistics(name: "db")])
        target.isDormant = isDormant
        target.hosts[0].ready = ready
        return target
    }
    func merged(_ one: TargetStatistics, _ other: TargetStatistics) -> TargetStatistics {
        var sum = one
        sum.merge(other)
        return sum
    }
    #expect(merged(target(isDormant: true), target(isDormant: true)).isDormant)
    #expect(!merged(target(isDormant: true), target(isDormant: false, ready: 1)).isDormant)
    #expect(merged(target(isDormant: true), target(isDormant: false)).isDown)
    // What is gone says nothing of what is there.
    let former = target(isDormant: false, ready: 1).withoutGauges
    #expect(merged(target(isDormant: true), former).isDormant)
    #expect(!merged(target(isDormant: false), former).isDormant)
}

@Test("Label values are escaped")
func labelValuesAreEscaped() {
    let map = MapStatistics(name: "a\"b\\c\nd{}é", file: "/x.cf", target: "t")
    let text = MetricsText.render(StatisticsSnapshot(maps: [map]))
    #expect(text.contains(#"{map="a\"b\\c\\nd{}é",reason="filtered"} 0"#))
}

@Test("The instance is named if there is one")
func theInstanceIsNamedWhereThereIsOne() {
    var snapshot = snapshot()
    snapshot.process.instance = "mx1"
    #expect(
        lines(snapshot).contains("mapmux_build_info{version=\"1.2.3\",instance_name=\"mx1\"} 1"))
}

@Test("Every metric has help and type before its samples, and stays together")
func everyMetricHasHelpAndTypeBeforeItsSamplesAndStaysTogether() {
    var seen: [String] = []
    for line in lines(snapshot()) {
        if line.hasPrefix("# HELP ") {
            seen.append(String(line.split(separator: " ")[2]))
        } else if line.hasPrefix("# TYPE ") {
            #expect(line.split(separator: " ")[2] == seen.last!)
        } else if !line.isEmpty {
            let name = line.prefix { $0 != "{" && $0 != " " }
            #expect(
                name == seen.last!
                    || ["_bucket", "_sum", "_count"].contains(name.dropFirst(seen.last!.count)))
        }
    }
    #expect(seen == MetricFamily.all.map(\.name))
}

@Test("Names are as is Prometheus's practice")
func namesAreByPrometheusPractice() {
    for family in MetricFamily.all {
        #expect(family.name.hasPrefix("mapmux_"))
        #expect(family.name.allSatisfy { $0.isLowercase || $0 == "_" }, "\(family.name)")
        #expect(family.name.hasSuffix("_total") == (family.kind == .counter), "\(family.name)")
        #expect(family.help.hasSuffix("."), "\(family.name)")
    }
    #expect(Set(MetricFamily.all.map(\.name)).count == MetricFamily.all.count)
}

@Test("A target without a connection makes mapmux unready")
func aTargetWithoutAConnectionMakesMapmuxUnready() {
    var snapshot = snapshot()
    #expect(ReadinessProbe.targetsWithoutConnection(snapshot).isEmpty)
    snapshot.targets[0].hosts[0].ready = 0
    snapshot.targets[0].hosts[0].connecting = 4
    #expect(ReadinessProbe.targetsWithoutConnection(snapshot).map(\.name) == ["u@db1,db2/mail"])
}

@Test("What may run on the page carries its number, and nothing comes from elsewhere")
func whatMayRunOnThePageCarriesItsNumberAndNothingComesFromElsewhere() {
    let page = StatusPage.text(nonce: "n123")
    #expect(page.components("<script nonce=\"n123\">") == 1 && page.components("<script") == 1)
    #expect(page.components("<style nonce=\"n123\">") == 1 && page.components("<style") == 1)
    for foreign in [
        "src=", "@import", "url(", "innerHTML", "insertAdjacentHTML", "document.write", " style=", "eval(",
    ] {
        #expect(!page.contains(foreign), "\(foreign)")
    }
    #expect(StatusPage.policy(nonce: "n123").contains("default-src 'none'; script-src 'nonce-n123'"))
}

extension String {
    /// How often `part` is in it.
    fileprivate func components(_ part: String) -> Int { ranges(of: part).count }
}
