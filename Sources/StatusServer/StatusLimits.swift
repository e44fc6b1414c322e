// What one client, and all clients, of the status server may take.

internal import NIOCore

package struct StatusLimits: Sendable {
    /// At a time. Beyond, the one that has been silent for longest makes room.
    package var connections = 64
    /// Bytes of a request, its body included.
    package var requestBytes = 16_384
    /// From a request's first byte to its last, and from connecting to the first byte. Also for the answer to be taken.
    package var requestSeconds: Int64 = 10
    /// Between requests: longer than the interval at which monitoring usually asks.
    package var idleSeconds: Int64 = 90

    package init() {}

    var requestTime: TimeAmount { .seconds(requestSeconds) }
    var idleTime: TimeAmount { .seconds(idleSeconds) }
    /// How long a client that is refused may take to read why.
    var farewellTime: TimeAmount { .seconds(1) }
}
