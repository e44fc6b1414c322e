// A proxymap client's request: a table by type and name, and a key.

/// One request of proxymap(8)'s protocol, as ranges of the buffer it was read from.
///
/// The ranges are valid for that buffer only as long as its bytes do not move.
package struct ProxymapRequest: Equatable, Sendable {
    /// The result of decoding bytes from an offset on.
    package enum Decoded: Equatable, Sendable {
        /// No whole request yet, and no violation so far. Decode again from the same offset when there are more bytes.
        case needsMore
        /// One request. The next one begins at `end`.
        case request(ProxymapRequest, end: Int)
        /// The beginning of a request whose key or value is too long to be kept. The session has to find its end.
        case overlong(ProxymapRequest)
        /// Not a request. The session closes the connection without an answer to it.
        case violation(ProxymapViolation)
    }

    /// The operation on the table.
    package enum Kind: Sendable {
        /// Report what kind of table it is.
        case open
        /// Look up the key.
        case lookup
        /// Store a value under the key.
        case update
        /// Delete the key.
        case delete
        /// Return the first key and value, or the next.
        case sequence
        /// An operation of a future Postfix. The list is complete, but only its table is known.
        case unknown
    }

    /// The protocol's generations that differ in attributes. An unknown request counts as `upTo310`.
    package enum Generation: Sendable {
        /// Postfix 3.10 and before: one set of flags, and none in the reply to a lookup.
        case upTo310
        /// Postfix 3.11 and later: instance flags too, and flags in every reply.
        case from311
    }

    /// The longest request kept, in bytes, including the end of its list.
    ///
    /// The longest key that a Postfix with default settings sends is a header for header_checks, of header_size_limit =
    /// 102,400 bytes. It must be accepted even if it is only to be relayed: a client whose connection is closed instead of
    /// an answer asks again once a second for ever, and its message waits for ever too. The rest is room for the other
    /// attributes.
    package static let maximumLength = 131_072

    /// The longest request read to its end, in bytes. The bytes after the first 131,072 are not kept.
    package static let maximumSkippedLength = 1_048_576

    package let kind: Kind
    package let generation: Generation
    /// The whole list, as a relay passes it on.
    package let bytes: Range<Int>
    /// The table's `type:name` without `proxy:` before it. Any bytes but NUL; empty in an unknown request without a table.
    package let table: Range<Int>
    /// The flags with which Postfix 3.11 opens the table; an open request has only these. Up to 3.10: the same as `flags`.
    package let instanceFlags: ProxymapFlags
    /// The flags that apply to this request: Postfix's server sets the table's flags to these before each lookup, whatever
    /// the instance flags are. In an open request the same as `instanceFlags`.
    package let flags: ProxymapFlags
    /// The key's bytes: any but NUL, and possibly none. Empty if the request has no key.
    package let key: Range<Int>

    /// Whether the key is to be folded. Clients that have folded it themselves don't set the flag.
    package var foldsKey: Bool { flags.contains(.foldFix) }

    /// Whether the client treats the key as text beyond ASCII: otherwise Postfix folds ASCII letters only, by lowercase(3)
    /// in the table itself.
    package var isUTF8: Bool {
        let all = flags.union(instanceFlags)
        return all.contains(.utf8Request) || all.contains(.utf8Active)
    }
}
