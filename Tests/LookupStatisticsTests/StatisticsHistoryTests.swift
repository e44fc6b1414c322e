// The last hour: what is in each point, what lately was, and that it stays within its bounds.

import LookupStatistics
import Testing

@Suite("The last hour")
struct StatisticsHistoryTests {
    private static func snapshot(
        at time: Double, _ maps: [(name: String, found: Int, temporary: Int)], duration: Int64? = nil
    ) -> StatisticsSnapshot {
        var snapshot = StatisticsSnapshot(
            maps: maps.map { name, found, temporary in
                var map = MapStatistics(name: name, file: "/\(name).cf", target: "t")
                map.socketmap.found = found
                map.proxymap.temporary = temporary
                if let duration { for _ in 0..<found { map.total.record(duration) } }
                return map
            })
        snapshot.process.takenAt = time
        return snapshot
    }

    private static func add(
        at time: Double, _ maps: [(name: String, found: Int, temporary: Int)], duration: Int64? = nil,
        to history: inout StatisticsHistory
    ) {
        let snapshot = snapshot(at: time, maps, duration: duration)
        history.add(maps: snapshot.maps, endpoints: snapshot.endpoints, at: time)
    }

    @Test("The first snapshot is where it begins; each later one is a point with what came in between")
    func points() {
        var history = StatisticsHistory()
        Self.add(at: 100, [("a", 5, 1), ("b", 0, 0)], to: &history)
        #expect(history.endedAt == [] && history.maps.isEmpty)
        Self.add(at: 110, [("a", 7, 1), ("b", 4, 2)], duration: 1_000, to: &history)
        Self.add(at: 122, [("a", 7, 1), ("b", 4, 9)], to: &history)
        #expect(history.endedAt == [110, 122] && history.seconds == [10, 12])
        #expect(history.all.found == [6, 0] && history.all.temporary == [2, 7])
        #expect(history.maps.map(\.name) == ["a", "b"])
        #expect(history.maps[0].series.found == [2, 0] && history.maps[0].series.temporary == [0, 0])
        #expect(history.maps[1].series.found == [4, 0] && history.maps[1].series.temporary == [2, 7])
        // To the histogram's precision; nothing was recorded in the second.
        #expect((940...1_060).contains(history.maps[1].series.p99[0]) && history.maps[1].series.p99[1] == 0)
    }

    @Test("A map that is configured later has zeros before, one that is gone has no points any more")
    func changes() {
        var history = StatisticsHistory()
        Self.add(at: 0, [("a", 0, 0)], to: &history)
        Self.add(at: 10, [("a", 1, 0)], to: &history)
        Self.add(at: 20, [("b", 3, 0)], to: &history)
        #expect(history.maps.map(\.name) == ["b"] && history.maps[0].series.found == [0, 3])
        #expect(history.all.found == [1, 3])
    }

    @Test("It has an hour and no more")
    func length() {
        var history = StatisticsHistory()
        for point in 0...StatisticsHistory.mostPoints + 7 {
            Self.add(at: Double(10 * point), [("a", point, 0)], to: &history)
        }
        #expect(StatisticsHistory.mostPoints * StatisticsHistory.interval == 3_600)
        #expect(history.endedAt.count == StatisticsHistory.mostPoints && history.endedAt.first == 80)
        #expect(history.maps[0].series.found.count == StatisticsHistory.mostPoints)
        #expect(history.all.found == history.maps[0].series.found)
    }

    @Test("The first maps have points of their own, and all are in the sum")
    func breadth() {
        var history = StatisticsHistory()
        let names = (0..<StatisticsHistory.mostMaps + 5).map { "map\($0)" }
        for point in 0...1 {
            Self.add(at: Double(10 * point), names.map { ($0, point, 0) }, to: &history)
        }
        #expect(history.maps.map(\.name) == Array(names.dropLast(5)))
        #expect(history.all.found == [UInt32(names.count)])
    }

