// One request of a client, as its session has decoded it: what is needed to route it.

internal import LookupProtocols

/// A request that a session has taken in and owes one answer to. It is flat, and what it names are ranges of the bytes that it was
/// decoded from: nothing is copied.
package struct ClientRequest: Equatable, Sendable {
    /// What is to be done in the map or table.
    package enum Purpose: Sendable {
        /// Look up the key.
        case lookup
        /// Look up a key that is longer than any that is looked up. Its range is of no use.
        case overlongKey
        /// Say what kind of table it is.
        case open
        /// Something that no table here does.
        case other
    }

    /// How a key is to be folded.
    package enum Folding: Sendable {
        /// As the configuration says: the client says nothing of that.
        case asConfigured
        case none
        case onlyASCII
        case full
    }

    /// Its place in the order of the client's requests: a number that counts up by one, and wraps around.
    package let sequence: UInt32
    package let purpose: Purpose
    package let folding: Folding
    /// The map or the table, as clients of this protocol call it.
    package let name: Range<Int>
    package let key: Range<Int>
    /// All of it, as a relay passes it on; empty if not all of it is kept.
    let bytes: Range<Int>
    let form: ReplyForm
}

/// What a session has to remember of a request to encode the answer to it.
enum ReplyForm: Equatable, Sendable {
    case socketmap
    case proxymap(ProxymapReply)
}
