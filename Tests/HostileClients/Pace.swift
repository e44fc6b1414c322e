// Spreads a number of steps a second evenly, and makes up for none that came late.

import EventLoop
import Glibc
import LookupValues

struct Pace {
    private let interval: Int64
    private var next = MonotonicClock.now().nanoseconds

    init(perSecond rate: Int) {
        interval = 1_000_000_000 / Int64(rate)
    }

    /// Returns when the next step is due. Sleeps a millisecond at least or not at all, as waking up has its price.
    mutating func wait() {
        next += interval
        let now = MonotonicClock.now().nanoseconds
        if next < now - 10_000_000 { next = now }
        if next - now >= 1_000_000 { usleep(UInt32((next - now) / 1_000)) }
    }
}
