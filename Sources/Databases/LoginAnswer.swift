// Whether a login that is not in use yet is to be used: what its hosts answer to it.

internal import LookupValues

/// What came of trying a login at a host.
package enum LoginAnswer: Equatable, Sendable {
    case accepted
    case refused(LoginRefusal)
    /// No word on the login: the host is out of reach, silent or not ready.
    case none

    /// - Parameter sqlState: of a connection that could not be made; empty if no server has answered.
    init(sqlState: String) {
        if let refusal = LoginRefusal(sqlState: sqlState) {
            self = .refused(refusal)
        } else if sqlState == ServerErrorCode.tooManyConnections {
            self = .accepted
        } else {
            self = .none
        }
    }

    /// The first refusal, if no host accepts the login; nil if one accepts it, or none answers: an outage
    /// says nothing against a login.
    package static func refusal(_ answers: [LoginAnswer]) -> LoginRefusal? {
        var refusal: LoginRefusal?
        for answer in answers {
            switch answer {
            case .accepted: return nil
            case .refused(let found): refusal = refusal ?? found
            case .none: continue
            }
        }
        return refusal
    }
}

/// A server's refusal of a user, or of access to a database.
package struct LoginRefusal: Equatable, Sendable {
    package let sqlState: String
    package let meaning: String

    /// - Returns: nil for an error that says nothing against the login.
    init?(sqlState: String) {
        switch sqlState {
        case "28P01": meaning = "the password is wrong"
        case _ where sqlState.hasPrefix("28"): meaning = "the user is not let in"
        case "3D000": meaning = "there is no such database"
        case "42501": meaning = "the user may not connect to the database"
        case "55000": meaning = "the database takes no connections"
        default: return nil
        }
        self.sqlState = sqlState
    }
}
