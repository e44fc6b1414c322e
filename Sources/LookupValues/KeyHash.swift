// Hashes of what lookups ask, which clients can't choose.

/// A hash function drawn at random from a family in which any two keys rarely have equal hashes. A key's
/// bytes, seven at a time, are the coefficients of a polynomial over the integers modulo 2^61 - 1, and its
/// value at a secret point is the hash (Carter and Wegman, "Universal classes of hash functions"). Any two
/// keys of n bytes have equal hashes at no more than n / 7 + 1 of the points; so keys that fill one part of
/// an index can't be found without the point.
///
/// Swift's Hasher, which is safe even from clients that see hashes, takes four times as long.
package struct KeyHash: Sendable {
    private static let modulus: UInt64 = 1 << 61 - 1
    private static let sevenBytes: UInt64 = 1 << 56 - 1

    private let point: UInt64

    /// - Parameter random: gives the secret point, which clients must not know.
    package init(using random: inout SplitMix64) {
        point = .random(in: 1..<Self.modulus, using: &random)
    }

    package func callAsFunction(table: Int, key: Span<UInt8>) -> Int {
        // As the length is included, the padding of a short key makes no difference.
        var value = multiplied((UInt64(table) << 32 + UInt64(key.count)) % Self.modulus)
        if key.count < 8 {
            var last: UInt64 = 0
            for index in key.indices { last = last << 8 | UInt64(key[index]) }
            return Int(multiplied(value + last))
        }
        var index = 0
        while index < key.count - 7 {
            value = multiplied(value + key.word(at: index) & Self.sevenBytes)
            index += 7
        }
        // Some of the last seven bytes may have been included already.
        return Int(multiplied(value + key.word(at: key.count - 8) >> 8))
    }

    /// The product with the point, of a number below 2^62.
    private func multiplied(_ value: UInt64) -> UInt64 {
        let (high, low) = value.multipliedFullWidth(by: point)
        // 2^61 is 1 modulo 2^61 - 1. The product is reduced twice, so that the next coefficient can be added,
        // however many there are.
        let sum = (high << 3 | low >> 61) + (low & Self.modulus)
        return (sum & Self.modulus) + (sum >> 61)
    }
}
