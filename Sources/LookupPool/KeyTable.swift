// The keys that queries ask for.

internal import LookupValues

/// The key of each query, by the query's number. The keys are in one array, so that a busy pool allocates
/// nothing. They are apart from the records, so that these hold no references, which would be counted at each
/// reading of a field.
struct KeyTable: ~Copyable {
    /// How many bytes there is room for at each number. Nearly every address is shorter.
    private static let room = 64

    private var bytes: [UInt8] = []
    /// -1: the key is among the long ones.
    private var lengths: [Int] = []
    /// Those that are longer than their places.
    private(set) var longKeys: [Int: [UInt8]] = [:]

    /// Sets the key of a query. The query's number is one that was used before, or the next one.
    mutating func set(_ key: Span<UInt8>, of query: Int) {
        if query == lengths.count {
            lengths.append(0)
            bytes.append(contentsOf: repeatElement(0, count: Self.room))
        }
        if key.count > Self.room {
            lengths[query] = -1
            longKeys[query] = [UInt8](copying: key)
            return
        }
        lengths[query] = key.count
        let place = query * Self.room..<(query + 1) * Self.room
        // The key is no longer than its place, as was just checked.
        unsafe bytes.withUnsafeMutableBytes { bytes in
            unsafe key.withUnsafeBytes { key in
                unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[place]).copyMemory(from: key)
            }
        }
    }

    /// Hands over the key of a query.
    func withKey<Result>(of query: Int, _ body: (Span<UInt8>) -> Result) -> Result {
        let length = lengths[query]
        if length < 0 {
            let key = longKeys[query]!
            return body(key.span)
        }
        let start = query * Self.room
        return body(bytes.span.extracting(start..<start + length))
    }

    /// Forgets the key of a query that is gone.
    mutating func remove(of query: Int) {
        if lengths[query] < 0 { longKeys[query] = nil }
    }
}
