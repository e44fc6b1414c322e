// How long the analysis of queries may wait for locks, and how long it may take in all.

internal import EventLoop
internal import LookupValues
internal import PostgreSQL

/// What is left of the time for locks, and of the time in all.
struct AnalysisTime {
    /// How long locks may still be waited for, in nanoseconds: time spent waiting in vain is subtracted.
    private var patience: Int64 = 1_000_000_000
    /// When analysis ends, so that there is time left for serving.
    private let end: Instant

    /// How long a lock may be waited for at a time, in nanoseconds.
    private static let lockPatience: Int64 = 300_000_000

    /// - Parameter deadline: half of the time until then is for the analysis.
    init(until deadline: Instant) {
        let now = MonotonicClock.now()
        end = now.advanced(byNanoseconds: (deadline.nanoseconds - now.nanoseconds) / 2)
    }

    /// Has the server wait in this transaction no longer than `patience`. A stricter limit of the role's is for its lookups.
    func limits(serverVersion: Int32) -> OwnLimits {
        OwnLimits(patience, lockTime: min(patience, Self.lockPatience), serverVersion: serverVersion)
    }

    /// - Throws: lock_not_available if no time for locks is left, query_canceled if no time at all is.
    func check() throws(ServerError) {
        if patience <= 0 {
            throw ServerError(sqlState: "55P03", message: "other tables have been waited for too long")
        }
        if MonotonicClock.now() >= end {
            throw ServerError(sqlState: "57014", message: "to find out about other tables took too long")
        }
    }

    mutating func noteWaiting(since begin: Instant) {
        patience -= MonotonicClock.now().nanoseconds - begin.nanoseconds
    }
}
