// The time of day, for logs and statistics; nothing is decided by it.

internal import Glibc

package enum WallClock {
    /// Seconds since 1970, by clock_gettime(2) with CLOCK_REALTIME.
    package static func now() -> Double {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
