// What `mapmux top` and `mapmux stats` show of two snapshots: the whole screen.

import LookupStatistics
import Testing

private func snapshot(at time: Double, lookups: Int) -> StatisticsSnapshot {
    var map = MapStatistics(name: "aliases", file: "/a.cf", target: "mail@db1,db2/mail")
    map.socketmap.found = lookups
    map.proxymap.notFound = lookups / 2
    map.proxymap.temporary = lookups / 10
    map.suppressed.filtered = lookups / 4
    for _ in 0..<lookups { map.total.record(300_000) }
    for _ in 0..<lookups / 10 { map.total.record(25_000_000) }
    let idle = MapStatistics(name: "a map with a name that is rather long", file: "/b.cf", target: "x")
    var host = HostStatistics(name: "db1")
    host.ready = 4
    host.connects = 5
    host.disconnects = 1
    var failing = HostStatistics(name: "db2:5433")
    failing.state = .failing
    failing.connectFailures = 12
    var target = TargetStatistics(name: "mail@db1,db2:5433/mail", hosts: [host, failing])
    target.waiting = 3
    target.inFlight = 120
    target.shared = lookups / 5
    target.noteError(sqlState: "57P01")
    var snapshot = StatisticsSnapshot(
        maps: [map, idle], targets: [target],
        recentErrors: [
            RecentError(
                time: time - 65, place: "db2:5433", message: "database host failed: error=refused", count: 3)
        ])
    snapshot.process.version = "0.1.0"
    snapshot.process.startedAt = 1_000
    snapshot.process.configurationLoadedAt = 2_000
    snapshot.process.takenAt = time
    snapshot.endpoints[0].clients = 1_200
    snapshot.endpoints[1].clients = 4
    return snapshot
}

@Test("The screen is rates, state and errors on one page")
func theScreenIsRatesStateAndErrorsOnOnePage() {
    let (earlier, now) = (snapshot(at: 8_000, lookups: 1_000), snapshot(at: 8_002, lookups: 21_000))
    let lines = TopScreen(from: earlier, to: now, size: .init(columns: 80, rows: 24)).lines
    #expect(
        lines == [
            "mapmux 0.1.0, up 1h 56m, 1 worker, configuration read 1h 40m ago",
            "16,000 lookups/s, p50 303us, p99 24.6ms, p99.9 24.6ms, temporary 1,000/s",
            "1,204 clients, 3 waiting, 120 in flight",
            "",
            "MAP                        LOOKUPS/S  FOUND   NONE  TEMP/S  SUPPR    P50     P99",
            "aliases                       16,000  62.5%  31.3%   1,000  15.6%  303us  24.6ms",
            "a map with a name that i~        0.0      -      -     0.0      -      -       -",
            "",
            "TARGET                  WAIT  FLIGHT  SHARED/S  RETRY/S  RECONN  FAILOV",
            "mail@db1,db2:5433/mail     3     120     2,000      0.0       0       0",
            "",
            "HOST        STATE  READY  CONN  RETIR  FAILS  LOST",
            "db1            up      4     0      0      0     1",
            "db2:5433  failing      0     0      0     12     0",
            "",
            "RECENT ERRORS",
            "1m db2:5433 (3x): database host failed: error=refused",
            "", "", "", "", "", "",
            "q quits",
        ])
    #expect(lines.count == 24)
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines.contains { $0.hasPrefix("db2:5433") && $0.contains("failing") && $0.contains("12") })
    #expect(lines.contains("1m db2:5433 (3x): database host failed: error=refused"))
    #expect(lines.last == "q quits")
}

@Test("What is seldom other than zero has a column when it is")
func whatIsSeldomOtherThanZeroHasAColumnWhenItIs() {
    var now = snapshot(at: 8_002, lookups: 21_000)
    now.targets[0].askedElsewhere = 12
    now.targets[0].renewals = 4
    now.targets[0].hosts[0].extra = 1
    let lines = TopScreen(from: nil, to: now, size: .init(columns: 80, rows: 24)).lines
    #expect(
        lines[8...12] == [
            "TARGET          WAIT  FLIGHT  SHARED/S  RETRY/S  RECONN  FAILOV  ELSEWH  RENEWED",
            "mail@db1,db2:~     3     120         -        -       0       0      12        4",
            "",
            "HOST        STATE  READY  CONN  RETIR  FAILS  LOST  EXTRA",
            "db1            up      4     0      0      0     1      1",
        ])
}

