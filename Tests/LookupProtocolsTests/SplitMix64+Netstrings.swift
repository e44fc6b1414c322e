// Random bytes for the decoders.

import LookupValues

extension SplitMix64 {
    /// Bytes that look enough like netstrings to get past the first digit now and then.
    mutating func netstringLikeBytes(upTo count: Int) -> [UInt8] {
        let alphabet = Array("0123456789::,,, ab-+\0".utf8)
        return (0..<Int.random(in: 0...count, using: &self)).map { _ in
            Int.random(in: 0..<8, using: &self) == 0
                ? UInt8.random(in: 0...255, using: &self)
                : alphabet[Int.random(in: 0..<alphabet.count, using: &self)]
        }
    }
}
