// A table's statement and its array statement on one connection.

import LookupValues
import PoolHealth
import Testing

@testable import LookupPool

@Suite("A table's statements")
struct TableStatementsTests {
    private var statements = TableStatements()
    private let now = Instant(nanoseconds: 1_000)

    private mutating func prepare() -> Bool {
        let hasOld = statements.beginPreparation(staysInUse: true, now: now)
        statements.notePrepared(isKept: false)
        return hasOld
    }

    @Test("The server is to forget what it has by a name, once")
    mutating func names() {
        #expect(!prepare())
        #expect(prepare())
        _ = statements.beginPreparation(staysInUse: true, now: now)
        statements.noteRefusal(.other, now: now)
        let hasOld = statements.beginPreparation(staysInUse: true, now: now)
        #expect(!hasOld)
    }

    @Test("One that is in use stays so while it is prepared anew, if it may")
    mutating func renewing() {
        _ = prepare()
        _ = statements.beginPreparation(staysInUse: true, now: now)
        #expect(statements.own == .renewing && statements.own.form == .prepared)
        statements.notePrepared(isKept: true)
        #expect(statements.own == .unnamed)
        _ = statements.beginPreparation(staysInUse: false, now: now)
        #expect(statements.own == .preparing && statements.own.form == nil)
    }

    @Test("Each refusal leaves the form that is left; a failure is tried again after a second")
    mutating func refusals() {
        statements.noteRefusal(.parametersImpossible, now: now)
        #expect(statements.own == .literal(retryAt: .distantFuture))
        statements.noteRefusal(.statementMissing, now: now)
        #expect(statements.own == .unnamed)
        statements.noteRefusal(.other, now: now)
        #expect(statements.own == .failed(retryAt: now.advanced(byNanoseconds: 1_000_000_000)))
    }

    @Test("What turns out stale is prepared anew three times, and goes on with literals then")
    mutating func stale() {
        for time in 1...3 {
            _ = prepare()
            let isPreparedAnew = statements.noteStale(now: now)
            #expect(isPreparedAnew && statements.own == .unprepared && statements.timesStale == time)
        }
        _ = prepare()
        let isPreparedAnew = statements.noteStale(now: now)
        #expect(!isPreparedAnew && statements.own.form == .literal && statements.timesStale == 0)
    }

    @Test("An array statement goes with the table's own, and a survey that comes after that says nothing")
    mutating func array() {
        _ = prepare()
        statements.beginSurvey()
        statements.noteUnprepared()
        statements.noteSurvey(isPossible: true)
        #expect(statements.array == .none)
        _ = prepare()
        statements.beginSurvey()
        statements.noteSurvey(isPossible: true)
        let hasOld = statements.beginArrayPreparation()
        statements.noteArrayPrepared(freshness: 500)
        #expect(!hasOld && statements.array == .prepared)
        #expect(statements.arrayUsableUntil == Instant(nanoseconds: 1_500))
        #expect(!statements.arrayGrowsOld(freshness: 500, now: Instant(nanoseconds: 1_374)))
        #expect(statements.arrayGrowsOld(freshness: 500, now: Instant(nanoseconds: 1_375)))
        statements.noteLost()
        statements.noteUnprepared()
        #expect(statements.arrayUsableUntil < now)
    }
}
