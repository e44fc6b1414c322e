// The daemon's only clock.

internal import Glibc
package import LookupValues

package enum MonotonicClock {
    /// The time of clock_gettime(2) with CLOCK_MONOTONIC.
    package static func now() -> Instant {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Instant(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
    }
}
