// The mistakes that a socketmap client can make, and the last answer that it gets for each.

package import LookupValues

/// How bytes can fail to be a socketmap request. The consequence is always the same: one answer, then the connection is
/// closed.
package enum SocketmapViolation: Equatable, Sendable {
    /// The request is not a netstring, or is too long.
    case frame(NetstringViolation)
    /// The request is a netstring without a blank: the end of the map name is not known.
    case missingBlank
    /// The request begins with the blank.
    case emptyMapName

    /// The answer before closing. It is a temporary failure: only a map name that is not configured fails permanently.
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
