// Messages that repeat themselves: the first at once, the rest as a number.

import DaemonTestSupport
import Logging
import LookupStatistics
import LookupValues
import Testing

@testable import DaemonLog

private func makeLog() -> (LimitedLog, LogLines) {
    let lines = LogLines()
    return (LimitedLog(logger: lines.logger), lines)
}

@Test("Repeats are told as a number, with what they said last")
func repeatsAreToldAsANumberWithWhatTheySaidLast() throws {
    let (log, lines) = makeLog()
    for number in 1...313 { log.log(.warning, "lost", about: "db", ["host": "db", "error": "\(number)"]) }
    log.log(.warning, "lost", about: "other", ["host": "other"])
    #expect(lines.all == ["warning lost error=1 host=db", "warning lost host=other"])
    let due = try #require(log.repeatsDueAt)
    log.tellRepeats(now: due.advanced(byNanoseconds: -1))
    #expect(lines.all.count == 2)
    log.tellRepeats(now: .distantFuture)
    #expect(lines.all.count == 3)
    #expect(lines.all[2].hasPrefix("warning lost error=313 host=db repeated=312 times in "))
    // Nothing has come since: it is forgotten, and the next one is told at once.
    log.tellRepeats(now: .distantFuture)
    log.log(.warning, "lost", about: "db", ["host": "db"])
    #expect(lines.all.count == 4 && lines.all[3] == "warning lost host=db")
}

@Test("A single repeat is told")
func aSingleRepeatIsTold() {
    let (log, lines) = makeLog()
    for _ in 0..<2 { log.log(.warning, "lost", about: "db", [:]) }
    log.tellRepeats(now: .distantFuture)
    #expect(lines.all.count == 2 && lines.all[1].hasPrefix("warning lost repeated=once in "))
}

@Test("Each item is told, and those who watch see them as one")
func eachItemIsToldAndThoseWhoWatchSeeThemAsOne() {
    let (log, lines) = makeLog()
    log.log(.warning, "lost", about: "db", [:])
    for _ in 0..<3 {
        for number in 1...40 {
            log.log(.warning, "unknown", about: "/s", item: "t\(number)", as: "table", ["path": "/s"])
        }
    }
    #expect(lines.all.dropFirst() == (1...40).map { "warning unknown path=/s table=t\($0)" }[...])
    log.tellRepeats(now: .distantFuture)
    #expect(lines.all.count == 81)
    #expect(lines.all.last?.contains(" repeated=2 times in ") == true)
    #expect(log.recent.errors.map(\.message) == ["lost", "unknown: t36, t37, t38, t39, t40"])
    #expect(log.recent.errors.map(\.count) == [1, 120])
}

@Test("Items that clients make up cost a bounded number of lines")
func itemsThatClientsMakeUpCostABoundedNumberOfLines() {
    let (log, lines) = makeLog()
    for number in 1...5_000 {
        log.log(.warning, "unknown", about: "/s", item: "t\(number)", as: "table", [:])
    }
    // The hundred, and one for all the others.
    #expect(lines.all.count == 101)
    log.tellRepeats(now: .distantFuture)
    #expect(lines.all.count == 102 && lines.all[101].contains("repeated=4899 times in "))
    #expect(log.recent.errors.count == 1 && log.recent.errors[0].count == 5_000)
}

@Test("The deadline is that of the first, and goes with the last")
func theDeadlineIsThatOfTheFirstAndGoesWithTheLast() {
    let (log, _) = makeLog()
    #expect(log.repeatsDueAt == nil)
    log.log(.warning, "a", about: "x", [:])
    let first = log.repeatsDueAt
    log.log(.warning, "b", about: "x", [:])
    #expect(first != nil && log.repeatsDueAt == first)
    log.tellRepeats(now: .distantFuture)
    #expect(log.repeatsDueAt == nil)
}

@Test("Warnings are kept for those who watch, and notices are not")
func warningsAreKeptForThoseWhoWatchAndNoticesAreNot() {
    let (log, _) = makeLog()
    log.logAlways(.notice, "database host is back", about: "db", ["host": "db"])
    log.logAlways(.warning, "database host failed", about: "db", ["host": "db", "error": "refused"])
    for _ in 0..<5 {
        log.log(.warning, "query failed", about: "/t.cf", ["file": "/t.cf", "sqlstate": "42P01"])
    }
    #expect(log.recent.errors.map(\.place) == ["db", "/t.cf"])
    #expect(
        log.recent.errors.map(\.message) == [
            "database host failed: error=refused", "query failed: sqlstate=42P01",
        ])
    #expect(log.recent.errors.map(\.count) == [1, 5])
}
