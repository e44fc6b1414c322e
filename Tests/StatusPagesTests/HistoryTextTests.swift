// The last hour as the page's charts read it.

import Foundation
import LookupStatistics
import Testing

@testable import StatusPages

@Test("The last hour is JSON, whatever a map is called")
func theLastHourIsJSONWhateverAMapIsCalled() throws {
    let name = "a\"b\\c\u{1}<ü>"
    var history = StatisticsHistory()
    for time in [1_795_000_000.25, 1_795_000_010.5] {
        var map = MapStatistics(name: name, file: "/x.cf", target: "t")
        if time > 1_795_000_001 {
            map.socketmap.found = 7
            map.proxymap.notFound = 2
            map.socketmap.temporary = 3
            map.socketmap.permanent = 1
            map.total.record(15)
        }
        history.add(maps: [map], endpoints: [], at: time)
    }
    let text = HistoryText.render(history)
    let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    #expect(object["interval_seconds"] as? Int == 10)
    #expect(object["ended_at"] as? [Double] == [1_795_000_010.5] && object["seconds"] as? [Double] == [10.25])
    let maps = try #require(object["maps"] as? [[String: Any]])
    #expect(maps.count == 1 && maps[0]["name"] as? String == name)
    for series in [try #require(object["all"] as? [String: Any]), maps[0]] {
        #expect(series["found"] as? [Int] == [7] && series["not_found"] as? [Int] == [2])
        #expect(series["temporary"] as? [Int] == [3] && series["permanent"] as? [Int] == [1])
        #expect(series["p50"] as? [Int] == [15] && series["p99"] as? [Int] == [15])
    }
}
