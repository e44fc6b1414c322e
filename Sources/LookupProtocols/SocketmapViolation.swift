// What a socketmap client can get wrong, and the last answer it gets for it.

package import LookupValues

/// How bytes fail to be a socketmap request. What follows is always the same: one answer, then the connection
/// is closed.
package enum SocketmapViolation: Equatable, Sendable {
    /// The request is not a netstring, or too long a one.
    case frame(NetstringViolation)
    /// The request is a netstring without a blank, so that nothing says where the map name ends.
    case missingBlank
    /// The request begins with the blank.
    case emptyMapName

    /// The answer before closing. It is a temporary failure: permanent is only a map name that nobody
    /// configured.
    package var outcome: LookupOutcome {
        .temporaryFailure(reason)
    }

    /// A constant text for each violation, for the client's log and ours.
    package var reason: String {
        switch self {
        case .frame(.malformedLength): "the request is not a netstring: malformed length"
        case .frame(.tooLong): "the request is too long"
        case .frame(.missingComma): "the request is not a netstring: no comma at its end"
        case .missingBlank: "the request has no blank after the map name"
        case .emptyMapName: "the request has an empty map name"
        }
    }
}
