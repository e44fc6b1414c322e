// Whether a table's query is asked for a key, for which, and if not, why.

/// The decision on a key.
package enum KeyQuestion: Equatable, Sendable {
    /// The query is asked for the key as it was given: nothing of it is folded, or it is its own folding.
    case asGiven
    /// The query is asked for this key: the folding of the one given, which may be equal to it.
    case folded([UInt8])
    /// The key is "not found" without a query.
    ///
    /// - Parameter folded: the folding that was judged, for an explanation; nil if the key was judged as given.
    case notFound(KeyExclusion, folded: [UInt8]? = nil)
}

/// Why a table has no query for a key.
package enum KeyExclusion: Equatable, Sendable, CaseIterable {
    case notUTF8
    case empty
    case nulByte
    /// It is no address in one of the table's domains.
    case domain
    /// It lacks a part that a placeholder wants.
    case missingPart
}

extension KeyExclusion {
    /// The reason in words, as `mapmux query --explain` says it.
    package var reason: String {
        switch self {
        case .notUTF8: "the key is not UTF-8"
        case .empty: "the key is empty"
        case .nulByte: "the key has a NUL byte"
        case .domain: "the key is no address in one of the table's domains (`domain`)"
        case .missingPart:
            "the key lacks a part that a placeholder of `query` or `result_format` stands for: a local part for %u, a "
                + "domain for %d, as many labels as %1 to %9 count"
        }
    }
}
