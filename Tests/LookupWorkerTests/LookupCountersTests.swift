// What a worker counts of its clients' requests, protocol by protocol.

import Configuration
import DaemonTestSupport
import LookupStatistics
import LookupValues
import Testing

@testable import LookupWorker

/// A proxymap request: names and values, each ended by a NUL, and one more at the end.
private func proxymapRequest(_ kind: String, table: String, key: String? = nil) -> [UInt8] {
    let attributes = ["request", kind, "table", table, "flags", "524353"] + (key.map { ["key", $0] } ?? [])
    return attributes.flatMap { Array($0.utf8) + [0] } + [0]
}

extension SessionScene {
    fileprivate var statistics: StatisticsSnapshot {
        sessions.counters.snapshot(targets: [], recentErrors: [])
    }
}

@Test("Every answer is counted once, by map, protocol and outcome")
func everyAnswerIsCountedOnceByMapProtocolAndOutcome() throws {
    let scene = try SessionScene()
    let socketmap = try scene.connect()
    let proxymap = try scene.connect(.proxymap)
    let file = try #require(scene.statistics.maps.first).file
    scene.exchange(request("good", "a") + request("good", "b") + request("nowhere", "c"), with: socketmap)
    scene.exchange(
        proxymapRequest("open", table: "pgsql:\(file)")
            + proxymapRequest("lookup", table: "pgsql:\(file)", key: "k")
            + proxymapRequest("lookup", table: "pgsql:\(file)", key: ""), with: proxymap)
    // What has no answer yet counts nowhere.
    #expect(scene.statistics.maps[0].socketmap.total == 0)
    #expect(scene.statistics.maps[0].lookups.notFound == 1)
    #expect(scene.statistics.maps[0].suppressed.filtered == 1)
    scene.answer(0, .found(Array("x".utf8)))
    scene.answer(1, .temporaryFailure("no"))
    scene.answer(1, of: 1, .notFound)

    let map = scene.statistics.maps[0]
    #expect(map.socketmap.found == 1 && map.socketmap.temporary == 1 && map.socketmap.total == 2)
    #expect(map.proxymap.notFound == 2 && map.proxymap.total == 2)
    #expect(map.total.count == 3 && map.inPool.count == 0)
    #expect(scene.statistics.endpoints.map(\.unknownMaps) == [1, 0])
    #expect(scene.statistics.endpoints.map(\.accepted) == [1, 1])
    #expect(scene.statistics.endpoints.map(\.clients) == [1, 1])
}

@Test("Clients that go take their unanswered lookups with them")
func clientsThatGoTakeTheirUnansweredLookupsWithThem() throws {
    let scene = try SessionScene()
    let client = try scene.connect()
    scene.exchange(request("good", "a"), with: client)
    client.hangUp()
    scene.turns()
    #expect(scene.statistics.endpoints[0].clients == 0 && scene.statistics.endpoints[0].accepted == 1)
    #expect(scene.statistics.maps[0].lookups.total == 0)
    let rude = try scene.connect()
    scene.exchange(Array("nonsense".utf8), with: rude)
    #expect(scene.statistics.endpoints[0].violations == 1 && scene.statistics.endpoints[0].accepted == 2)
    #expect(scene.statistics.endpoints[0].clients == 0)
}

@Test("Counts of a map go on under its name, and other maps are left out")
func countsOfAMapGoOnUnderItsNameAndOtherMapsAreLeftOut() throws {
    let counters = LookupCounters()
    let configuration = try ConfigurationReading("maps = a=pgsql:DIR/good.cf b=pgsql:DIR/good.cf\n")
        .configuration
    let numbers = counters.adopt(configuration)
    counters.note(.notFound, map: numbers[0], by: .socketmap)
    counters.note(.found([1]), map: numbers[1], by: .socketmap)
    let other = try ConfigurationReading("maps = c=pgsql:DIR/good.cf b=pgsql:DIR/good.cf\n").configuration
    let later = counters.adopt(other)
    #expect(later[1] == numbers[1] && !numbers.contains(later[0]))
    // An answer that was asked for before the reload.
    counters.note(.notFound, map: numbers[0], by: .socketmap)
    let snapshot = counters.snapshot(targets: [], recentErrors: [])
    #expect(snapshot.maps.map(\.name) == ["c", "b"])
    #expect(snapshot.maps.map(\.lookups.total) == [0, 1])
    counters.noteSearch(map: numbers[0], keys: 3, hit: 2)
    _ = counters.adopt(configuration)
    let again = counters.snapshot(targets: [], recentErrors: [])
    #expect(again.maps.map(\.lookups.total) == [2, 1])
    #expect(again.maps.map(\.searches.asked) == [1, 0] && again.maps[0].searches.hits.third == 1)
}

@Test("What was read ahead in a map is told under its name")
func whatWasReadAheadInAMapIsToldUnderItsName() throws {
    let counters = LookupCounters()
    _ = counters.adopt(
        try ConfigurationReading("maps = a=pgsql:DIR/good.cf b=pgsql:DIR/good.cf\n").configuration)
    let numbers = counters.adopt(
        try ConfigurationReading("maps = b=pgsql:DIR/good.cf c=pgsql:DIR/good.cf\n").configuration)
    let snapshot = counters.snapshot(
        targets: [],
        readAhead: { map in
            var figures = ReadAheadStatistics()
            figures.asked = 10 + map
            return figures
        }, recentErrors: [])
    #expect(snapshot.maps.map(\.readAhead.asked) == numbers.map { 10 + $0 })
    #expect(Set(numbers).count == 2)
}

@Test("A map of several tables is one map, with all their files, and as bad as the worst of them")
func aMapOfSeveralTablesIsOneMap() throws {
    let counters = LookupCounters()
    let configuration = try ConfigurationReading.maps(
        "a={pgsql:DIR/good.cf pgsql:DIR/bad.cf} b=pgsql:DIR/good.cf",
        files: ["bad.cf": "hosts = unix:/tmp\nquery = SELECT '%s\n"]
    ).configuration
    let numbers = counters.adopt(configuration)
    #expect(numbers == [0, 0, 1])
    counters.note(.notFound, map: 0, by: .socketmap)
    let snapshot = counters.snapshot(targets: [], recentErrors: [])
    #expect(snapshot.maps.map(\.name) == ["a", "b"])
    #expect(snapshot.maps[0].lookups.notFound == 1)
    let files = configuration.maps.map(\.file)
    #expect(snapshot.maps.map(\.file) == ["\(files[0]) \(files[1])", files[2]])
    #expect(snapshot.maps.map(\.state) == [.failing, .current] && snapshot.maps[0].trouble != nil)
    #expect(snapshot.maps[0].target == snapshot.maps[1].target)
    // A reload tells them anew.
    _ = counters.adopt(configuration)
    #expect(counters.snapshot(targets: [], recentErrors: []).maps == snapshot.maps)
}
