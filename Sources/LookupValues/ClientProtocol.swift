// The protocols that clients speak: what all that differs between them is told apart by.

/// A protocol that clients speak.
package enum ClientProtocol: String, CaseIterable, Equatable, Sendable, Codable {
    /// socketmap_table(5).
    case socketmap
    /// proxymap(8)'s.
    case proxymap

    /// Its place in `allCases`, and in arrays that have an element for each protocol.
    package var index: Int {
        switch self {
        case .socketmap: 0
        case .proxymap: 1
        }
    }

    /// What a client asks in, as messages call it.
    package var nounForMaps: String {
        switch self {
        case .socketmap: "maps"
        case .proxymap: "tables"
        }
    }

    /// Whether a server may have to say something before a client asks.
    package var hasGreeting: Bool {
        switch self {
        case .socketmap: false
        case .proxymap: true
        }
    }
}
