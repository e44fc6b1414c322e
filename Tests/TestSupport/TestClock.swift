// The time that tests judge by.

import Glibc

package enum TestClock {
    /// Nanoseconds of the monotonic clock.
    package static func now() -> Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
