// What a relay sees go by: how long answers are waited for, and round trips to PostgreSQL.

/// Of a client that has one question outstanding, as Postfix's clients of tables have.
struct WaitMeter {
    /// Nothing is looked up by it: a client of proxymap(8) asks so once a table.
    private static let opening = Array("request\0open\0".utf8)

    private var askedAt: Int64?

    mutating func noteQuestion(_ bytes: ArraySlice<UInt8>, at now: Int64) {
        if askedAt == nil && !bytes.starts(with: Self.opening) { askedAt = now }
    }

    /// How many nanoseconds the answer that begins here was waited for; nil: it is the rest of one, or a greeting.
    mutating func noteAnswer(at now: Int64) -> Int64? {
        defer { askedAt = nil }
        return askedAt.map { now - $0 }
    }
}

/// Counts what PostgreSQL ends each simple query and each Sync with: ReadyForQuery. In what a server sends without
/// encryption, a byte of type precedes the length, which counts itself.
struct RoundTripCounter {
    private var header: [UInt8] = []
    private var bodyLeft = 0

    mutating func count(_ bytes: ArraySlice<UInt8>) -> Int {
        var found = 0
        var rest = bytes
        while !rest.isEmpty {
            let skipped = min(bodyLeft, rest.count)
            bodyLeft -= skipped
            rest = rest.dropFirst(skipped)
            let missing = min(5 - header.count, rest.count)
            header += rest.prefix(missing)
            rest = rest.dropFirst(missing)
            if header.count == 5 {
                if header[0] == UInt8(ascii: "Z") { found += 1 }
                bodyLeft = header[1...].reduce(0) { $0 << 8 | Int($1) } - 4
                header.removeAll(keepingCapacity: true)
            }
        }
        return found
    }
}
