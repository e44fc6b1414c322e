// One request of a client, as its session has decoded it: the facts that routing needs.

internal import LookupProtocols

/// A request that a session has taken in and owes one answer to. It is flat, and its names are ranges of the bytes that it
/// was decoded from: nothing is copied.
package struct ClientRequest: Equatable, Sendable {
    /// What the request asks of the map or table.
    package enum Purpose: Sendable {
        /// Look up the key.
        case lookup
        /// Look up a key that is too long for any lookup. Its range is of no use.
        case overlongKey
        /// Report what kind of table it is.
        case open
        /// An operation that no table here supports.
        case other
    }

    /// How a key is to be folded.
    package enum Folding: UInt8, Sendable {
        /// As the configuration says: the client does not say.
        case asConfigured
        case none
        case onlyASCII
        case full
    }

    /// Its place in the order of the client's requests: a number that counts up by one, and wraps around.
    package let sequence: UInt32
    package let purpose: Purpose
    package let folding: Folding
    /// The map or the table, as clients of this protocol name it.
    package let name: Range<Int>
    package let key: Range<Int>
    /// The whole request, as a relay passes it on; empty if not all of it is kept.
    let bytes: Range<Int>
    let form: ReplyForm
}

/// What a session must remember of a request to encode its answer.
enum ReplyForm: Equatable, Sendable {
    case socketmap
    case proxymap(ProxymapReply)
}
