// The results that a session's methods return.

extension ClientSession {
    /// What the socket is to be watched for.
    package struct Interest: Equatable, Sendable {
        /// More bytes from the client.
        package let bytes: Bool
        /// Room for more answers.
        package let room: Bool
    }

    /// Where the requests are that are to be decoded now.
    package enum Reception {
        /// In the bytes received, from this index on.
        case here(from: Int)
        /// In the kept bytes: `takeKept`.
        case kept
        /// Nowhere: there is no whole request.
        case nothing
        /// The bytes break the protocol, and the session finishes.
        case violation
    }

    /// The result of decoding the next bytes.
    package enum Step: Equatable, Sendable {
        /// This request. Call `next` again for the next one.
        case request(ClientRequest)
        /// No request until more bytes have come.
        case done
        /// No request until some requests are answered, and the answers sent.
        case paused
        /// No request until the next share, when `resume` is to be called.
        case heldBack
        /// Bytes that break the protocol: the session finishes.
        case violation
    }

    /// What to do after sending.
    package enum Sequel: Equatable, Sendable {
        /// Only wait until the socket is ready.
        case none
        /// `resume`: there is room for more requests.
        case resume
        /// End: all answers are sent.
        case end
        /// End: the client is gone.
        case closed
    }
}
