// What a proxymap client asks: a table by type and name, and a key.

/// One request of proxymap(8)'s protocol, as ranges of the buffer it was read from.
///
/// The ranges hold for that buffer only as long as nothing in it moves.
package struct ProxymapRequest: Equatable, Sendable {
    /// What the bytes from an offset on turned out to be.
    package enum Decoded: Equatable, Sendable {
        /// No request yet, and nothing wrong so far. Ask again from the same offset when there are more
        /// bytes.
        case needsMore
        /// One request. The next one begins at `end`.
        case request(ProxymapRequest, end: Int)
        /// The beginning of one whose key or value is too long to be kept. Its end is for the session to find.
        case overlong(ProxymapRequest)
        /// Not a request. The session closes the connection without an answer to it.
        case violation(ProxymapViolation)
    }

    /// What is to be done with the table.
    package enum Kind: Sendable {
        /// Say what kind of table it is.
        case open
        /// Look up the key.
        case lookup
        /// Store a value under the key.
        case update
        /// Delete the key.
        case delete
        /// Say the first key and value, or the next.
        case sequence
        /// Something of a Postfix to come. The list is whole, and nothing but its table is known.
        case unknown
    }

    /// The protocol's generations that differ in attributes. An unknown request counts as `upTo310`.
    package enum Generation: Sendable {
        /// Postfix 3.10 and before: one set of flags, and none in the reply to a lookup.
        case upTo310
        /// Postfix 3.11 and after: instance flags too, and flags in every reply.
        case from311
    }

    /// The longest request kept, in bytes with the end of its list.
    ///
    /// The longest key that a Postfix with default settings sends is a header for header_checks, of
    /// header_size_limit = 102,400 bytes. It has to be taken even if only to be relayed: a client whose
    /// connection is closed in place of an answer asks again, once a second, for ever, and its message
    /// with it. The rest is room for the other attributes.
    package static let maximumLength = 131_072

    /// The longest request read to its end, of which what comes behind the first 131,072 bytes is not kept.
    package static let maximumSkippedLength = 1_048_576

    package let kind: Kind
    package let generation: Generation
    /// The whole list, as a relay passes it on.
    package let bytes: Range<Int>
    /// The table's `type:name` without `proxy:` before it. Any bytes but NUL; empty in an unknown request that
    /// has no table.
    package let table: Range<Int>
    /// What Postfix 3.11 opens the table with; an open request's only flags. Up to 3.10: the same as `flags`.
    package let instanceFlags: ProxymapFlags
    /// The flags that count for this request: Postfix's server sets the table's to these before each lookup,
    /// whatever the instance flags are. In an open request the same as `instanceFlags`.
    package let flags: ProxymapFlags
    /// The key's bytes: any but NUL, and maybe none. Empty where the request has none.
    package let key: Range<Int>

    /// Whether the key is to be folded. Clients that have folded it themselves don't ask for it.
    package var foldsKey: Bool { flags.contains(.foldFix) }

    /// Whether the key is text beyond ASCII to the client: else Postfix folds ASCII letters only, by lowercase(3) in the
    /// table itself.
    package var isUTF8: Bool {
        let all = flags.union(instanceFlags)
        return all.contains(.utf8Request) || all.contains(.utf8Active)
    }
}
