// What a server may say, reported to a pool by the name of what it means to a test.

import LookupValues
import PoolHealth

@testable import LookupPool

extension TargetPool {
    /// Submits a lookup that has the time that lookups have as a rule.
    mutating func submit(
        _ requester: Requester?, table: Int, key: Span<UInt8>, now: Instant
    ) throws(PoolFailure) -> LookupID {
        try submit(
            requester, table: table, key: key,
            deadline: now.advanced(byNanoseconds: limits.lookupTimeout), wantsKeeping: true, now: now)
    }
}

extension TargetPool {
    /// Forgets a lookup, whoever has asked.
    mutating func cancel(_ lookup: LookupID) {
        cancel(lookup, of: lookups[lookup.index].requester)
    }
}

/// Each of these is of what is next in flight. A result that is out of step ends the test's process.
extension TargetPool {
    private mutating func report(_ result: ServerResult, on connection: ConnectionID, now: Instant) {
        switch take(result, on: connection, now: now) {
        case .taken, .awaitsEnd, .refused: break
        case .uncommitted, .unfit, .outOfStep: preconditionFailure("\(result) is out of step")
        }
    }

    mutating func succeeded(on connection: ConnectionID, now: Instant) {
        switch nextInFlight(on: connection) {
        case .preparation, .arrayPreparation: report(.prepared, on: connection, now: now)
        case .query, .array, .survey, .check, .look, .reset, .release, .sync, nil:
            report(.executed, on: connection, now: now)
        }
    }

    mutating func surveyed(on connection: ConnectionID, isPossible: Bool, now: Instant) {
        report(.surveyed(isPossible: isPossible), on: connection, now: now)
    }

    mutating func looked(on connection: ConnectionID, hasChanged: Bool, now: Instant) {
        report(.looked(hasChanged: hasChanged), on: connection, now: now)
    }

    mutating func foundTemporaryTables(on connection: ConnectionID, now: Instant) {
        report(.temporaryTables, on: connection, now: now)
    }

    mutating func failed(on connection: ConnectionID, _ failure: StatementFailure, now: Instant) {
        report(.failed(failure), on: connection, now: now)
    }

    mutating func commitFailed(on connection: ConnectionID, _ failure: StatementFailure, now: Instant) {
        guard case .uncommitted = take(.failed(failure), on: connection, now: now) else {
            preconditionFailure("it is not the end of a batch that has failed")
        }
    }

    mutating func aborted(on connection: ConnectionID, now: Instant) {
        report(.aborted, on: connection, now: now)
    }

    mutating func synced(on connection: ConnectionID, now: Instant) {
        report(.synced, on: connection, now: now)
    }
}