@Test("Searches and what is read ahead have columns if there are any, and tables in the report")
func searchesAndWhatIsReadAheadHaveColumnsIfThereAreAny() {
    func searched(at time: Double, times: Int) -> StatisticsSnapshot {
        var snapshot = snapshot(at: time, lookups: 1_000)
        for _ in 0..<times {
            for (keys, hit) in [(1, 0), (3, 1), (3, 2), (7, 3), (9, 4), (3, nil)] {
                snapshot.maps[0].searches.note(keys: keys, hit: hit)
            }
        }
        snapshot.maps[1].readAhead.asked = 20 * times
        snapshot.maps[1].readAhead.used = 9 * times
        snapshot.maps[1].readAhead.thrownAway = 3 * times
        snapshot.maps[1].readAhead.givenUp = 2
        return snapshot
    }
    let (earlier, now) = (searched(at: 8_000, times: 1), searched(at: 8_002, times: 501))
    let lines = TopScreen(from: earlier, to: now, size: .init(columns: 80, rows: 24)).lines
    #expect(lines[4] == "MAP                 LOOKUPS/S  FOUND  NONE  TEMP/S  SUPPR  P50  P99  KEYS  AHEAD")
    #expect(lines[5].hasSuffix("4.3      -") && lines[6].hasSuffix("-  75.0%"))
    #expect(
        now.report.filter { $0.contains("2,505") || $0.contains("10,020") || $0.contains("AHEAD") }.count == 2
    )
    let searches = now.report.drop { !$0.hasPrefix("SEARCHES") }.prefix(2)
    #expect(
        Array(searches) == [
            "SEARCHES  ASKED    KEYS  FOUND 1ST  2ND  3RD  4TH  LATER  NO HIT",
            "aliases   3,006  13,026        501  501  501  501    501     501",
        ])
    let ahead = now.report.drop { !$0.hasPrefix("READ AHEAD") }.prefix(2)
    #expect(ahead.last?.hasSuffix("  10,020  4,509        1,503         2") == true)
}

@Test("Without an earlier snapshot, or with another process's, there are no rates")
func withoutAnEarlierSnapshotOrWithAnotherProcesssThereAreNoRates() {
    let now = snapshot(at: 8_002, lookups: 21_000)
    var former = snapshot(at: 8_000, lookups: 99_000)
    former.process.startedAt = 5
    for earlier in [nil, former] {
        let lines = TopScreen(from: earlier, to: now, size: .init(columns: 80, rows: 24)).lines
        #expect(lines[1] == "- lookups/s, p50 -, p99 -, p99.9 -, temporary -/s")
        #expect(!lines.joined().contains("99,"))
    }
}

@Test("Every size of screen is kept, and what has no room is counted")
func everySizeOfScreenIsKeptAndWhatHasNoRoomIsCounted() {
    var now = snapshot(at: 8_002, lookups: 21_000)
    let map = now.maps[1]
    now.maps += (0..<40).map { MapStatistics(name: "map\($0)", file: map.file, target: map.target) }
    let earlier = snapshot(at: 8_000, lookups: 1_000)
    for columns in [1, 20, 40, 80, 132] {
        for rows in [0, 1, 2, 5, 10, 24, 60] {
            let lines = TopScreen(from: earlier, to: now, size: .init(columns: columns, rows: rows)).lines
            #expect(lines.count == rows)
            #expect(lines.allSatisfy { $0.count <= columns }, "\(columns)x\(rows)")
        }
    }
    let small = TopScreen(from: earlier, to: now, size: .init(columns: 80, rows: 24)).lines
    #expect(small.contains { $0.wholeMatch(of: /\.\.\. \d+ more lines/) != nil })
    // The hosts are there however many maps there are.
    #expect(small.contains { $0.hasPrefix("db2:5433") && $0.contains("failing") })
}

@Test("Names can't move the cursor")
func namesCannotMoveTheCursor() {
    var now = snapshot(at: 8_002, lookups: 1)
    now.recentErrors = [RecentError(time: 8_000, place: "\u{1b}[2J", message: "\u{9b}31m\r\nred")]
    let lines = TopScreen(from: nil, to: now, size: .init(columns: 80, rows: 24)).lines
    #expect(lines.joined().unicodeScalars.allSatisfy { $0 >= " " && $0.value < 0x7f })
}

@Test("The report has every map, target, host and error")
func theReportHasEveryMapTargetHostAndError() {
    let lines = snapshot(at: 8_002, lookups: 21_000).report
    #expect(lines.contains { $0.hasPrefix("aliases ") && $0.contains("33,600") && $0.contains("5,250") })
    #expect(lines.contains("TARGET mail@db1,db2:5433/mail"))
    #expect(lines.contains { $0.contains("shared 4,200") })
    #expect(lines.contains("  errors by SQLSTATE class: 57: 1"))
    #expect(lines.contains { $0.hasPrefix("  db2:5433") && $0.contains("failing") })
    #expect(lines.last == "1m ago  db2:5433: database host failed: error=refused (3 times)")
}
