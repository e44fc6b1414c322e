// What is counted of the clients of each protocol.

/// A protocol that clients speak.
package enum Endpoint: String, CaseIterable, Equatable, Sendable, Codable {
    case socketmap
    case proxymap
}

/// Clients of one protocol, over all its sockets.
package struct EndpointStatistics: Equatable, Sendable, Codable {
    package let endpoint: Endpoint
    /// Connected now.
    package var clients = 0
    package var accepted = 0
    /// Turned away by `allowed_users`.
    package var refused = 0
    /// Closed for what is not the protocol.
    package var violations = 0
    /// Lookups in maps that nobody configured: permanent failures. At proxymap sockets, requests for tables that nobody serves.
    package var unknownMaps = 0
    /// Requests passed on to Postfix's own proxymap(8).
    package var relayed = 0

    package init(endpoint: Endpoint) {
        self.endpoint = endpoint
    }

    private enum CodingKeys: String, CodingKey {
        case endpoint, clients, accepted, refused, violations
        case unknownMaps = "unknown_maps"
        case relayed
    }

    mutating func merge(_ other: EndpointStatistics) {
        clients &+= other.clients
        accepted &+= other.accepted
        refused &+= other.refused
        violations &+= other.violations
        unknownMaps &+= other.unknownMaps
        relayed &+= other.relayed
    }
}
