// Limits for one client of the status server, and for all.

internal import NIOCore

package struct StatusLimits: Sendable {
    /// At a time. With more, the one that has been silent for longest is closed.
    package var connections = 64
    /// Bytes of a request, its body included.
    package var requestBytes = 16_384
    /// From a request's first byte to its last, and from connecting to the first byte. Also for the client to take the
    /// answer.
    package var requestSeconds: Int64 = 10
    /// Between requests: longer than the interval at which monitoring usually asks.
    package var idleSeconds: Int64 = 90

    package init() {}

    var requestTime: TimeAmount { .seconds(requestSeconds) }
    var idleTime: TimeAmount { .seconds(idleSeconds) }
    /// How long a client that is refused may take to read the reason.
    var farewellTime: TimeAmount { .seconds(1) }
}
