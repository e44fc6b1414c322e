// What the log says of failed batches.

import DaemonTestSupport
import LookupTables
import PostgreSQL
import Testing

@testable import DaemonLog
@testable import PoolDrivers

@Test(
    "What a pooler says at the end of a batch is not blamed on queries",
    arguments: [
        ("08P01", "a pooler, or the server, has failed"), ("XX000", "a pooler, or the server, has failed"),
        ("57P01", "a pooler, or the server, has failed"), ("23505", "they should only read"),
        ("40001", "they should only read"),
    ])
func whatAPoolerSaysAtTheEndOfABatchIsNotBlamedOnQueries(state: String, words: String) {
    let lines = LogLines()
    LookupLog(log: LimitedLog(logger: lines.logger)).batchFailed(
        .unix(directory: "/db", port: nil), ServerError(sqlState: state, message: "x"))
    #expect(lines.all.count == 1 && lines.all[0].contains(words), "\(lines.all)")
}
