// Counts of the clients of each protocol.

package import LookupValues

/// Clients of one protocol, over all its sockets.
package struct EndpointStatistics: Equatable, Sendable, Codable {
    package let clientProtocol: ClientProtocol
    /// Connected now.
    package var clients = 0
    package var accepted = 0
    /// Turned away by `allowed_users`.
    package var refused = 0
    /// Closed because they broke the protocol.
    package var violations = 0
    /// Lookups in maps that are not configured: permanent failures. At proxymap sockets, requests for tables that are neither
    /// served here nor passed on.
    package var unknownMaps = 0
    /// Requests passed on to Postfix's own proxymap(8), and those of them that were answered with a temporary failure because
    /// no reply came.
    package var relayed = 0
    package var relayFailures = 0
    /// The sockets whose clients have shown that they do not do what `proxymap_greeting` says.
    package var wrongGreetings: [String] = []
    /// Events of the last five minutes; nil if they are not known.
    package var lately: EndpointEvents?

    package init(_ clientProtocol: ClientProtocol) {
        self.clientProtocol = clientProtocol
    }

    private enum CodingKeys: String, CodingKey {
        case clientProtocol = "endpoint"
        case clients, accepted, refused, violations
        case unknownMaps = "unknown_maps"
        case relayed
        case relayFailures = "relay_failures"
        case wrongGreetings = "wrong_greetings"
        case lately
    }

    mutating func merge(_ other: EndpointStatistics) {
        clients &+= other.clients
        accepted &+= other.accepted
        refused &+= other.refused
        violations &+= other.violations
        unknownMaps &+= other.unknownMaps
        relayed &+= other.relayed
        relayFailures &+= other.relayFailures
        // Each worker listens on all of them.
        wrongGreetings.merge(other.wrongGreetings, by: \.self) { _, _ in }
    }
}

/// Events that are worth a warning while they go on.
package struct EndpointEvents: Equatable, Sendable, Codable {
    /// As in `EndpointStatistics`.
    package var unknownMaps = 0
    package var relayed = 0
    package var relayFailures = 0

    package init() {}

    /// What an endpoint has counted since `earlier`, an earlier state of it.
    init(of endpoint: EndpointStatistics, since earlier: EndpointStatistics) {
        unknownMaps = endpoint.unknownMaps &- earlier.unknownMaps
        relayed = endpoint.relayed &- earlier.relayed
        relayFailures = endpoint.relayFailures &- earlier.relayFailures
    }

    private enum CodingKeys: String, CodingKey {
        case unknownMaps = "unknown_maps"
        case relayed
        case relayFailures = "relay_failures"
    }
}