    @Test("Lately is the last thirty points, and what has come since the last one")
    func lately() {
        var history = StatisticsHistory()
        var snapshot = Self.snapshot(at: 0, [("a", 100, 100)])
        snapshot.note(history)
        #expect(snapshot.lately.found == 100)
        history.add(maps: snapshot.maps, endpoints: snapshot.endpoints, at: snapshot.process.takenAt)
        for point in 1...40 {
            Self.add(at: Double(10 * point), [("a", 100, 100 + point)], to: &history)
        }
        snapshot = Self.snapshot(at: 405, [("a", 102, 145), ("new", 1, 0)])
        snapshot.note(history)
        #expect(snapshot.maps[0].lately?.temporary == 35 && snapshot.maps[0].lately?.found == 2)
        #expect(snapshot.maps[1].lately?.found == 1)
        #expect(snapshot.lately.total == 38)
    }

    @Test("A map that comes back brings nothing old: its counts have outlived it")
    func comeback() {
        var history = StatisticsHistory()
        Self.add(at: 0, [("a", 0, 0), ("b", 0, 0)], to: &history)
        Self.add(at: 10, [("a", 0, 0), ("b", 5, 90)], to: &history)
        for point in 2...50 { Self.add(at: Double(10 * point), [("a", 0, 0)], to: &history) }
        // Some were answered between the last point with it and its end.
        var snapshot = Self.snapshot(at: 505, [("a", 0, 0), ("b", 5, 93)])
        snapshot.note(history)
        #expect(snapshot.maps[1].lately == OutcomeCounts())
        Self.add(at: 510, [("a", 0, 0), ("b", 5, 93)], to: &history)
        #expect(history.maps[1].series.temporary.allSatisfy { $0 == 0 } && history.all.temporary.last == 0)
        Self.add(at: 520, [("a", 0, 0), ("b", 7, 94)], to: &history)
        #expect(history.maps[1].series.found.last == 2 && history.maps[1].series.temporary.last == 1)
        snapshot = Self.snapshot(at: 525, [("a", 0, 0), ("b", 7, 94)])
        snapshot.note(history)
        #expect(snapshot.maps[1].lately?.found == 2 && snapshot.maps[1].lately?.temporary == 1)
    }

    @Test("Lately is known of every map, also of those without points of their own")
    func latelyOfAll() {
        var history = StatisticsHistory()
        let names = (0..<StatisticsHistory.mostMaps + 5).map { "map\($0)" }
        for point in 0...2 {
            Self.add(at: Double(10 * point), names.map { ($0, point, 2 * point) }, to: &history)
        }
        var snapshot = Self.snapshot(at: 25, names.map { ($0, 2, 5) })
        snapshot.note(history)
        #expect(snapshot.maps.allSatisfy { $0.lately?.found == 2 && $0.lately?.temporary == 5 })
    }

    @Test("Lately is known of the endpoints, too")
    func latelyOfEndpoints() {
        var history = StatisticsHistory()
        func snapshot(_ unknown: Int, _ failures: Int) -> StatisticsSnapshot {
            var snapshot = StatisticsSnapshot()
            snapshot.endpoints[0].unknownMaps = unknown
            snapshot.endpoints[1].relayed = 2 * failures
            snapshot.endpoints[1].relayFailures = failures
            return snapshot
        }
        func add(_ snapshot: StatisticsSnapshot, at time: Double) {
            history.add(maps: snapshot.maps, endpoints: snapshot.endpoints, at: time)
        }
        add(snapshot(0, 0), at: 0)
        for point in 1...40 { add(snapshot(100, point), at: Double(10 * point)) }
        var now = snapshot(100, 43)
        now.note(history)
        #expect(now.endpoints[0].lately == EndpointEvents())
        #expect(now.endpoints[1].lately?.relayFailures == 33 && now.endpoints[1].lately?.relayed == 66)
        now = snapshot(101, 43)
        now.note(history)
        #expect(now.endpoints[0].lately?.unknownMaps == 1)
    }

    @Test("A clock that was set back makes no point of negative length")
    func clock() {
        var history = StatisticsHistory()
        Self.add(at: 1_000, [("a", 0, 0)], to: &history)
        Self.add(at: 10, [("a", 1, 0)], to: &history)
        #expect(history.seconds == [10])
    }
}
