// What mapmux status says of a daemon, as a table of what is wrong with it.

import LookupStatistics
import Testing

@Suite("Status for monitoring")
struct PluginReportTests {
    /// A daemon that is well: one map, one target, and 200 lookups lately, 4 of which have failed.
    private static func snapshot(_ change: (inout StatisticsSnapshot) -> Void = { _ in })
        -> StatisticsSnapshot
    {
        var map = MapStatistics(name: "aliases", file: "/aliases.cf", target: "u@db/mail")
        map.socketmap.found = 1_000
        map.socketmap.temporary = 7
        var lately = OutcomeCounts()
        lately.found = 196
        lately.temporary = 4
        map.lately = lately
        var target = TargetStatistics(name: "u@db/mail", hosts: [HostStatistics(name: "db")])
        target.hosts[0].ready = 4
        target.waiting = 2
        var snapshot = StatisticsSnapshot(maps: [map], targets: [target])
        snapshot.endpoints[0].clients = 12
        change(&snapshot)
        return snapshot
    }

    private static let lenient = PluginReport.Thresholds(warning: 5, critical: 10)

    @Test("A daemon that is well: a line with the figures behind a bar")
    func well() {
        let report = PluginReport(Self.snapshot(), Self.lenient)
        #expect(
            report.line == """
                MAPMUX OK - 1 map; 1 database connected; 4 of 200 lookups have failed in the last 5 minutes \
                | failed_share=2.0%;5.0;10.0;0;100 lookups=1007c found=1000c not_found=0c temporary=7c permanent=0c \
                clients=12;;;0 waiting=2;;;0 in_flight=0;;;0 connections=4;;;0
                """)
        #expect(report.level == .ok)
    }

    @Test("More failures than the thresholds say are a warning, or critical")
    func thresholds() {
        let snapshot = Self.snapshot()
        #expect(PluginReport(snapshot, .init(warning: 2, critical: 3)).level == .ok)
        #expect(PluginReport(snapshot, .init(warning: 1.9, critical: 3)).level == .warning)
        #expect(PluginReport(snapshot, .init(warning: 0, critical: 1.9)).level == .critical)
        #expect(PluginReport(snapshot, .init()).level == .warning)
        let quiet = Self.snapshot { $0.maps[0].lately = OutcomeCounts() }
        #expect(PluginReport(quiet, .init(warning: 0, critical: 0)).level == .ok)
    }

    @Test(
        "A database without a connection is critical, unless it is paused, not asked, or just being connected to"
    )
    func databases() {
        func report(_ change: @escaping (inout TargetStatistics) -> Void) -> PluginReport {
            PluginReport(
                Self.snapshot {
                    $0.targets[0].hosts[0].ready = 0
                    $0.targets[0].waiting = 0
                    change(&$0.targets[0])
                }, Self.lenient)
        }
        #expect(report { $0.hosts[0].state = .failing }.messages == ["u@db/mail has no live connection"])
        #expect(report { $0.hosts[0].state = .failing }.level == .critical)
        #expect(report { $0.waiting = 1 }.level == .critical)
        #expect(report { _ in }.level == .ok)
        #expect(report { $0.hosts[0].connecting = 1 }.level == .warning)
        let paused = report {
            $0.waiting = 9
            $0.pausedSeconds = 41
        }
        #expect(paused.level == .warning)
        #expect(paused.messages == ["u@db/mail is paused, for 41 s more at most"])
    }

    @Test("A host that is not up while others serve is a warning, and the worst is said first")
    func hosts() {
        let report = PluginReport(
            Self.snapshot {
                var other = HostStatistics(name: "db2")
                other.state = .failing
                $0.targets[0].hosts.append(other)
                $0.maps[0].state = .failing
            }, Self.lenient)
        #expect(report.level == .critical)
        #expect(report.messages == ["aliases can't be served", "host db2 of u@db/mail is failing"])
    }

    @Test("A map in which everything fails is critical, though it is a small part of all lookups")
    func oneMap() {
        let report = PluginReport(
            Self.snapshot {
                var map = MapStatistics(name: "small", file: "/small.cf", target: "u@db/mail")
                map.lately = OutcomeCounts()
                map.lately!.temporary = 1
                $0.maps.append(map)
                $0.maps[0].state = .kept
            }, Self.lenient)
        #expect(report.level == .critical)
        #expect(
            report.messages == ["each lookup in small has failed", "aliases is served as it was before"])
    }

    @Test("No name ends the line or begins the figures")
    func names() {
        let report = PluginReport(Self.snapshot { $0.maps[0].state = .failing }, Self.lenient)
        #expect(report.line.hasPrefix("MAPMUX CRITICAL - aliases can't be served | failed_share="))
        #expect(PluginReport(.unknown, "a|b\nc").line == "MAPMUX UNKNOWN - a/b\\nc")
    }
}
