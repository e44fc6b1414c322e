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

    @Test("A configuration that can't be used is critical, and all there is to say; so is none with a map")
    func unusable() {
        let unusable = PluginReport(
            StatisticsSnapshot(process: Self.process { $0.configurationTrouble = "/m.conf:7: found `x`" }),
            Self.lenient)
        #expect(unusable.level == .critical)
        #expect(unusable.messages == ["each lookup fails temporarily: /m.conf:7: found `x`"])
        let empty = PluginReport(StatisticsSnapshot(), Self.lenient)
        #expect(empty.level == .critical && empty.messages == ["there is no map"])
    }

    private static func process(_ change: (inout ProcessFacts) -> Void) -> ProcessFacts {
        var facts = ProcessFacts()
        change(&facts)
        return facts
    }

    @Test("A reload that was refused is a warning until one is carried out")
    func refusedReload() {
        let report = PluginReport(
            Self.snapshot { $0.process.reloadRefusal = "the configuration has errors" }, Self.lenient)
        #expect(report.level == .warning)
        #expect(report.messages == ["the last reload was refused: the configuration has errors"])
    }

    @Test("Relay failures, unknown maps and a contradicted greeting are warnings while they are new")
    func endpoints() {
        func report(_ change: @escaping (inout [EndpointStatistics]) -> Void) -> PluginReport {
            PluginReport(Self.snapshot { change(&$0.endpoints) }, Self.lenient)
        }
        func lately(unknown: Int = 0, relayed: Int = 0, failures: Int = 0) -> EndpointEvents {
            var events = EndpointEvents()
            (events.unknownMaps, events.relayed, events.relayFailures) = (unknown, relayed, failures)
            return events
        }
        let some = report { $0[1].lately = lately(relayed: 1_500, failures: 3) }
        #expect(some.level == .warning)
        #expect(some.messages == ["3 of 1,500 requests for proxymap_relay have failed in the last 5 minutes"])
        #expect(report { $0[1].lately = lately(relayed: 3, failures: 3) }.level == .critical)
        #expect(report { $0[1].lately = lately(relayed: 3) }.level == .ok)
        let unknown = report {
            $0[0].lately = lately(unknown: 1)
            $0[1].lately = lately(unknown: 40)
        }
        #expect(unknown.level == .warning)
        #expect(
            unknown.messages == [
                "1 request for maps that are not configured in the last 5 minutes",
                "40 requests for tables that are not configured in the last 5 minutes",
            ])
        // Long ago.
        #expect(report { $0[1].unknownMaps = 9 }.level == .ok)
        let greeting = report { $0[1].wrongGreetings = ["/p"] }
        #expect(greeting.level == .warning)
        #expect(greeting.messages == ["clients of /p do otherwise than proxymap_greeting says"])
    }

    @Test("A dormant database is no fault, and is not called connected")
    func dormant() {
        let report = PluginReport(
            Self.snapshot {
                var sleeper = TargetStatistics(name: "u@db/rare", hosts: [HostStatistics(name: "db")])
                sleeper.isDormant = true
                $0.targets.append(sleeper)
            }, Self.lenient)
        #expect(report.level == .ok)
        #expect(report.messages[1] == "1 database connected, 1 dormant")
    }

    @Test("A host that lets in too few connections: how many there are, and what it has said")
    func full() {
        let text = "FATAL:  too many connections for role \"u\" (SQLSTATE 53300)"
        func report(ready: Int) -> PluginReport {
            PluginReport(
                Self.snapshot {
                    $0.targets[0].poolSize = 4
                    $0.targets[0].hosts[0].ready = ready
                    $0.targets[0].hosts[0].state = .failing
                    $0.targets[0].hosts[0].isFull = true
                    $0.targets[0].hosts[0].trouble = text
                }, Self.lenient)
        }
        #expect(report(ready: 2).level == .warning)
        #expect(
            report(ready: 2).messages == [
                "u@db/mail has 2 of 4 connections, as host db lets in no more: \(text)"
            ])
        #expect(report(ready: 0).level == .critical)
        #expect(report(ready: 0).messages == ["u@db/mail gets no connection: db: \(text)"])
    }

    @Test("However much there is to say, the line has an end")
    func bound() {
        let report = PluginReport(
            Self.snapshot { snapshot in
                for number in 1...50 {
                    var map = MapStatistics(name: "map\(number)", file: "/m.cf", target: "")
                    map.state = .failing
                    snapshot.maps.append(map)
                }
                snapshot.maps[1] = MapStatistics(
                    name: String(repeating: "x", count: 5_000), file: "/m.cf", target: "")
                snapshot.maps[1].state = .failing
            }, Self.lenient)
        #expect(report.messages.count == 11 && report.messages.last == "and 40 more")
        #expect(report.messages[1] == "map2 can't be served")
        #expect(report.line.utf8.count < 4_096)
    }

    @Test("No name ends the line or begins the figures")
    func names() {
        let report = PluginReport(Self.snapshot { $0.maps[0].state = .failing }, Self.lenient)
        #expect(report.line.hasPrefix("MAPMUX CRITICAL - aliases can't be served | failed_share="))
        #expect(PluginReport(.unknown, "a|b\nc").line == "MAPMUX UNKNOWN - a/b\\nc")
    }
}
