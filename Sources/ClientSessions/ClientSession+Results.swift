// What a session says of each thing that it is told.

extension ClientSession {
    /// What the socket is to be watched for.
    package struct Interest: Equatable, Sendable {
        /// More bytes of the client's.
        package let bytes: Bool
        /// Room for more answers.
        package let room: Bool
    }

    /// Where requests are to be decoded that have come.
    package enum Reception {
        /// In the bytes received, from this index on.
        case here(from: Int)
        /// In what is kept: `takeKept`.
        case kept
        /// Nowhere: there is no whole request.
        case nothing
        /// The bytes break the protocol, and the session finishes.
        case violation
    }

    /// What the next bytes have come to.
    package enum Step: Equatable, Sendable {
        /// This request. The next one follows.
        case request(ClientRequest)
        /// No request until more has come.
        case done
        /// No request until some are answered, and the answers sent.
        case paused
        /// No request until the next share, when `resume` is to be called.
        case heldBack
        /// What breaks the protocol: the session finishes.
        case violation
    }

    /// What follows after sending.
    package enum Sequel: Equatable, Sendable {
        /// Nothing but what the socket is ready for.
        case none
        /// `resume`: there is room for more requests.
        case resume
        /// The end: all is said.
        case end
        /// The end: the client is gone.
        case closed
    }
}
