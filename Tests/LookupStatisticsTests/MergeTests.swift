// Snapshots of several workers, added up.

import Foundation
import LookupStatistics
import LookupValues
import Testing

private func map(_ name: String, found: Int = 0, proxied: Int = 0) -> MapStatistics {
    var map = MapStatistics(name: name, file: "/\(name).cf", target: "mail")
    map.socketmap.found = found
    map.proxymap.temporary = proxied
    map.suppressed.notUTF8 = 1
    for place in 0..<found { map.searches.note(keys: 3, hit: place) }
    map.readAhead.asked = 10 * proxied
    map.readAhead.used = 3 * proxied
    map.readAhead.thrownAway = 4 * proxied
    map.readAhead.givenUp = proxied
    for _ in 0..<found { map.total.record(1_000) }
    return map
}

@Test("Counters of the same thing add up, and others stay")
func countersOfTheSameThingAddUpAndOthersStay() {
    var one = StatisticsSnapshot(maps: [map("a", found: 2), map("b")])
    one.endpoints[0].clients = 3
    one.process.reloadsFailed = 1
    var other = StatisticsSnapshot(maps: [map("b", proxied: 5), map("a", found: 4), map("c", found: 1)])
    other.endpoints[0].clients = 4
    other.endpoints[1].accepted = 9
    other.process.reloadsFailed = 1

    one.merge(other)
    #expect(one.maps.map(\.name) == ["a", "b", "c"])
    #expect(one.maps.map(\.lookups.total) == [6, 5, 1])
    #expect(one.maps[0].total.count == 6)
    #expect(one.maps.map(\.suppressed.total) == [2, 2, 1])
    #expect(one.maps[1][.proxymap].temporary == 5)
    #expect(one.maps[0].searches.asked == 6 && one.maps[0].searches.keys == 18)
    let hits = one.maps[0].searches.hits
    let places: [Int] = [hits.first, hits.second, hits.third, hits.fourth, hits.later]
    #expect(places == [2, 2, 1, 1, 0])
    let ahead = one.maps[1].readAhead
    let figures: [Int] = [ahead.asked, ahead.used, ahead.thrownAway, ahead.givenUp]
    #expect(figures == [50, 15, 20, 5])
    #expect(one.endpoints.map(\.clients) == [7, 0])
    #expect(one.endpoints.map(\.accepted) == [0, 9])
    // The process is one, however many workers it has.
    #expect(one.process.reloadsFailed == 1)
}

@Test("A target is the sum of its pools, and a host as bad as any of them thinks")
func aTargetIsTheSumOfItsPoolsAndAHostAsBadAsAnyOfThemThinks() {
    var host = HostStatistics(name: "db1")
    host.ready = 2
    host.connects = 3
    var one = TargetStatistics(name: "u@db1/mail", hosts: [host])
    one.waiting = 1
    one.inFlight = 10
    one.noteError(sqlState: "57014")
    one.noteError(sqlState: "57P01")
    one.noteError(sqlState: "")
    var other = one
    other.hosts[0].state = .avoided
    other.hosts.append(HostStatistics(name: "db2"))
    other.noteError(sqlState: "08006")

    one.merge(other)
    #expect(one.waiting == 2 && one.inFlight == 20)
    #expect(one.hosts.map(\.name) == ["db1", "db2"])
    #expect(one.hosts[0].ready == 4 && one.hosts[0].connects == 6)
    #expect(one.hosts[0].state == .avoided && one.hosts[1].state == .up)
    other.hosts[0].state = .failing
    one.merge(other)
    other.hosts[0].state = .up
    one.merge(other)
    #expect(one.hosts[0].state == .failing)
    #expect(one.errors.first { $0.class == "57" }?.count == 8)
    #expect(one.errors.first { $0.class == "none" }?.count == 4)
    #expect(one.errors.first { $0.class == "08" }?.count == 3)
    #expect(one.isLive)
}

@Test("The latest errors are kept, and repeats take one place")
func theLatestErrorsAreKeptAndRepeatsTakeOnePlace() {
    var errors = RecentErrors()
    for number in 0..<60 {
        errors.add(RecentError(time: Double(number), place: "host \(number)", message: "lost"))
    }
    #expect(errors.errors.count == RecentError.most)
    #expect(errors.errors.first?.place == "host 10")
    errors.add(RecentError(time: 99, place: "host 12", message: "lost"))
    errors.add(RecentError(time: 100, place: "host 12", message: "lost", count: 3))
    #expect(errors.errors.count == RecentError.most)
    #expect(errors.errors.last == RecentError(time: 100, place: "host 12", message: "lost", count: 5))

    var one = StatisticsSnapshot(recentErrors: errors.errors)
    one.merge(StatisticsSnapshot(recentErrors: [RecentError(time: 55.5, place: "file", message: "no")]))
    #expect(one.recentErrors.count == RecentError.most)
    #expect(one.recentErrors.map(\.time) == one.recentErrors.map(\.time).sorted())
    #expect(one.recentErrors.contains { $0.place == "file" })
}

@Test("A snapshot survives JSON")
func aSnapshotSurvivesJSON() throws {
    var snapshot = StatisticsSnapshot(
        maps: [map("a", found: 2, proxied: 1)],
        targets: [TargetStatistics(name: "t", hosts: [HostStatistics(name: "h")])],
        recentErrors: [RecentError(time: 1, place: "p", message: "m")])
    snapshot.process.version = "1"
    snapshot.targets[0].noteError(sqlState: "42P01")
    let text = try JSONEncoder().encode(snapshot)
    #expect(try JSONDecoder().decode(StatisticsSnapshot.self, from: text) == snapshot)
    // Names as programs find them: no capitals.
    let names = String(decoding: text, as: UTF8.self).matches(of: /"([A-Za-z0-9_]+)":/).map(\.output.1)
    #expect(names.count > 50)
    #expect(names.allSatisfy { $0 == $0.lowercased() })
}
