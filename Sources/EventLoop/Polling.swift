// Waiting for one descriptor outside any loop, for the threads that may block.

internal import CLinux
internal import Glibc
package import LookupValues

/// Waits with poll(2) until `descriptor` is ready for `interest`.
///
/// - Parameter deadline: nil waits as long as it takes.
/// - Returns: false when the deadline has come first.
package func waitUntilReady(_ descriptor: Int32, for interest: Readiness, until deadline: Instant?) -> Bool {
    var request = pollfd(fd: descriptor, events: 0, revents: 0)
    if interest.contains(.readable) { request.events |= Int16(POLLIN) }
    if interest.contains(.writable) { request.events |= Int16(POLLOUT) }
    while true {
        let left = deadline.map { $0.nanoseconds - MonotonicClock.now().nanoseconds }
        if let left, left <= 0 { return false }
        let timeout = left.map { Int32(clamping: ($0 + 999_999) / 1_000_000) } ?? -1
        let count = unsafe poll(&request, 1, timeout)
        if count > 0 { return true }
        // EINTR tries again; anything else means that the request is nonsense.
        precondition(count == 0 || errno == EINTR, "poll failed")
    }
}
