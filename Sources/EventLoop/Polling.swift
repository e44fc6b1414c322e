// Waiting for descriptors outside any loop, for the threads that may block.

internal import CLinux
internal import Glibc
package import LookupValues

/// A descriptor to wait for, and the readiness to wait for.
package struct Interest {
    package let descriptor: Int32
    package let readiness: Readiness

    package init(_ descriptor: Int32, _ readiness: Readiness) {
        self.descriptor = descriptor
        self.readiness = readiness
    }
}

/// Waits with poll(2) until one of the descriptors is ready.
///
/// - Parameter deadline: nil: there is none.
/// - Returns: the readiness of each, for which an error or a hang-up counts too; none if the deadline has come first.
package func waitUntilReady(_ interests: [Interest], until deadline: Instant?) -> [Readiness] {
    var requests = interests.map { interest in
        var events: Int16 = 0
        if interest.readiness.contains(.readable) { events |= Int16(POLLIN) }
        if interest.readiness.contains(.writable) { events |= Int16(POLLOUT) }
        return pollfd(fd: interest.descriptor, events: events, revents: 0)
    }
    while true {
        let left = deadline.map { $0.nanoseconds - MonotonicClock.now().nanoseconds }
        if let left, left <= 0 { return interests.map { _ in [] } }
        let timeout = left.map { Int32(clamping: ($0 + 999_999) / 1_000_000) } ?? -1
        let count = unsafe poll(&requests, nfds_t(requests.count), timeout)
        if count < 0 {
            // A signal, or a lack of memory, which may soon be over. Any other error means that the request is wrong.
            let code = errno
            precondition(code == EINTR || code == ENOMEM, "poll failed")
            if code == ENOMEM { usleep(memoryPause) }
        }
        guard count > 0 else { continue }
        return zip(requests, interests).map { request, interest in
            if request.revents & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 { return interest.readiness }
            var readiness: Readiness = []
            if request.revents & Int16(POLLIN) != 0 { readiness.insert(.readable) }
            if request.revents & Int16(POLLOUT) != 0 { readiness.insert(.writable) }
            return readiness
        }
    }
}

/// How long to wait before the next poll(2) after a lack of memory, in microseconds.
private let memoryPause: useconds_t = 10_000

/// Waits until one descriptor is ready; false if the deadline has come first.
package func waitUntilReady(_ descriptor: Int32, for interest: Readiness, until deadline: Instant?) -> Bool {
    waitUntilReady([Interest(descriptor, interest)], until: deadline) != [[]]
}
