// The keys that queries ask for.

internal import LookupValues

/// The key of each query, by the query's number. They are apart from the records, so that these hold no references that
/// every reading of a field would count; and a number's buffer is kept for its next key, so that a busy pool allocates
/// nothing.
struct KeyTable: ~Copyable {
    /// A key's buffer that is larger is not kept.
    private static let keptCapacity = 256

    private var keys: [[UInt8]] = []

    /// A query's key; what stands where no query has the number means nothing.
    subscript(query: Int) -> [UInt8] { keys[query] }

    /// Sets the key of a query, whose number is one that there was before, or the next one.
    mutating func set(_ key: [UInt8], of query: Int) {
        if query == keys.count { keys.append([]) }
        Self.copy(key.span, into: &keys[query])
    }

    /// A copy of the bytes, not of the array: the buffer stays where it is.
    private static func copy(_ key: Span<UInt8>, into buffer: inout [UInt8]) {
        buffer.removeAll(keepingCapacity: true)
        buffer.append(key)
    }

    /// Forgets the key of a query that is gone.
    mutating func remove(of query: Int) {
        if keys[query].capacity > Self.keptCapacity { keys[query] = [] }
    }
}
