// A point in time that is handed to the pure cores, which never read a clock themselves.

/// Nanoseconds since an arbitrary origin that never moves back: clock_gettime(2) with CLOCK_MONOTONIC in the
/// daemon, any number in a test. Only differences mean something.
package struct Instant: Hashable, Comparable, BitwiseCopyable, Sendable {
    package var nanoseconds: Int64

    /// Later than anything that will happen.
    package static let distantFuture = Instant(nanoseconds: .max)

    @inlinable package init(nanoseconds: Int64) {
        self.nanoseconds = nanoseconds
    }

    /// The instant `nanoseconds` later; the end of time if the sum would overflow.
    @inlinable package func advanced(byNanoseconds nanoseconds: Int64) -> Instant {
        let (sum, overflow) = self.nanoseconds.addingReportingOverflow(nanoseconds)
        return Instant(nanoseconds: overflow ? .max : sum)
    }

    @inlinable package static func < (left: Instant, right: Instant) -> Bool {
        left.nanoseconds < right.nanoseconds
    }

    /// Comparable's own would call `<` by way of the conformance.
    @inlinable package static func <= (left: Instant, right: Instant) -> Bool {
        left.nanoseconds <= right.nanoseconds
    }
}
