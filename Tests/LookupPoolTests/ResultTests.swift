// What a server may say to what is next in flight, and what is out of step.

import LookupPool
import PoolHealth
import Testing

@Suite("Results")
struct ResultTests {
    private static let failure = ServerResult.failed(StatementFailure(sqlState: "P0001"))

    /// A pool whose only connection has this next in flight.
    private func awaiting(_ what: String) -> Transcript {
        let pool = Transcript(checkInterval: 1_000, holdsSyncs: true)
        switch what {
        case "nothing":
            _ = pool.becomeReady()
        case "preparation":
            pool.play("dispatch | connect 0 to 0\nconnected 0 | prepare 0 on 0, sync 0")
        case "query":
            pool.becomeReady().play("submit a |\ndispatch | send a on 0, sync 0")
        case "sync":
            pool.becomeReady().play("submit a |\ndispatch | send a on 0, sync 0\ndone 0 | answer 1")
        case "check":
            pool.becomeReady().play("wait 1000 |\ndispatch | check 0, sync 0")
        default:
            preconditionFailure("there is no such thing as \(what)")
        }
        return pool
    }

    @Test(
        "Whatever does not belong to what is next in flight is out of step, and changes nothing",
        arguments: [
            ("nothing", [.prepared, .executed, failure, .aborted, .synced]),
            ("preparation", [.executed, .synced]),
            ("query", [.prepared, .synced]),
            ("sync", [.prepared, .executed, .aborted]),
            ("check", [.prepared, .aborted, .synced]),
        ] as [(String, [ServerResult])])
    func outOfStep(_ next: String, _ results: [ServerResult]) {
        let pool = awaiting(next)
        let before = pool.perform("next 0")
        for result in results { #expect(pool.take(result, on: 0) == .outOfStep) }
        #expect(pool.perform("next 0") == before)
    }

    @Test("A check that fails, or that says so, means that the connection is not fit for use")
    func unfit() {
        let pool = awaiting("check")
        #expect(pool.take(.unfit, on: 0) == .unfit)
        #expect(pool.take(Self.failure, on: 0) == .unfit)
        #expect(pool.take(.executed, on: 0) == .taken)
        #expect(pool.take(.synced, on: 0) == .taken)
    }

    @Test("What the server refuses is named, a batch that it can't commit with the query in it")
    func refused() {
        guard case .refused(.query) = awaiting("query").take(Self.failure, on: 0) else {
            Issue.record("a query's failure is not told")
            return
        }
        #expect(awaiting("preparation").take(Self.failure, on: 0) == .refused(.preparation(table: 0)))
        #expect(awaiting("sync").take(Self.failure, on: 0) == .uncommitted(nil))
        let pool = Transcript(holdsSyncs: true)
        pool.play("dispatch | connect 0 to 0\nimpure 0 0 | prepare 0 on 0, sync 0\ndone 0 |\nsynced 0 |")
        pool.play("submit a |\ndispatch | send a on 0, sync 0")
        #expect(pool.take(.executed, on: 0) == .awaitsEnd)
        guard case .uncommitted(.some) = pool.take(Self.failure, on: 0) else {
            Issue.record("a query that was not committed is not told")
            return
        }
    }
}
